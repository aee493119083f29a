/** The words of `vrrp_script`. */
import type { ScriptDraft } from "../validate/drafts.ts";
import { entries, type KeywordTable } from "./keyword.ts";
import { flag, leading, seconds, whole } from "./shape.ts";

const word = entries<ScriptDraft>();

/** `vrrp_script NAME { … }` */
export const VRRP_SCRIPT: KeywordTable = {
  name: "vrrp_script",
  // deno-fmt-ignore: a row a word
  keywords: [
    word.command("script", "A", "command", ["CMD (quoted, args)", "required", "command to run"], { fatalBare: false, again: "last" }),
    word.set("interval", "A", "interval", leading(seconds(0, 4294)), ["decimal s (ms); 0 becomes 1", "1", "time between runs"]),
    word.set("timeout", "A", "timeout", leading(seconds(0, 4294)), ["decimal s (ms); 0 becomes 1", "interval", "run time after which SIGTERM then SIGKILL, fail"]),
    word.own("weight", "A", "custom", ["-253..253 [reverse]", "0", "priority adjustment; 0 means fault on failure"]),
    word.set("rise", "A", "rise", leading(whole(1)), ["uint>=1", "1", "consecutive successes to go up"]),
    word.set("fall", "A", "fall", leading(whole(1)), ["uint>=1", "1", "consecutive failures to go down"]),
    word.own("user", "A", "custom", ["USER [[:]GROUP]", "script_user", "identity to run as"]),
    word.set("init_fail", "B", "initFail", flag(), ["", "off", "assume failed until first successes"]),
  ],
};
