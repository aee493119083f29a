/** How a complete instance announces its addresses: its own words, those of `global_defs`, and strict mode. */
import type { AnnounceSettings } from "../model.ts";
import { type Context, warning } from "./context.ts";
import { type InstanceDraft, spot } from "./instance_draft.ts";

/** The settings of its announcements, with the defaults of `global_defs`. */
export function announceSettings(context: Context, draft: InstanceDraft, strict: boolean): AnnounceSettings {
  const { global } = context;
  const minimal = global.minGarp;
  const usualDelay = minimal && global.garpDelay === 5000 ? 0 : global.garpDelay;
  const usualRepeat = minimal && global.garpRepeat === 5 ? 1 : global.garpRepeat;
  const refreshRepeat = draft.garpRefreshRepeat ?? global.garpRefreshRepeat;
  // With vrrp_min_garp and no word of its own a refresh has no rounds, which is no refresh at all.
  const silent = minimal && draft.garpRefreshRepeat === null && global.garpRefreshRepeat === 1;
  // What the instance says of its own takeover is not handed on, as with keepalived.
  const lowerDelay = draft.garpLowerPriorityDelay ?? global.garpLowerPriorityDelay ?? usualDelay;
  const lowerRepeat = draft.garpLowerPriorityRepeat ?? global.garpLowerPriorityRepeat ?? usualRepeat;
  if (strict) strictAnnounce(context, draft);
  const extra = draft.extraGarps ?? global.extraGarps;
  return {
    delay: draft.garpDelay ?? usualDelay,
    repeat: atLeastOne(context, draft, "garp_master_repeat", draft.garpRepeat ?? usualRepeat),
    refresh: silent ? 0 : draft.garpRefresh ?? global.garpRefresh,
    refreshRepeat: atLeastOne(context, draft, "garp_master_refresh_repeat", refreshRepeat),
    lowerPriorityDelay: strict ? 0 : lowerDelay,
    lowerPriorityRepeat: strict ? 0 : lowerRepeat,
    extraInterval: extra?.interval ?? 0,
    extraEverywhere: extra !== null && extra.interval > 0 && extra.everywhere,
  };
}

function strictAnnounce(context: Context, draft: InstanceDraft): void {
  for (
    const word of [
      "garp_lower_prio_delay",
      "garp_lower_prio_repeat",
      "higher_prio_send_advert",
      "down_timer_adverts",
    ]
  ) {
    const at = draft.seen.get(word);
    if (at === undefined || (word === "down_timer_adverts" && draft.downTimerAdverts === 3)) continue;
    const value = word === "down_timer_adverts" ? "3" : word === "higher_prio_send_advert" ? "off" : "0";
    warning(context, at, "strict-reset", `Strict mode: ${word} cannot be used`, {
      inForce: `${word} ${value}`,
    });
  }
  if (draft.lowerPriorityNoAdvert === false) {
    warning(
      context,
      spot(draft, "lower_prio_no_advert"),
      "strict-reset",
      "Strict mode: lower_prio_no_advert is on",
      {
        inForce: "lower_prio_no_advert on",
      },
    );
  }
}

function atLeastOne(context: Context, draft: InstanceDraft, word: string, value: number): number {
  if (value > 0) return value;
  warning(context, spot(draft, word), "too-small", `Cannot use ${word} 0 as it must be at least 1`, {
    inForce: `${word} 1`,
    allowed: "at least 1",
  });
  return 1;
}
