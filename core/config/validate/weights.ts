/** Weighted trackers that cannot work: those of sync group members and of the address owner. */
import type { SyncGroup, TrackReference, VrrpInstance } from "../model.ts";
import { type Context, warning } from "./context.ts";
import type { TrackDraft } from "./drafts.ts";

/**
 * The instances without the weighted trackers that cannot work.
 *
 * Members of a group without `sync_group_tracking_weight` have one priority to go by, so a weighted interface counts
 * as unweighted and weighted scripts are dropped; an owner's priority of 255 never changes.
 */
export function withoutUselessWeights(
  context: Context,
  instances: readonly VrrpInstance[],
  groups: readonly SyncGroup[],
): VrrpInstance[] {
  const grouped = new Set(groups.filter((group) => !group.trackingWeight).flatMap((group) => group.members));
  return instances.map((instance) => {
    const why = grouped.has(instance.name)
      ? "its sync group has no sync_group_tracking_weight"
      : instance.priority === 255
      ? "its priority is 255"
      : null;
    return why === null ? instance : withoutWeights(context, instance, why);
  });
}

function withoutWeights(context: Context, instance: VrrpInstance, why: string): VrrpInstance {
  const draft = context.instances.get(instance.name)!;
  const heavy = (track: TrackReference) => track.weight !== 0;
  for (const track of instance.trackScripts.filter(heavy)) {
    reportWeight(
      context,
      draft.trackScripts,
      track,
      `Cannot track script ${track.name} in ${instance.name} by weight: ${why}`,
      "not tracked",
    );
  }
  for (const track of instance.trackInterfaces.filter(heavy)) {
    reportWeight(
      context,
      draft.trackInterfaces,
      track,
      `Cannot track interface ${track.name} in ${instance.name} by weight: ${why}`,
      "weight 0",
    );
  }
  return {
    ...instance,
    trackScripts: instance.trackScripts.filter((track) => !heavy(track)),
    trackInterfaces: instance.trackInterfaces.map((track) => ({ ...track, weight: 0 })),
  };
}

function reportWeight(
  context: Context,
  drafts: readonly TrackDraft[],
  track: TrackReference,
  message: string,
  inForce: string,
): void {
  const draft = drafts.find((other) => other.reference.name === track.name)!;
  warning(context, draft.at, "useless-weight", message, { inForce });
}
