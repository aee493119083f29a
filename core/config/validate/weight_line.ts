/** `weight NUMBER [reverse]`, as scripts, files, processes and BFD sessions have it. */
import { nearest } from "../suggest.ts";
import { parseLeading, parseWhole } from "../values.ts";
import { missingValue, type Reading } from "./block.ts";
import { error, warning } from "./context.ts";
import type { Keeps } from "./drafts.ts";

/** What takes a weight. */
export interface Weighted extends Keeps {
  weight: number | null;
  reverse: boolean | null;
}

/** Reads the words behind `weight` into a draft; the limit holds both ways. */
export function readWeight<D extends Weighted>(reading: Reading<D>, limit: number): void {
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
