/**
 * The weight of a real server: what is configured, what checkers add, and how it grows after a failure.
 */

/** The largest weight that the kernel takes. */
const WEIGHT_MAX = 2147483647;

/** Steps in which a slow start grows. */
const SLOW_STEPS = 10;

/** The shortest pause between two of them, ms. */
const SLOW_STEP_MIN = 1000;

/** The configured weight with the additions of dynamic checkers, within 0..2147483647. */
export function effectiveWeight(configured: number, additions: readonly number[]): number {
  const sum = additions.reduce((total, addition) => total + addition, configured);
  return Math.min(WEIGHT_MAX, Math.max(0, sum));
}

/** The weight during a slow start that began at `since` and takes `duration` ms: from a first share up to all. */
export function slowStartWeight(full: number, duration: number, since: number, now: number): number {
  const passed = now - since;
  if (duration <= 0 || passed >= duration || full === 0) return full;
  const step = slowStep(duration);
  const steps = Math.ceil(duration / step);
  return Math.max(1, Math.floor(full * (Math.floor(passed / step) + 1) / (steps + 1)));
}

/** When the weight of a slow start changes next; null once it is complete. */
export function nextSlowStep(duration: number, since: number, now: number): number | null {
  if (now - since >= duration) return null;
  const step = slowStep(duration);
  return Math.min(since + duration, since + (Math.floor((now - since) / step) + 1) * step);
}

function slowStep(duration: number): number {
  return Math.max(SLOW_STEP_MIN, duration / SLOW_STEPS);
}
