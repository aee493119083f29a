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
