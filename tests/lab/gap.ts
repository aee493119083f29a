/** Times in which a client got no answer. */
import type { Reply } from "../../cli/demo/ping.ts";

/** A time without an answer. */
export interface Gap {
  /** ms */
  readonly length: number;
  /** The last answer before it, ms since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

/** The longest gap between successive answers that ends after `since`, whatever its cause. */
export function longestGap(replies: readonly Reply[], since: number): Gap {
  let longest: Gap = { length: 0, from: since, to: since };
  for (let i = 1; i < replies.length; i++) {
    const [from, to] = [replies[i - 1]!.at, replies[i]!.at];
    if (to > since && to - from > longest.length) longest = { length: to - from, from, to };
  }
  return longest;
}
