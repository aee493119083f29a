/**
 * What the kernel says about links and addresses, and what the engine makes of it.
 */
import type { VirtualAddress } from "../config/model.ts";
import { familyOf, type IpAddress } from "../net/address.ts";
import { prefixContains } from "../net/prefix.ts";
import { type Router, wireInterface } from "../vrrp/router.ts";
import type { Event, Link, LocalAddress, LocalRoute, LocalRule } from "./event.ts";
import { sessionRefused } from "./bfd_sessions.ts";
import { addressKey } from "./host.ts";
import {
  forgetRoutesOn,
  installObjects,
  objectAdded,
  objectRefused,
  objectRemoved,
  restoreObjects,
} from "./kernel_objects.ts";
import { countedLink, forgetLink, type HeldLink, release, withPolling } from "./link_states.ts";
import * as message from "./message.ts";
import type { WantedObject } from "./object_index.ts";
import * as objectMessage from "./object_message.ts";
import { applySettings } from "./settings.ts";
import { needsOwnSource } from "./own_interface.ts";
import {
  restoreAddressesOn,
  staticAddressAdded,
  staticAddressRefused,
  staticAddressRemoved,
  staticObjectSettled,
} from "./static_objects.ts";
import { reconsider, setFault } from "./trackers.ts";
import { allVips, announceAddresses, installAddresses } from "./transitions.ts";
import { interfacesOf, virtualLinkChanged, virtualLinkRefused, virtualLinkRemoved } from "./virtual_links.ts";
import { remember, type World } from "./world.ts";
import { settle } from "./election.ts";
import { OWNER_PRIORITY } from "../vrrp/priority.ts";
import type { VipHolder } from "./vip_index.ts";

/** ms after a transition in which the kernel may still tell of what belonged to the state before. */
const SETTLED = 1000;

/** An interface appeared or changed. */
export function linkChanged(world: World, heard: Link, now: number): void {
  const { link, bounced } = countedLink(world, heard, now);
  takeLink(world, link, now);
  if (bounced) linkBounced(world, link.name);
}

/** A change of a link has lasted as long as it must. */
export function linkHeldLongEnough(world: World, waiting: HeldLink, now: number): void {
  release(world, waiting);
  takeLink(world, withPolling(world, waiting.held), now);
}

/** Polling found a link, or found it gone. */
export function linkPolled(world: World, name: string, up: boolean, now: number): void {
  const { dead, heard } = world.linkStates;
  if (up) dead.delete(name);
  else dead.add(name);
  const link = heard.get(name);
  if (link !== undefined && isThere(world, link)) linkChanged(world, link, now);
}

/** After a reload: what counts of links may be other than before. */
export function reviewLinks(world: World, now: number): void {
  for (const link of [...world.linkStates.heard.values()]) {
    if (isThere(world, link)) linkChanged(world, link, now);
  }
}

/** Whether the interface is still known by that name. */
function isThere(world: World, { name, index }: Link): boolean {
  return world.host.link(name)?.index === index;
}

/** A link that was down for a moment only: what went with it meanwhile comes back. */
function linkBounced(world: World, name: string): void {
  world.out.log(message.linkBounced(name));
  forgetRoutesOn(world, name);
  applySettings(world);
  restoreAddressesOn(world, name);
  restoreObjects(world, "all");
  restoreVipsOn(world, name);
}

function takeLink(world: World, link: Link, now: number): void {
  const known = world.host.link(link.name);
  world.host.setLink(link);
  if (known === null) world.out.log(message.linkPresence(link.name, true));
  virtualLinkChanged(world, link.name);
  if (known !== null && known.index === link.index && known.up === link.up && known.mac === link.mac) return;
  if (known !== null && known.up !== link.up) {
    world.out.log(message.linkUpDown(link.name, link.up));
    remember(world, {
      at: now,
      level: "info",
      instance: null,
      text: `${link.name} ${link.up ? "up" : "down"}`,
    });
  }
  if (known?.index !== link.index || (link.up && !known.up)) {
    applySettings(world);
    restoreAddressesOn(world, link.name);
    restoreObjects(world, "all");
  }
  if (!link.up) forgetRoutesOn(world, link.name);
  for (const router of routersOn(world, link.name)) reconsider(world, router, now);
  if (link.up) restoreVipsOn(world, link.name);
}

