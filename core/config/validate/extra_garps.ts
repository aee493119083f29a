/** `garp_extra_if` and `vrrp_garp_extra_if`: announcements on interfaces other than an instance's own. */
import { parseWhole } from "../values.ts";
import { missingValue, type Reading } from "./block.ts";
import { error, shown } from "./context.ts";
import type { ExtraGarps, Keeps } from "./drafts.ts";

/** Reads `[all] SECONDS`, at least `least` and at most a day. */
export function readExtraGarps<D extends Keeps & { extraGarps: ExtraGarps | null }>(
  reading: Reading<D>,
  least: 0 | 1,
): void {
  const { context, draft, keyword, values } = reading;
  const everywhere = values[0]?.text === "all";
  const number = values[everywhere ? 1 : 0];
  if (number === undefined) return missingValue(reading);
  const parsed = parseWhole(number.text, least, 86_400);
  if (parsed.ok) draft.extraGarps = { interval: parsed.value * 1000, everywhere };
  else {
    const allowed = `[all] and between ${least} and 86400 seconds`;
    const message = `Cannot use ${keyword.word} ${shown(number)} as it must be ${allowed}`;
    error(context, number, "bad-value", message, { allowed });
  }
}
