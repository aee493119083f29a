/**
 * Performs effects through the ports: one function an effect kind.
 *
 * What the kernel refuses comes back as an `effect.failed` event; success is silent, the kernel's own notices confirm
 * it where that matters.
 */
import { familyOf } from "../../core/net/address.ts";
import type { AdvertSend, Effect, LeasedAddress } from "../../core/engine/effect.ts";
import type { Event } from "../../core/engine/event.ts";
import type {
  AddressSpec,
  AddressTable,
  AdvertSockets,
  BfdSockets,
  NeighbourAnnouncer,
  OsResult,
  RouteTable,
} from "../../core/ports.ts";
import { type HostOutlets, performOnHost } from "./dispatch_host.ts";
import { changeRoutes, changeRules } from "./dispatch_routes.ts";
import type { MainEffect } from "./thread_messages.ts";

/** A refusal of the kernel on its way back into the engine. */
export type Failure = Extract<Event, { kind: "effect.failed" }>;

/** The doors through which effects leave the engine thread. */
export interface Outlets extends HostOutlets {
  readonly adverts: AdvertSockets;
  readonly bfd: BfdSockets;
  readonly addresses: AddressTable;
  readonly announcer: NeighbourAnnouncer;
  readonly routes: RouteTable;
  /** Whether this host routes IPv6 on an interface: the R flag of neighbour advertisements. */
  readonly forwardsIpv6: (interfaceName: string) => boolean;
  /** Hands an effect over to the main thread. */
  readonly hand: (effect: MainEffect) => void;
}

const NO_SUCH_DEVICE: OsResult = { ok: false, errno: 19, reason: "ENODEV (No such device)" };
const NONE: readonly Failure[] = [];

type AddressAdd = Extract<Effect, { kind: "address.add" }>;

/**
 * How many effects from `first` on can be performed as one: additions of addresses that follow each other.
 *
 * A thousand instances renew their leases together, and one batch to the kernel costs a tenth of single requests.
 */
export function runLength(effects: readonly Effect[], first: number): number {
  let end = first;
  while (end < effects.length && effects[end]!.kind === "address.add") end++;
  return Math.max(1, end - first);
}

/**
 * Performs additions of addresses in one batch and returns what the kernel refused of them.
 *
 * Where the host has them all it is a renewal. Should one be gone by now and the notice of that not read yet, then the
 * renewal brings it back unheard; the engine puts it right when it hears of the loss, as with any that somebody removed.
 */
export function performAdditions(outlets: Outlets, effects: readonly AddressAdd[]): readonly Failure[] {
  const { addresses: table, inventory } = outlets;
  const specs = effects.flatMap(({ addresses }) => addresses.map(keptSpecOf));
  const known = specs.every((spec) => inventory.hasAddress(spec));
  const results = (known ? table.renew(specs) : table.add(specs)).values();
  const failures = effects.flatMap((effect) =>
    refused("address.add", effect, effect.addresses.map(() => results.next().value!))
  );
  return failures.length === 0 ? NONE : failures;
}

/** Performs one effect and returns what the kernel refused of it. */
export function perform(outlets: Outlets, effect: Effect): readonly Failure[] {
  switch (effect.kind) {
    case "advert.send":
      return sendAdvert(outlets, effect);
    case "advert.listen":
      return listen(outlets, effect);
    case "advert.unlisten":
      outlets.adverts.unlisten(effect.instance);
      return NONE;
    case "address.add":
      return performAdditions(outlets, [effect]);
    case "address.remove":
      return removeAddresses(outlets, effect);
    case "address.announce":
      return announce(outlets, effect);
    case "route.add":
    case "route.remove":
      return changeRoutes(outlets.routes, effect);
    case "rule.add":
    case "rule.remove":
      return changeRules(outlets.routes, effect);
    case "filter.begin":
    case "filter.block":
    case "filter.unblock":
    case "link.create":
    case "link.remove":
    case "setting.set":
    case "setting.restore":
      return performOnHost(outlets, effect);
    case "bfd.open":
    case "bfd.close":
    case "bfd.send":
      return performBfd(outlets.bfd, effect);
    case "bfd.changed":
    case "log":
    case "notify":
    case "script.run":
    case "status.changed":
    case "stopped":
      outlets.hand(effect);
      return NONE;
    default:
      effect satisfies never;
      return NONE;
  }
}

