/**
 * Announcements at a limited rate: `vrrp_garp_interval`, `vrrp_gna_interval` and `garp_group`.
 *
 * Switches drop bursts of ARP, so each physical interface, or each group of them, may have a queue of its own that lets
 * one out at a time.
 */
import type { GarpGroup } from "../config/daemon_model.ts";
import { familyOf, type IpAddress } from "../net/address.ts";
import type { Router } from "../vrrp/router.ts";
import { ANNOUNCEMENT_COST } from "./outbox.ts";
import type { World } from "./world.ts";

/** An address to announce. */
export interface Announced {
  readonly address: IpAddress;
  readonly interface: string;
}

/** The queue of one interface or group. */
export interface Pacer {
  readonly queue: { readonly router: Router; readonly term: number; readonly announced: Announced }[];
  /** When the next may go, monotonic ms; null while nothing waits. */
  dueAt: number | null;
  /** When the last went. */
  lastAt: number;
}

/** The pace of a `garp_group`, and the name of its queue. */
export interface GroupPace {
  readonly queue: string;
  /** ms between two announcements; 0 means no limit. */
  readonly garp: number;
  readonly gna: number;
}

/** The pace of each interface that is in a group; the others have the global one. */
export function groupPaces(groups: readonly GarpGroup[]): ReadonlyMap<string, GroupPace> {
  return new Map(groups.flatMap(({ interfaces, garpInterval, gnaInterval }, i) => {
    // Not the name of any interface: they have no blanks.
    const pace = { queue: `group ${i}`, garp: garpInterval ?? 0, gna: gnaInterval ?? 0 };
    return interfaces.map((name) => [name, pace] as const);
  }));
}

/** The physical interface: what is below a virtual one of ours passes through the same port of the switch. */
function below(world: World, interfaceName: string): string {
  return world.links.get(interfaceName)?.link.parent ?? interfaceName;
}

/** ms between two announcements of an address's family on its interface; 0 means no limit. */
export function pace(world: World, { address, interface: where }: Announced): number {
  const group = world.paces.size === 0 ? undefined : world.paces.get(below(world, where));
  if (familyOf(address) === 4) return group?.garp ?? world.global.garpInterval;
  return group?.gna ?? world.global.gnaInterval;
}

/** Queues one announcement; the first goes as soon as the interval since the last one is over. */
export function enqueue(world: World, router: Router, announced: Announced): void {
  const physical = below(world, announced.interface);
  const name = world.paces.get(physical)?.queue ?? physical;
  let pacer = world.pacers.get(name);
  if (pacer === undefined) {
    pacer = { queue: [], dueAt: null, lastAt: -Infinity };
    world.pacers.set(name, pacer);
  }
  pacer.queue.push({ router, term: router.term, announced });
  pacer.dueAt ??= pacer.lastAt + pace(world, announced);
  world.touched.add(pacer);
}

/** Lets the next announcement out; those of a mastership that has ended are dropped. */
export function releaseNext(world: World, pacer: Pacer, now: number): void {
  let next = pacer.queue.shift();
  while (next !== undefined && next.router.term !== next.term) next = pacer.queue.shift();
  if (next !== undefined) {
    const { router, announced } = next;
    world.out.later(router, ANNOUNCEMENT_COST, {
      kind: "address.announce",
      instance: router.config.name,
      addresses: [announced],
    });
    pacer.lastAt = now;
  }
  const following = pacer.queue[0];
  pacer.dueAt = following === undefined ? null : now + pace(world, following.announced);
}
