/** `notify_fifo`, `vrrp_notify_fifo` and `lvs_notify_fifo`. */
import { missingValue, type Reading } from "./block.ts";
import { readUser } from "./command.ts";
import { error } from "./context.ts";
import type { GlobalDraft } from "./drafts.ts";

/** Reads `PATH [USER [GROUP]]`. */
export function readFifo(
  reading: Reading<GlobalDraft>,
  target: "notifyFifo" | "vrrpNotifyFifo" | "lvsNotifyFifo",
): void {
  const { context, draft, keyword, values } = reading;
  const path = values[0];
  if (path === undefined) return missingValue(reading);
  if (draft[target] !== null) {
    return error(
      context,
      path,
      "repeated-word",
      `Cannot use ${keyword.word} a second time; the first one counts`,
    );
  }
  const owner = values.length > 1 ? readUser(context, values.slice(1), null) ?? null : null;
  draft[target] = { path: path.text, owner, reader: null };
}
