/** `weight NUMBER [reverse]`, as scripts, files, processes and BFD sessions have it. */
import { nearest } from "../suggest.ts";
import { parseLeading, parseWhole } from "../values.ts";
import { missingValue, type Reading } from "./block.ts";
import { error, warning } from "./context.ts";
import type { Keeps } from "./drafts.ts";

/** The largest number that is still taken for one. */
const FAR = 1_000_000_000;

/** What takes a weight. */
export interface Weighted extends Keeps {
  weight: number | null;
  reverse: boolean | null;
}

/**
 * Reads the words behind `weight` into a draft; the limit holds both ways.
 *
 * @param beyond what a larger number does: `keep` what there was, or `clamp`: keepalived takes the number of a script for
 *   what it is, and the sum of all weights ends at 1 and 254, which is the same as the limit
 */
export function readWeight<D extends Weighted>(
  reading: Reading<D>,
  limit: number,
  beyond: "keep" | "clamp" = "keep",
): void {
  const { context, draft, values } = reading;
  const [value, option] = values;
  if (value === undefined) return missingValue(reading);
  const allowed = `between -${limit} and ${limit}`;
  const parsed = parseLeading(value.text, (number) => parseWhole(number, -limit, limit));
  if (parsed.ok) {
    draft.weight = parsed.value;
    if (parsed.replaced === true) {
      const message = `Cannot use weight ${value.text} as it must be ${allowed}`;
      warning(context, value, "replaced", message, { inForce: `weight ${parsed.value}` });
    }
  } else {
    const larger = parseWhole(value.text, -FAR, FAR);
    if (larger.ok && beyond === "clamp") draft.weight = Math.sign(larger.value) * limit;
    error(context, value, "bad-value", `Cannot use weight ${value.text} as it must be ${allowed}`, {
      allowed,
      inForce: `weight ${draft.weight ?? "of the track_file"}`,
    });
  }
  if (option?.text === "reverse") draft.reverse = true;
  else if (option !== undefined) {
    error(context, option, "unknown-option", `Cannot use "${option.text}" behind a weight`, {
      allowed: "reverse",
      suggestion: nearest(option.text, ["reverse"]),
    });
  }
}
