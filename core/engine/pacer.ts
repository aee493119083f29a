/**
 * Announcements at a limited rate: `vrrp_garp_interval` and `vrrp_gna_interval`.
 *
 * Switches drop bursts of ARP, so each interface may have a queue of its own that lets one out at a time.
 */
import { familyOf, type IpAddress } from "../net/address.ts";
import type { Router } from "../vrrp/router.ts";
import { ANNOUNCEMENT_COST } from "./outbox.ts";
import type { World } from "./world.ts";

/** An address to announce. */
export interface Announced {
  readonly address: IpAddress;
  readonly interface: string;
}

/** The queue of one interface. */
export interface Pacer {
  readonly queue: { readonly router: Router; readonly term: number; readonly announced: Announced }[];
  /** When the next may go, monotonic ms; null while nothing waits. */
  dueAt: number | null;
  /** When the last went. */
  lastAt: number;
}

/** ms between two announcements of an address's family; 0 means no limit. */
export function pace(world: World, address: IpAddress): number {
  return familyOf(address) === 4 ? world.global.garpInterval : world.global.gnaInterval;
}

/** Queues one announcement; the first goes as soon as the interval since the last one is over. */
export function enqueue(world: World, router: Router, announced: Announced): void {
  let pacer = world.pacers.get(announced.interface);
  if (pacer === undefined) {
    pacer = { queue: [], dueAt: null, lastAt: -Infinity };
    world.pacers.set(announced.interface, pacer);
  }
  pacer.queue.push({ router, term: router.term, announced });
  pacer.dueAt ??= pacer.lastAt + pace(world, announced.address);
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
  pacer.dueAt = following === undefined ? null : now + pace(world, following.announced.address);
}
