/**
 * Reads what `ping -D` prints, and tells a lost answer from a late ping.
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

/** The time from the answer before to this one, where pings were lost in between; 0 where ping itself was late. */
export function silenceBefore(before: Reply, reply: Reply): number {
  return reply.sequence > before.sequence + 1 ? reply.at - before.at : 0;
}
