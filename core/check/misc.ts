/**
 * What the end of a MISC_CHECK's program means.
 */
import type { MiscChecker } from "../config/virtual_server_model.ts";
import type { ScriptOutcome } from "../engine/event.ts";
import { outcomeText } from "../engine/message.ts";
import { failed, PASSED, type Verdict } from "./verdict.ts";

/** Status 0 passes; with `misc_dynamic` 2..255 pass too and ask for a weight of status - 2. */
export function judgeMiscOutcome({ dynamic }: Pick<MiscChecker, "dynamic">, outcome: ScriptOutcome): Verdict {
  if (outcome.kind === "exited") {
    if (outcome.status === 0) return PASSED;
    if (dynamic && outcome.status >= 2) return { ok: true, weight: outcome.status - 2 };
  }
  return failed("script", outcomeText(outcome));
}
