/**
 * Which trackers hold for an instance: its own and its group's, after the rules of sync groups and owners.
 */
import type { SyncGroup, TrackReference, VrrpInstance } from "../config/model.ts";
import { OWNER_PRIORITY } from "./priority.ts";

/** The trackers that hold for an instance, by kind; each name once. */
export interface EffectiveTrackers {
  readonly scripts: readonly TrackReference[];
  readonly interfaces: readonly TrackReference[];
  readonly files: readonly TrackReference[];
  readonly processes: readonly TrackReference[];
  readonly bfds: readonly TrackReference[];
  /** Weighted trackers that are left out. */
  readonly ignored: readonly IgnoredTracker[];
}

/** A weighted tracker that cannot count. */
export interface IgnoredTracker {
  readonly kind: "script" | "file" | "process" | "bfd";
  readonly name: string;
}

/** `track_file` without a weight anywhere; such a file is tracked without weight where weights cannot count. */
const DEFAULT_FILE_WEIGHT = 1;

/**
 * The trackers of an instance and of its group; of a tracker that both have, the group's weight counts.
 *
 * In a group without `sync_group_tracking_weight`, and for an address owner, weights cannot count (keepalived's
 * `sync_group_tracking_init`): a weighted interface and a file with the default weight become unweighted ones, other
 * weighted trackers are left out. Trackers of a group with an owner in it lose their weights.
 *
 * @param withOwner whether any member of the group has priority 255
 */
export function effectiveTrackers(
  config: VrrpInstance,
  group: SyncGroup | null,
  withOwner = config.priority === OWNER_PRIORITY,
): EffectiveTrackers {
  const weightless = config.priority === OWNER_PRIORITY || (group !== null && !group.trackingWeight);
  const ignored: IgnoredTracker[] = [];
  const shared = (trackers: readonly TrackReference[] = []) =>
    withOwner ? trackers.map(unweighted) : trackers;
  const own = (kind: IgnoredTracker["kind"], trackers: readonly TrackReference[]) => {
    if (!weightless) return trackers;
    const dropped = trackers.filter(({ weight }) => weight !== 0);
    ignored.push(...dropped.map(({ name }) => ({ kind, name })));
    return trackers.filter((tracker) => !dropped.includes(tracker));
  };
  const files = weightless ? config.trackFiles.map(withoutDefaultWeight) : config.trackFiles;
  const interfaces = weightless ? config.trackInterfaces.map(unweighted) : config.trackInterfaces;
  return {
    scripts: firstOfEachName([...shared(group?.trackScripts), ...own("script", config.trackScripts)]),
    interfaces: firstOfEachName([...shared(group?.trackInterfaces), ...interfaces]),
    files: firstOfEachName([...shared(group?.trackFiles), ...own("file", files)]),
    processes: firstOfEachName([...shared(group?.trackProcesses), ...own("process", config.trackProcesses)]),
    bfds: firstOfEachName([...shared(group?.trackBfds), ...own("bfd", config.trackBfds)]),
    ignored,
  };
}

function unweighted(tracker: TrackReference): TrackReference {
  return tracker.weight === 0 ? tracker : { ...tracker, weight: 0 };
}

function withoutDefaultWeight(tracker: TrackReference): TrackReference {
  return tracker.weight === DEFAULT_FILE_WEIGHT ? unweighted(tracker) : tracker;
}

function firstOfEachName(trackers: readonly TrackReference[]): readonly TrackReference[] {
  if (trackers.length < 2) return trackers;
  const seen = new Set<string>();
  return trackers.filter(({ name }) => !seen.has(name) && seen.add(name));
}