/** VIPs that went with an interface, or with its being up (IPv6), come back with it. */
function restoreVipsOn(world: World, interfaceName: string): void {
  for (const router of world.routers.values()) {
    if (router.state !== "master") continue;
    const missing = allVips(router).filter((vip) =>
      vip.interface === interfaceName && vip.tracked && !world.host.has(vip)
    );
    if (missing.length === 0) continue;
    installAddresses(world, router, missing);
    announceAddresses(world, router, router.config.announce.repeat, missing);
  }
}

/** An interface is gone, with all its addresses. */
export function linkRemoved(world: World, name: string, now: number): void {
  forgetLink(world, name);
  if (world.host.link(name) === null) return;
  world.host.removeLink(name);
  world.out.log(message.linkPresence(name, false));
  forgetRoutesOn(world, name);
  virtualLinkRemoved(world, name);
  for (const router of routersOn(world, name)) {
    for (const vip of allVips(router)) {
      if (vip.interface === name) router.installed.delete(addressKey(vip));
    }
    reconsider(world, router, now);
  }
}

/** The routers that run on an interface or track it. */
function routersOn(world: World, name: string): Router[] {
  return [...world.routers.values()].filter((router) =>
    interfacesOf(router.config).includes(name) ||
    router.trackers.interfaces.some((tracker) => tracker.name === name)
  );
}

/** An address appeared on this host: a VIP of ours that is confirmed, or perhaps a new source. */
export function addressAdded(world: World, address: LocalAddress, now: number): void {
  world.host.setAddress(address);
  staticAddressAdded(world, address, now);
  // A gateway or a source address that was missed may be there now.
  restoreObjects(world, "missing");
  if (!world.vips.isVip(address)) {
    sourceMayHaveChanged(world, address.interface, now);
    return;
  }
  const key = addressKey(address);
  if (world.vips.isStray(key)) {
    for (const holder of world.vips.holdersOf(key)) {
      noteStray(world, holder, now);
    }
  }
  for (const { router } of world.vips.holdersOf(key)) {
    if (router.state !== "master") continue;
    if (!router.installed.has(key)) world.out.tell({ kind: "status.changed", instance: router.config.name });
    router.installed.add(key);
  }
}

/**
 * A VIP appeared where nobody here is its master. It stays, as somebody may mean it; two owners is what it makes. What we
 * added ourselves as master of a moment ago is no news, nor what the owner of the address always has.
 */
function noteStray(world: World, { router, vip }: VipHolder, now: number): void {
  const { name, priority } = router.config;
  world.out.tell({ kind: "status.changed", instance: name });
  if (priority === OWNER_PRIORITY || router.state === "init" || now - router.since < SETTLED) return;
  world.out.log(message.strayVip(name, vip.address, vip.interface, router.state));
  remember(world, {
    at: now,
    level: "warning",
    instance: name,
    text: `VIP ${vip.address} was added to ${vip.interface} by somebody else`,
  });
}

/** An address went from this host: a VIP of ours, or perhaps the source. */
export function addressRemoved(world: World, address: LocalAddress, now: number): void {
  world.host.removeAddress(address);
  staticAddressRemoved(world, address, now);
  const key = addressKey(address);
  const holders = world.vips.holdersOf(key);
  // A reload gave it up: gone now, it is no longer on its way out should a later one want it again.
  if (holders.length === 0) { for (const router of world.routers.values()) router.leaving.delete(key); }
  if (!world.vips.isVip(address)) {
    sourceMayHaveChanged(world, address.interface, now);
    return;
  }
  for (const { router, vip } of holders) vipRemoved(world, router, vip, key, now);
}

