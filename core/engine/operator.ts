/**
 * What an operator asks of instances: to hand over to the other node, and to stay out of service.
 */
import { companions } from "../vrrp/router.ts";
import { sendGoodbye } from "./advertise.ts";
import { demote, settle } from "./election.ts";
import type { MaintenanceOrder } from "./event.ts";
import * as message from "./message.ts";
import { consider } from "./trackers.ts";
import type { World } from "./world.ts";

/**
 * Masters say goodbye and become backup, whole sync groups together. For `hold` ms they follow whoever is master, also
 * one of lower priority; where nobody is, they come back after the usual silence.
 */
export function failover(world: World, names: readonly string[], hold: number, now: number): void {
  const wanted = names.flatMap((name) => world.routers.get(name) ?? []);
  const handing = [...new Set(wanted.flatMap(companions))].filter(({ state }) => state === "master");
  for (const router of handing) {
    world.out.log(message.handingOver(router.config.name));
    sendGoodbye(world, router);
  }
  for (const router of handing) {
    if (router.state === "master") demote(world, router, now, "handed over as the operator asked");
    router.followUntil = hold === 0 ? null : now + hold;
  }
}

/** Puts the instances that an order names out of service, and all others back into it. */
export function obeyMaintenance(world: World, order: MaintenanceOrder, now: number): void {
  if (world.stopped) return;
  world.maintenance = order;
  // All are considered before any is settled: the members of a group must not run ahead of each other.
  for (const router of world.routers.values()) consider(world, router);
  for (const router of world.routers.values()) {
    settle(world, router, now);
    world.touched.add(router);
    world.out.tell({ kind: "status.changed", instance: router.config.name });
  }
}
