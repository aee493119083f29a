/** Notify scripts and mail of instances and groups. */
import type { NotifyScripts } from "../model.ts";
import type { Context } from "./context.ts";
import type { NotifyDraft } from "./drafts.ts";

/** The commands as the model has them. */
export function finishNotify(draft: NotifyDraft): NotifyScripts {
  return {
    master: draft.master?.command ?? null,
    backup: draft.backup?.command ?? null,
    fault: draft.fault?.command ?? null,
    stop: draft.stop?.command ?? null,
    deleted: draft.deleted?.command ?? null,
    masterRxLowerPriority: draft.masterRxLowerPriority?.command ?? null,
    any: draft.any?.command ?? null,
  };
}

/** Whether mail is sent: the object's own word, then `smtp_alert_vrrp`, then `smtp_alert`, else not. */
export function mailSetting(context: Context, own: boolean | null): boolean {
  return own ?? context.global.smtpAlertVrrp ?? context.global.smtpAlert ?? false;
}
