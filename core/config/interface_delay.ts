/** How long a change of an interface may go unnoticed (`interface_up_down_delays`). */

/**
 * The longest delay, ms, for the interface of an instance: one interval less than others wait for its advertisements,
 * and a little less than that.
 */
export function longestDelay(downTimerAdverts: number, interval: number): number {
  return Math.max(0, (downTimerAdverts - 1) * interval - interval / 256);
}