function performBfd(
  bfd: BfdSockets,
  effect: Extract<Effect, { kind: "bfd.open" | "bfd.close" | "bfd.send" }>,
): readonly Failure[] {
  const { kind, session } = effect;
  if (kind === "bfd.close") {
    bfd.close(session);
    return NONE;
  }
  const result = kind === "bfd.open" ? bfd.open(session, effect.endpoint) : bfd.send(session, effect.packet);
  return result.ok ? NONE : [failure(kind, "", session, result.reason)];
}

/** The hot path: no allocation where the kernel takes the packet. */
function sendAdvert(outlets: Outlets, effect: AdvertSend): readonly Failure[] {
  const result = outlets.adverts.send(effect.instance, effect);
  if (result.ok) return NONE;
  return [failure("advert.send", effect.instance, effect.destinations.join(", "), result.reason)];
}

function listen(
  { adverts, inventory }: Outlets,
  { listen }: Extract<Effect, { kind: "advert.listen" }>,
): readonly Failure[] {
  const link = inventory.link(listen.interface);
  const result = link === undefined
    ? NO_SUCH_DEVICE
    : adverts.listen(listen.instance, { ...listen, interfaceIndex: link.index });
  return result.ok ? NONE : [failure("advert.listen", listen.instance, listen.interface, result.reason)];
}

function removeAddresses(
  outlets: Outlets,
  effect: Extract<Effect, { kind: "address.remove" }>,
): readonly Failure[] {
  const { inventory } = outlets;
  const removals = effect.addresses.map((address) => {
    const interfaceIndex = inventory.lastIndex(address.interface);
    return interfaceIndex === undefined ? address : { ...address, interfaceIndex };
  });
  return refused("address.remove", effect, outlets.addresses.remove(removals));
}

function announce(
  outlets: Outlets,
  effect: Extract<Effect, { kind: "address.announce" }>,
): readonly Failure[] {
  const failures: Failure[] = [];
  const routers = new Map<string, boolean>();
  for (const { address, interface: name } of effect.addresses) {
    const link = outlets.inventory.link(name);
    const router = familyOf(address) === 6 && remembered(routers, name, outlets.forwardsIpv6);
    const result = link === undefined
      ? NO_SUCH_DEVICE
      : outlets.announcer.announce(link.index, link.mac, address, { router });
    if (!result.ok) failures.push(failure("address.announce", effect.instance, address, result.reason));
  }
  return failures;
}

function remembered(
  known: Map<string, boolean>,
  name: string,
  find: (name: string) => boolean,
): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  const found = find(name);
  known.set(name, found);
  return found;
}

/** Specifications by the address that they were made of: the engine renews a lease with the same object each time. */
const specs = new WeakMap<LeasedAddress, AddressSpec>();

function keptSpecOf(address: LeasedAddress): AddressSpec {
  let spec = specs.get(address);
  if (spec === undefined) {
    spec = specOf(address);
    specs.set(address, spec);
  }
  return spec;
}

/**
 * An address as the kernel is to have it.
 *
 * As keepalived: an IPv6 VIP skips duplicate detection unless that was asked for, and one of /128 is deprecated as a
 * source address unless a preferred lifetime is given.
 */
export function specOf(address: LeasedAddress): AddressSpec {
  const ipv6 = familyOf(address.address) === 6;
  const noDetection = ipv6 && !address.duplicateDetection && !address.flags.includes("nodad");
  const deprecated = ipv6 && address.prefixLength === 128;
  return {
    interface: address.interface,
    address: address.address,
    prefixLength: address.prefixLength,
    label: ipv6 ? null : address.label,
    scope: ipv6 ? 0 : address.scope,
    broadcast: address.broadcast,
    peer: address.peer,
    flags: noDetection ? [...address.flags, "nodad"] : address.flags,
    lease: address.lease,
    preferredLifetime: address.preferredLifetime ?? (deprecated ? 0 : null),
  };
}

function refused(
  effect: "address.add" | "address.remove",
  { instance, addresses }: {
    readonly instance: string;
    readonly addresses: readonly { readonly address: string }[];
  },
  results: readonly OsResult[],
): readonly Failure[] {
  const failures: Failure[] = [];
  for (const [i, result] of results.entries()) {
    if (!result.ok) failures.push(failure(effect, instance, addresses[i]!.address, result.reason));
  }
  return failures;
}

function failure(effect: Failure["effect"], instance: string, subject: string, reason: string): Failure {
  return { kind: "effect.failed", effect, instance, subject, reason };
}
