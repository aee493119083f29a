/** Weighted trackers that cannot count: those of sync group members and of the address owner. */
import type { SyncGroup, VrrpInstance } from "../model.ts";
import { type Context, warning } from "./context.ts";
import type { TrackDraft } from "./drafts.ts";

/** A file that is tracked with it is tracked without weight instead. */
const DEFAULT_FILE_WEIGHT = 1;

/**
 * Reports weights without effect; the engine leaves them out.
 *
 * Members of a group without `sync_group_tracking_weight` have one priority to go by, so a weighted interface counts
 * as unweighted and weighted scripts and processes not at all; an owner's priority of 255 never changes.
 */
export function reportUselessWeights(
  context: Context,
  instances: readonly VrrpInstance[],
  groups: readonly SyncGroup[],
): void {
  const grouped = new Set(groups.filter((group) => !group.trackingWeight).flatMap((group) => group.members));
  for (const { name, priority } of instances) {
    const why = grouped.has(name)
      ? "its sync group has no sync_group_tracking_weight"
      : priority === 255
      ? "its priority is 255"
      : null;
    if (why === null) continue;
    const draft = context.instances.get(name)!;
    reportWeights(context, draft.trackScripts, `script in ${name}`, why, "it is not tracked");
    reportWeights(context, draft.trackInterfaces, `interface in ${name}`, why, "weight 0");
    const [byDefault, others] = [true, false].map((is) =>
      draft.trackFiles.filter(({ reference }) => (reference.weight === DEFAULT_FILE_WEIGHT) === is)
    );
    reportWeights(context, byDefault!, `file in ${name}`, why, "weight 0");
    reportWeights(context, others!, `file in ${name}`, why, "it is not tracked");
    reportWeights(context, draft.trackProcesses, `process in ${name}`, why, "it is not tracked");
  }
}

function reportWeights(
  context: Context,
  tracks: readonly TrackDraft[],
  what: string,
  why: string,
  inForce: string,
): void {
  for (const { reference, at } of tracks) {
    if (reference.weight === 0) continue;
    const message = `Cannot use the weight of tracked ${
      what.replace(" in ", ` ${reference.name} in `)
    }: ${why}`;
    warning(context, at, "useless-weight", message, { inForce });
  }
}
