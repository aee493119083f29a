/** For how long two nodes held the same address. */
import type { AddressChange } from "./address_watch.ts";

/** What the kernels of two nodes said about one address, in order: who had it from then on. */
function timeline(
  nodes: readonly (readonly AddressChange[])[],
  address: string,
): { readonly at: number; readonly node: number; readonly has: boolean }[] {
  return nodes
    .flatMap((changes, node) =>
      changes.filter((change) => change.address === address)
        .map(({ at, what }) => ({ at, node, has: what === "added" }))
    )
    .toSorted((left, right) => left.at - right.at);
}

/** The longest time in which more than one node held an address, ms; one that still lasts counts up to `until`. */
export function longestShared(
  nodes: readonly (readonly AddressChange[])[],
  address: string,
  until: number,
): number {
  const holders = new Set<number>();
  let [since, longest] = [Infinity, 0];
  for (const { at, node, has } of timeline(nodes, address)) {
    const shared = holders.size > 1;
    if (has) holders.add(node);
    else holders.delete(node);
    if (!shared && holders.size > 1) since = at;
    if (shared && holders.size < 2) longest = Math.max(longest, at - since);
  }
  return holders.size > 1 ? Math.max(longest, until - since) : longest;
}

/** The longest time from `since` on in which no node held an address, ms. */
export function longestUnowned(
  nodes: readonly (readonly AddressChange[])[],
  address: string,
  since: number,
  until: number,
): number {
  const holders = new Set<number>();
  let [from, longest] = [since, 0];
  for (const { at, node, has } of timeline(nodes, address)) {
    const owned = holders.size > 0;
    if (has) holders.add(node);
    else holders.delete(node);
    if (!owned && holders.size > 0) longest = Math.max(longest, at - from);
    if (owned && holders.size === 0) from = Math.max(since, at);
  }
  return holders.size > 0 ? longest : Math.max(longest, until - from);
}

/** How often since a time the address came to a node that had it not, or went. */
export function changesOf(
  nodes: readonly (readonly AddressChange[])[],
  address: string,
  since: number,
): number {
  const holders = new Set<number>();
  let changes = 0;
  for (const { at, node, has } of timeline(nodes, address)) {
    if (holders.has(node) === has) continue;
    if (has) holders.add(node);
    else holders.delete(node);
    if (at >= since) changes++;
  }
  return changes;
}
