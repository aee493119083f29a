/** The words of `vrrp_sync_group`. */
import type { GroupDraft } from "../validate/drafts.ts";
import { entries, type KeywordTable } from "./keyword.ts";
import { boolean, flag } from "./shape.ts";

const word = entries<GroupDraft>();

/** `vrrp_sync_group NAME { … }` */
export const VRRP_SYNC_GROUP: KeywordTable = {
  name: "vrrp_sync_group",
  // deno-fmt-ignore: a row a word
  keywords: [
    word.own("group", "A", "list", ["{ INSTANCE... }", "required", "members; instance may be in one group only"]),
    word.own("track_interface", "B", "list", ["{ IF [weight W [reverse]] }", "none", "interface tracking applied to every member"]),
    word.own("track_script", "B", "list", ["{ NAME [weight W [reverse/noreverse]] }", "none", "script tracking applied to every member"]),
    word.own("track_file", "B", "list", ["{ NAME [weight W [reverse/noreverse]] }", "none", "file tracking applied to every member"]),
    word.own("track_process", "C", "list", ["{ NAME [weight W [reverse/noreverse]] }", "none", "process tracking applied to every member"]),
    word.own("track_bfd", "C", "list", ["{ NAME [weight W [reverse/noreverse]] }", "none", "BFD tracking applied to every member"]),
    word.command("notify_backup", "A", "backup", ["CMD [user [group]]", "none", "run when group enters BACKUP"]),
    word.command("notify_master", "A", "master", ["CMD [user [group]]", "none", "run when group enters MASTER"]),
    word.command("notify_fault", "A", "fault", ["CMD [user [group]]", "none", "run when group enters FAULT"]),
    word.command("notify_stop", "B", "stop", ["CMD [user [group]]", "none", "run when daemon stops"]),
    word.command("notify", "B", "any", ["CMD [user [group]]", "none", "run on every change with GROUP NAME STATE 0 appended"]),
    word.set("smtp_alert", "B", "smtpAlert", boolean(), ["[BOOL]", "smtp_alert_vrrp, smtp_alert, else off", "mail on group change"]),
    word.set("global_tracking", "D", "trackingWeight", flag(), ["", "off", "old word for sync_group_tracking_weight"], { use: "sync_group_tracking_weight", deprecated: true }),
    word.set("sync_group_tracking_weight", "C", "trackingWeight", flag(), ["", "off", "keep members' own weighted trackers"]),
    word.set("notify_priority_changes", "C", "notifyPriorityChanges", boolean(), ["[BOOL]", "that of global_defs", "FIFO priority lines for members"]),
  ],
};
