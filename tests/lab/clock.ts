/**
 * The one clock of the lab: ms since the Unix epoch with fractions, comparable with the stamps of tcpdump, `ip -ts`
 * and `ping -D`.
 */

/** Now, in ms since the Unix epoch. */
export function now(): number {
  return performance.timeOrigin + performance.now();
}

/**
 * Waits. Only for time that is itself what is tested (an interval in which nothing may happen), never in place of an
 * event.
 */
export function elapse(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, milliseconds)));
}