/** A VIP went: by our own wish, or somebody else took it and gets it put back. */
function vipRemoved(world: World, router: Router, vip: VirtualAddress, key: string, now: number): void {
  const { name } = router.config;
  const held = router.installed.delete(key);
  world.out.tell({ kind: "status.changed", instance: name });
  if (router.leaving.delete(key) || router.state !== "master" || !held) return;
  if (!vip.tracked || world.host.link(vip.interface) === null) return;
  router.counters.address_restored++;
  world.out.log(objectMessage.vipLost(name, vip.address, vip.interface, leavingBefore(world, vip)));
  remember(world, {
    at: now,
    level: "warning",
    instance: name,
    text: `VIP ${vip.address} was removed, restored`,
  });
  installAddresses(world, router, [vip]);
  // The kernel takes the routes that need an address away with it, and does not say so.
  installObjects(world, router);
  announceAddresses(world, router, 1, [vip]);
}

/**
 * A VIP on its way out on the same interface and in the same network: unless promote_secondaries is set, the kernel
 * removes the others with the first of a network, and tells of the first at the end.
 */
function leavingBefore({ routers }: World, vip: VirtualAddress): IpAddress | null {
  if (familyOf(vip.address) !== 4) return null;
  for (const router of routers.values()) {
    if (router.leaving.size === 0) continue;
    const first = allVips(router).find((other) =>
      other.interface === vip.interface && other.prefixLength === vip.prefixLength &&
      router.leaving.has(addressKey(other)) &&
      prefixContains({ address: other.address, length: other.prefixLength }, vip.address)
    );
    if (first !== undefined) return first.address;
  }
  return null;
}

function sourceMayHaveChanged(world: World, name: string, now: number): void {
  for (const router of world.routers.values()) {
    if (router.config.interface === name || needsOwnSource(router.config)) reconsider(world, router, now);
  }
}

/** A route of our protocol came or went. */
export function routeChanged(world: World, added: boolean, route: LocalRoute, now: number): void {
  objectsChanged(world, added, world.objects.matchingRoute(route), now);
}

/** A rule of our protocol came or went. */
export function ruleChanged(world: World, added: boolean, rule: LocalRule, now: number): void {
  objectsChanged(world, added, world.objects.matchingRule(rule), now);
}

function objectsChanged(world: World, added: boolean, objects: readonly WantedObject[], now: number): void {
  if (!added) return objectRemoved(world, objects, now);
  objectAdded(world, objects);
  for (const object of objects) staticObjectSettled(world, object, true, now);
}

/** The kernel refused something. */
export function effectFailed(
  world: World,
  event: Extract<Event, { kind: "effect.failed" }>,
  now: number,
): void {
  const { effect, subject, reason } = event;
  const router = world.routers.get(event.instance);
  if (effect === "route.add" || effect === "rule.add") {
    const object = objectRefused(world, router ?? null, subject, reason);
    if (object !== null) staticObjectSettled(world, object, false, now);
    return;
  }
  if (event.instance === "" && effect === "address.add") {
    staticAddressRefused(world, subject, reason, now);
    return;
  }
  if (effect === "bfd.open" || effect === "bfd.send") return sessionRefused(world, event, now);
  if (effect === "link.create") {
    virtualLinkRefused(world, subject, reason);
    if (router !== undefined) reconsider(world, router, now);
    return;
  }
  if (effect === "filter.begin" || effect === "setting.set" || effect === "setting.restore") {
    world.out.log(
      objectMessage.hostRefused(
        "",
        effect === "filter.begin" ? "use nf_tables" : `change ${subject}`,
        reason,
      ),
    );
    return;
  }
  if (router === undefined) return;
  if (effect === "advert.listen") {
    setFault(world, router, "socket", `cannot listen on ${subject}: ${reason}`);
    settle(world, router, now);
    return;
  }
  // The goodbye of a master whose link has just gone cannot leave: that the link is down has been said.
  if (effect === "advert.send" && world.host.link(wireInterface(router.config))?.up !== true) return;
  const kind = `${effect} ${subject}`;
  if (router.reported.has(kind)) return;
  router.reported.add(kind);
  world.out.log(message.effectFailed(event.instance, effect, subject, reason));
}
