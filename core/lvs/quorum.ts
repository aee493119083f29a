/**
 * The quorum of a virtual server: enough live weight, with a margin against flapping.
 */

/** The thresholds of a virtual server. */
export interface QuorumRules {
  readonly quorum: number;
  readonly hysteresis: number;
}

/** What the weight of the live servers makes of the quorum; null where it stays. */
export function quorumChange(
  { quorum, hysteresis }: QuorumRules,
  up: boolean,
  weight: number,
): "gained" | "lost" | null {
  if (up) return weight === 0 || weight < quorum - hysteresis ? "lost" : null;
  return weight >= quorum + hysteresis ? "gained" : null;
}

/** Whether the quorum is there at the start, before any check. */
export function initialQuorum({ quorum, hysteresis }: QuorumRules, weight: number): boolean {
  return weight >= quorum + hysteresis;
}
