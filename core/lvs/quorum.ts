/**
 * The quorum of a virtual server: enough live weight, with a margin against flapping.
 */

/** The thresholds of a virtual server: 0 <= hysteresis < quorum. */
export interface QuorumRules {
  readonly quorum: number;
  readonly hysteresis: number;
}

/** Where a quorum stands; `undecided` only between the start and the first time that either threshold is passed. */
export type Quorum = "up" | "down" | "undecided";

/** What the weight of the live servers makes of the quorum. */
export function nextQuorum({ quorum, hysteresis }: QuorumRules, before: Quorum, weight: number): Quorum {
  if (before !== "up" && weight >= quorum + hysteresis) return "up";
  if (before !== "down" && weight < quorum - hysteresis) return "down";
  return before;
}
