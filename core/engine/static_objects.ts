/**
 * Static addresses, routes and rules: there from start to stop, whoever is master, and put back when they vanish.
 *
 * They carry no lease: the host may need them to be reached at all.
 */
import type { Model } from "../config/model.ts";
import type { StaticAddress } from "../config/route_model.ts";
import { type Family, familyOf } from "../net/address.ts";
import type { LocalAddress } from "./event.ts";
import { settle } from "./election.ts";
import { addressKey } from "./host.ts";
import { exchangeObjects, installObjects, removeObjectLeftOvers, withdrawObjects } from "./kernel_objects.ts";
import type { WantedObject } from "./object_index.ts";
import * as message from "./object_message.ts";
import { setFault } from "./trackers.ts";
import { remember, type World } from "./world.ts";

/** The static entries of a configuration beside routes and rules, which `ObjectIndex` has. */
export interface Statics {
  readonly addresses: readonly StaticAddress[];
  /** Names of instances by `track_group`. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Keys of addresses that were asked for and neither came nor were refused. */
  readonly awaited: Set<string>;
}

/** No static entries. */
export const NO_STATICS: Statics = { addresses: [], groups: new Map(), awaited: new Set() };

function staticsOf(model: Model): Statics {
  return {
    addresses: model.staticAddresses,
    groups: new Map(model.trackGroups.map(({ name, members }) => [name, members])),
    awaited: new Set(),
  };
}

/** Installs what the configuration names, in place of what an earlier run left. */
export function startStatics(world: World, model: Model): void {
  world.statics = staticsOf(model);
  removeObjectLeftOvers(world, null);
  addAddresses(world, world.statics.addresses);
  installObjects(world, null);
}

/** Exchanges the static entries of the old configuration for those of the new one. */
export function reloadStatics(world: World, model: Model, before: readonly WantedObject[]): void {
  const old = world.statics;
  world.statics = staticsOf(model);
  const wanted = new Set(world.statics.addresses.map(addressKey));
  const gone = old.addresses.filter((address) => !wanted.has(addressKey(address)));
  if (gone.length > 0) world.out.now({ kind: "address.remove", instance: "", addresses: gone });
  addAddresses(world, world.statics.addresses);
  exchangeObjects(world, null, before);
}

/** Takes all static entries off the host. */
export function stopStatics(world: World): void {
  withdrawObjects(world, null);
  const { addresses } = world.statics;
  world.statics = NO_STATICS;
  if (addresses.length > 0) world.out.now({ kind: "address.remove", instance: "", addresses });
}

/** Adds the static addresses of an interface that has come, or come back. */
export function restoreAddressesOn(world: World, interfaceName: string): void {
  const { addresses } = world.statics;
  addAddresses(world, addresses.filter((each) => each.interface === interfaceName && !world.host.has(each)));
}

function addAddresses(world: World, addresses: readonly StaticAddress[]): void {
  const possible = addresses.filter((address) => world.host.link(address.interface) !== null);
  if (possible.length === 0) return;
  for (const address of possible) {
    if (!world.host.has(address)) world.statics.awaited.add(addressKey(address));
  }
  const leased = possible.map((address) => ({ ...address, lease: null }));
  world.out.now({ kind: "address.add", instance: "", addresses: leased });
}

/** Whether a static address of that family is on its way to an interface, so that it is early to miss one there. */
export function awaitsStaticAddress(world: World, interfaceName: string, family: Family): boolean {
  return world.statics.addresses.some((each) =>
    each.interface === interfaceName && familyOf(each.address) === family &&
    world.statics.awaited.has(addressKey(each))
  );
}

/** An address has come: a static one is no longer missed. */
export function staticAddressAdded(world: World, address: LocalAddress, now: number): void {
  const wanted = staticAddress(world, address);
  if (wanted === undefined) return;
  world.statics.awaited.delete(addressKey(address));
  clearLoss(world, wanted.trackGroup, addressKey(address), now);
}

/** An address went: a static one is put back. */
export function staticAddressRemoved(world: World, address: LocalAddress, now: number): void {
  const wanted = staticAddress(world, address);
  if (wanted === undefined || !wanted.tracked || world.host.link(address.interface) === null) return;
  const text = `${wanted.address}/${wanted.prefixLength} dev ${wanted.interface}`;
  world.out.log(message.objectLost("", "address", text));
  remember(world, {
    at: now,
    level: "warning",
    instance: null,
    text: `static address ${text} was removed, restored`,
  });
  addAddresses(world, [wanted]);
}

function staticAddress(world: World, address: LocalAddress): StaticAddress | undefined {
  const key = addressKey(address);
  return world.statics.addresses.find((each) => addressKey(each) === key);
}

/** The kernel refused a static address; `subject` is the address. */
export function staticAddressRefused(world: World, subject: string, reason: string, now: number): void {
  for (const each of world.statics.addresses.filter(({ address }) => address === subject)) {
    world.statics.awaited.delete(addressKey(each));
    const report = `address ${addressKey(each)} ${reason}`;
    if (!world.reported.has(report)) {
      world.reported.add(report);
      world.out.log(message.objectRefused("", "address", `${subject}/${each.prefixLength}`, reason));
    }
    noteLoss(world, each.trackGroup, addressKey(each), `static address ${subject} is missing`, now);
  }
}

/** A static route or rule came, or was refused: the instances of its track group hear of it. */
export function staticObjectSettled(world: World, object: WantedObject, there: boolean, now: number): void {
  if (object.owner !== null) return;
  const { key, kind, wanted: { trackGroup } } = object;
  if (there) clearLoss(world, trackGroup, key, now);
  else noteLoss(world, trackGroup, key, `static ${kind} ${key} is missing`, now);
}

function noteLoss(world: World, group: string | null, key: string, words: string, now: number): void {
  for (const name of membersOf(world, group)) {
    const router = world.routers.get(name);
    if (router === undefined || router.faults.has(`static ${key}`)) continue;
    setFault(world, router, `static ${key}`, words);
    settle(world, router, now);
  }
}

function clearLoss(world: World, group: string | null, key: string, now: number): void {
  for (const name of membersOf(world, group)) {
    const router = world.routers.get(name);
    if (router === undefined || !router.faults.has(`static ${key}`)) continue;
    setFault(world, router, `static ${key}`, null);
    settle(world, router, now);
    world.touched.add(router);
  }
}

function membersOf(world: World, group: string | null): readonly string[] {
  return group === null ? [] : world.statics.groups.get(group) ?? [];
}
