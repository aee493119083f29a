/**
 * Effective priority: the configured one and what the trackers add to it.
 */

/** Priority of the address owner (RFC 9568 section 5.2.4); trackers never change it. */
export const OWNER_PRIORITY = 255;

/** What an owner calls itself that gives way to another one (as keepalived). */
export const LOWERED_OWNER_PRIORITY = 254;

/** Priority that says goodbye. */
export const GOODBYE_PRIORITY = 0;

/** base + sum of the terms, kept within 1..254; an owner stays at 255. */
export function effectivePriority(base: number, terms: Iterable<number>): number {
  if (base === OWNER_PRIORITY) return base;
  let sum = base;
  for (const term of terms) sum += term;
  return Math.min(254, Math.max(1, sum));
}

/**
 * What a weighted tracker adds to the priority.
 *
 * A positive weight counts while the object is up, a negative one while it is down; with `reverse` it is subtracted
 * where it would be added. Nothing counts before the first result (`up` null).
 */
export function weightedTerm(weight: number, reverse: boolean, up: boolean | null): number {
  if (up === null || up !== weight > 0) return 0;
  return reverse ? -weight : weight;
}
