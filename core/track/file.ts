/**
 * What the number in a `track_file` means for an instance.
 */
import type { TrackReference } from "../config/model.ts";

/** A number times its weight at or below minus that is a FAULT; above it counts as one less. */
const LIMIT = 254;

/** What a file comes to: a FAULT, or what it adds to the priority. */
export interface FileVerdict {
  readonly fault: boolean;
  /** -253..253; 0 with a fault. */
  readonly term: number;
}

/**
 * The verdict on a tracked file that says `value`.
 *
 * Weight 0 means that any other number than 0 is a FAULT, `reverse` that 0 is one.
 */
export function judgeTrackFile({ weight, reverse }: TrackReference, value: number): FileVerdict {
  if (weight === 0) return { fault: (value !== 0) !== reverse, term: 0 };
  const product = value * (reverse ? -weight : weight);
  return product <= -LIMIT ? { fault: true, term: 0 } : { fault: false, term: Math.min(LIMIT - 1, product) };
}
