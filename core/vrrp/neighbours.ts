/**
 * When a master announces its addresses (gratuitous ARP, unsolicited neighbour advertisement).
 */
import type { AnnounceSettings } from "../config/model.ts";

/** The announcements that are still to come. Times are monotonic ms. */
export interface AnnounceSchedule {
  /** The second burst and how many rounds it has; null where none is due. */
  readonly second: { readonly at: number; readonly rounds: number } | null;
  /** The next periodic refresh; null where none is configured. */
  readonly refreshAt: number | null;
  /** The next announcement on interfaces other than the instance's own; null where none is configured. */
  readonly elsewhereAt: number | null;
}

/** Nothing is due. */
export const NO_ANNOUNCEMENTS: AnnounceSchedule = {
  second: null,
  refreshAt: null,
  elsewhereAt: null,
};

/** The schedule that begins with the burst of a new master at `now`. Refreshes do not wait for the second burst. */
export function afterTakeover(settings: AnnounceSettings, now: number): AnnounceSchedule {
  return {
    second: settings.delay > 0 ? { at: now + settings.delay, rounds: settings.repeat } : null,
    refreshAt: periodic(settings.refresh, now),
    elsewhereAt: periodic(settings.extraInterval, now),
  };
}

/** The schedule of a master whose settings are others now: what is periodic begins anew where its period changed. */
export function afterReload(
  schedule: AnnounceSchedule,
  before: AnnounceSettings,
  settings: AnnounceSettings,
  now: number,
): AnnounceSchedule {
  const { refresh, extraInterval } = settings;
  return {
    ...schedule,
    refreshAt: refresh === before.refresh ? schedule.refreshAt : periodic(refresh, now),
    elsewhereAt: extraInterval === before.extraInterval ? schedule.elsewhereAt : periodic(extraInterval, now),
  };
}

function periodic(interval: number, now: number): number | null {
  return interval > 0 ? now + interval : null;
}

/** The schedule after a burst that answered an advertisement of lower priority. */
export function afterLowerPriority(
  schedule: AnnounceSchedule,
  settings: AnnounceSettings,
  now: number,
): AnnounceSchedule {
  if (settings.lowerPriorityDelay <= 0 || settings.lowerPriorityRepeat <= 0) return schedule;
  const second = { at: now + settings.lowerPriorityDelay, rounds: settings.lowerPriorityRepeat };
  return { ...schedule, second };
}

/** When something is due next; Infinity where nothing is. */
export function nextAnnouncement(schedule: AnnounceSchedule): number {
  const { second, refreshAt, elsewhereAt } = schedule;
  return Math.min(second?.at ?? Infinity, refreshAt ?? Infinity, elsewhereAt ?? Infinity);
}

/** How many rounds are due at `now`, whether one elsewhere is, and the schedule that remains. */
export function dueRounds(
  schedule: AnnounceSchedule,
  settings: AnnounceSettings,
  now: number,
): { readonly rounds: number; readonly elsewhere: boolean; readonly rest: AnnounceSchedule } {
  let rounds = 0;
  let { second, refreshAt, elsewhereAt } = schedule;
  if (second !== null && second.at <= now) {
    rounds += second.rounds;
    second = null;
  }
  if (refreshAt !== null && refreshAt <= now) {
    rounds += settings.refreshRepeat;
    refreshAt = now + settings.refresh;
  }
  const elsewhere = elsewhereAt !== null && elsewhereAt <= now;
  if (elsewhere) elsewhereAt = now + settings.extraInterval;
  return { rounds, elsewhere, rest: { second, refreshAt, elsewhereAt } };
}
