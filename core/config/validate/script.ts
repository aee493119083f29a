/** `vrrp_script`. */
import { VRRP_SCRIPT } from "../keywords/script.ts";
import type { TrackScript } from "../model.ts";
import type { Statement } from "../tree.ts";
import { missingValue, readBlock, type Readers } from "./block.ts";
import { readUser, withUser } from "./command.ts";
import { type Context, error, warning } from "./context.ts";
import { type ScriptDraft, scriptDraft } from "./drafts.ts";
import { lintScript } from "./lint.ts";
import { readRepeatableName } from "./name.ts";
import { hasDefaultUser } from "./security.ts";
import { readWeight } from "./weight_line.ts";

/** Reads one script; it is defined from here on, unless it cannot be used. */
export function readScript(context: Context, statement: Statement): void {
  const found = readRepeatableName(context, statement, "vrrp_script", context.scripts);
  if (found === null) return;
  const draft = scriptDraft(found.name);
  readBlock(context, statement.block?.statements ?? [], VRRP_SCRIPT, READERS, draft);
  fixTimes(context, draft);
  if (draft.command === null || draft.badUser) return withoutCommand(context, draft);
  if (draft.user === null && !hasDefaultUser(context, draft.nameWord, `vrrp_script ${draft.name}`)) return;
  lintScript(context, draft);
  if (found.isNew) context.scripts.set(draft.name, draft);
}

function withoutCommand(context: Context, draft: ScriptDraft): void {
  const reason = draft.badUser ? "its user cannot be used" : "no script is set";
  error(
    context,
    draft.nameWord,
    "no-script",
    `Cannot use vrrp_script ${draft.name}: ${reason}; it is removed`,
  );
}

/** Zero means a second, as keepalived has it. */
function fixTimes(context: Context, draft: ScriptDraft): void {
  for (const key of ["interval", "timeout"] as const) {
    if (draft[key] !== 0) continue;
    draft[key] = 1000;
    warning(
      context,
      draft.seen.get(key) ?? draft.nameWord,
      "too-small",
      `Cannot use ${key} 0 for vrrp_script ${draft.name}`,
      {
        allowed: "more than 0 seconds",
        inForce: `${key} 1`,
      },
    );
  }
}

const READERS: Readers<ScriptDraft> = {
  weight: (reading) => readWeight(reading, 253, "clamp"),
  user(reading) {
    if (reading.values.length === 0) return missingValue(reading);
    const user = readUser(reading.context, reading.values, null);
    if (user === undefined) reading.draft.badUser = true;
    else reading.draft.user = user;
  },
};

/** The script as the model has it. */
export function finishScript(draft: ScriptDraft): TrackScript {
  return {
    name: draft.name,
    command: withUser(draft.command!.command, draft.user),
    interval: draft.interval,
    timeout: draft.timeout ?? draft.interval,
    weight: draft.weight,
    reverse: draft.reverse,
    rise: draft.rise,
    fall: draft.fall,
    initFail: draft.initFail,
  };
}
