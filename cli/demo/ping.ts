/**
 * Reads what `ping -D` prints, and finds the gaps in it.
 */

/** An answer of the pinged address. */
export interface Reply {
  /** ms since the Unix epoch */
  readonly at: number;
  readonly sequence: number;
}

const REPLY = /^\[(\d+\.\d+)\] \d+ bytes from \S+ icmp_seq=(\d+) /;

/** Reads a line of `ping -D`; null for anything but an answer. */
export function parseReply(line: string): Reply | null {
  const match = REPLY.exec(line);
  return match === null ? null : { at: Number(match[1]) * 1000, sequence: Number(match[2]) };
}

/** A time without an answer. */
export interface Gap {
  /** ms */
  readonly length: number;
  /** The last answer before it, ms since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

/** The time from the answer before to this one, where pings were lost in between; 0 where ping itself was late. */
export function silenceBefore(before: Reply, reply: Reply): number {
  return reply.sequence > before.sequence + 1 ? reply.at - before.at : 0;
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
