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
}

/** Nothing is due. */
export const NO_ANNOUNCEMENTS: AnnounceSchedule = { second: null, refreshAt: null };

/** The schedule that begins with the burst of a new master at `now`. */
export function afterTakeover(settings: AnnounceSettings, now: number): AnnounceSchedule {
  return {
    second: settings.delay > 0 ? { at: now + settings.delay, rounds: settings.repeat } : null,
    refreshAt: settings.refresh > 0 ? now + settings.delay + settings.refresh : null,
  };
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
  return Math.min(schedule.second?.at ?? Infinity, schedule.refreshAt ?? Infinity);
}

/** How many rounds are due at `now`, and the schedule that remains. */
export function dueRounds(
  schedule: AnnounceSchedule,
  settings: AnnounceSettings,
  now: number,
): { readonly rounds: number; readonly rest: AnnounceSchedule } {
  let rounds = 0;
  let { second, refreshAt } = schedule;
  if (second !== null && second.at <= now) {
    rounds += second.rounds;
    second = null;
  }
  if (refreshAt !== null && refreshAt <= now) {
    rounds += settings.refreshRepeat;
    refreshAt = now + settings.refresh;
  }
  return { rounds, rest: { second, refreshAt } };
}
