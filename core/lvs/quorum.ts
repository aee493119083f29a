/**
 * The quorum of a virtual server: enough live weight, with a margin against flapping.
 */

/** The thresholds of a virtual server: 0 <= hysteresis < quorum. */
export interface QuorumRules {
  readonly quorum: number;
  readonly hysteresis: number;
}

/** Where a quorum stands; `undecided` only before it was judged for the first time. */
export type Quorum = "up" | "down" | "undecided";

/** What the weight of the live servers makes of the quorum. At the start it is not there yet and has to be gained. */
export function nextQuorum({ quorum, hysteresis }: QuorumRules, before: Quorum, weight: number): Quorum {
  if (before !== "up" && weight >= quorum + hysteresis) return "up";
  if (before === "undecided" || weight < quorum - hysteresis) return "down";
  return before;
}
