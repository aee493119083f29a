/**
 * The intervals of VRRP, all in milliseconds.
 */

/**
 * Skew time: how much longer a router of lower priority waits before it takes over.
 *
 * (256 - priority) / 256 seconds in version 2 (RFC 3768 section 6.1), the same fraction of the master's
 * advertisement interval in version 3 (RFC 9568 section 6.1).
 */
export function skewTime(version: 2 | 3, priority: number, masterInterval: number): number {
  return ((256 - priority) / 256) * (version === 2 ? 1000 : masterInterval);
}

/**
 * Master-down interval (Active_Down_Interval of RFC 9568 section 6.1): silence after which a backup takes over.
 *
 * `downTimerAdverts` is how many of the master's intervals it holds, 3 by the protocol.
 */
export function masterDownInterval(
  version: 2 | 3,
  priority: number,
  masterInterval: number,
  downTimerAdverts: number,
): number {
  return downTimerAdverts * masterInterval + skewTime(version, priority, masterInterval);
}

/** Shortest VIP lease in s: a refresh every second must survive two that are missed. */
const SHORTEST_LEASE = 3;

/**
 * Kernel lifetime of a VIP, in whole seconds, 3 at least: the master-down interval (ms), rounded up, and one second.
 *
 * When nobody renews it the kernel removes the address, about when a backup has taken over.
 */
export function leaseSeconds(downInterval: number): number {
  return Math.max(SHORTEST_LEASE, Math.ceil(downInterval / 1000) + 1);
}

/**
 * When a lease is renewed next, monotonic ms, always later than `now`: a third of the lease, so that two renewals may
 * fail, and on a grid, so that the renewals of many instances fall together and cost one batch.
 */
export function nextLeaseRefresh(lease: number, now: number): number {
  // Whole ms: on a fractional grid a time could round down to itself.
  const interval = Math.floor((lease * 1000) / 3);
  return (Math.floor(now / interval) + 1) * interval;
}

/** Shortest lateness of a timer, ms, that counts as a stall of our own rather than as noise. */
const SHORTEST_STALL = 100;

/**
 * Whether a timer that fired `late` ms after its time means that we were not running.
 *
 * A router that slept cannot tell a dead master from its own deafness, see `core/vrrp/fsm.ts`.
 */
export function isStall(late: number, interval: number): boolean {
  return late > Math.max(SHORTEST_STALL, interval);
}
