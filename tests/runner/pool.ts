/**
 * Work on many things, a few at a time.
 */

/** Calls `work` for every item, at most `atOnce` at the same time; answers in the items' order. */
export async function inPool<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  const queue = items.map((item, index) => ({ item, index })).reverse();
  const worker = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) results[next.index] = await work(next.item);
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, worker));
  return results;
}
