/** Lists that grow by lists. */

/**
 * Adds items to a list one by one: `list.push(...items)` puts all of them on the stack, which takes some 100,000, and a
 * configuration may have more of anything.
 */
export function append<T>(list: T[], items: Iterable<T>): void {
  for (const item of items) list.push(item);
}
