/**
 * Where packets of a session may come from, and how far.
 */
import type { BfdInstance } from "../config/tracking_model.ts";
import { familyOf } from "../net/address.ts";
import { BFD_MULTIHOP_PORT, BFD_PORT } from "../packet/bfd.ts";

/** What RFC 5881 section 5 wants a single-hop packet to have, so that nobody beyond the link can send one. */
const FULL_TTL = 255;

/** What keepalived sends over IPv6 unless it is told otherwise. */
const KEEPALIVED_HOP_LIMIT = 64;

/** `max_hops -1`: any TTL will do. */
const ANY_DISTANCE = -1;

/** The TTL or hop limit that we send. */
export function sentTtl({ ttl }: BfdInstance): number {
  return ttl ?? FULL_TTL;
}

/** The lowest TTL or hop limit that is accepted: as much as is expected, less what `max_hops` allows on the way. */
function lowestTtl({ ttl, maxHops, neighbour }: BfdInstance): number {
  if (maxHops === ANY_DISTANCE) return 0;
  const expected = ttl ?? (familyOf(neighbour) === 4 ? FULL_TTL : KEEPALIVED_HOP_LIMIT);
  return Math.max(0, expected - maxHops);
}

/** The UDP port that both sides send to. */
export function portOf({ multihop }: BfdInstance): number {
  return multihop ? BFD_MULTIHOP_PORT : BFD_PORT;
}

/** What makes a session the same one across a reload: who talks to whom, and how. */
export function identityOf({ neighbour, source, multihop }: BfdInstance): string {
  return `${neighbour} ${source ?? ""} ${multihop}`;
}

/** Whether a packet of the neighbour with this TTL has come no farther than it may. */
export function isNearEnough(config: BfdInstance, ttl: number | null): boolean {
  return ttl === null || ttl >= lowestTtl(config);
}
