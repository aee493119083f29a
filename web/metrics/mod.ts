/**
 * `GET /metrics`: one snapshot as Prometheus text.
 */
import { isHealthy, judge } from "../health.ts";
import { stateWord } from "../view/format.ts";
import type { InstanceStatus } from "../../core/engine/status.ts";
import type { Answer } from "../source.ts";
import { expose, type Exposition, type Family, type LabelledInstance, type Snapshot } from "./family.ts";
import { deliveryFamilies } from "./deliveries.ts";
import { haFamilies } from "./ha.ts";
import { gen2brainFamilies, keepalivedFamilies } from "./keepalived.ts";
import { lvsFamilies, serviceFamilies } from "./services.ts";

/** Every family in the order of the page. */
export const families: readonly Family[] = [
  ...keepalivedFamilies,
  ...gen2brainFamilies,
  ...lvsFamilies,
  ...haFamilies,
  ...serviceFamilies,
  ...deliveryFamilies,
];

/**
 * The exposition of an answer of the engine. Where it did not answer, only what is true then is left:
 * `keepalived_up 0` and `ha_healthy 0`.
 */
export function metrics(answer: Answer, now: number): Promise<Exposition> {
  return expose(families, snapshotOf(answer, now));
}

function snapshotOf(answer: Answer, now: number): Snapshot {
  const status = answer.ok ? answer.status : null;
  const instances = (status?.instances ?? []).map(labelled);
  const alarms = judge(answer, now);
  return { answer, status, alarms, healthy: isHealthy(alarms), now, instances };
}

function labelled(instance: InstanceStatus): LabelledInstance {
  const where = { intf: instance.interface, vrid: String(instance.vrid) };
  return {
    instance,
    labels: { iname: instance.name, ...where },
    gen2brainLabels: { name: instance.name, ...where, state: stateWord(instance.state) },
  };
}
