/**
 * The effective priority of a router, put into force.
 */
import { effectivePriority, LOWERED_OWNER_PRIORITY, OWNER_PRIORITY } from "../vrrp/priority.ts";
import type { Router } from "../vrrp/router.ts";
import { skewTime } from "../vrrp/timers.ts";
import * as message from "./message.ts";
import type { World } from "./world.ts";

/** Puts a changed effective priority into force. */
export function applyPriority(world: World, router: Router): void {
  const { config, rival } = router;
  const lowered = rival !== null && rival.lowered && config.priority === OWNER_PRIORITY;
  const priority = lowered
    ? LOWERED_OWNER_PRIORITY
    : effectivePriority(config.priority, router.terms.values());
  if (priority === router.priority) return;
  world.out.log(message.priorityChanged(config.name, router.priority, priority));
  if (router.masterDownAt !== null) {
    // The running timer moves by the difference of the skew times, so that the order of takeover stays right.
    router.masterDownAt += skewTime(config.version, priority, router.masterInterval) -
      skewTime(config.version, router.priority, router.masterInterval);
  }
  router.priority = priority;
  router.advertisement = null;
  world.out.tell({ kind: "status.changed", instance: config.name });
  tellPipes(world, router);
}

/** `notify_priority_changes`: a line for the FIFOs. */
function tellPipes(world: World, { config, group, state, priority }: Router): void {
  const wanted = config.notifyPriorityChanges ?? group?.config.notifyPriorityChanges ??
    world.global.notifyPriorityChanges;
  if (!wanted || (state !== "master" && state !== "backup")) return;
  world.out.tell({
    kind: "notify",
    object: "INSTANCE",
    name: config.name,
    state: state === "master" ? "MASTER_PRIORITY" : "BACKUP_PRIORITY",
    priority,
    commands: [],
    mail: false,
    fifoOnly: true,
    reason: "",
  });
}
