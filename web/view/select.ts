/**
 * Which instances a page shows, and in which order.
 */
import type { Alarm } from "../health.ts";
import type { InstanceStatus, VrrpState } from "../../core/engine/status.ts";

/** What the reader asked for in the address of the page. */
export interface Selection {
  /** Words that must all occur; "" for everything. */
  readonly text: string;
  readonly state: VrrpState | null;
}

const STATES: readonly string[] = ["init", "backup", "master", "fault"] satisfies VrrpState[];

/** Reads `?q=` and `?state=`; an unknown state selects nothing special. */
export function readSelection(query: (name: string) => string | undefined): Selection {
  const state = query("state") ?? "";
  return {
    text: (query("q") ?? "").slice(0, 200),
    state: STATES.includes(state) ? state as VrrpState : null,
  };
}

/** The selected instances: those with alarms first, then by state (FAULT, INIT, MASTER, BACKUP), then by name. */
export function select(
  instances: readonly InstanceStatus[],
  alarms: readonly Alarm[],
  selection: Selection,
): readonly InstanceStatus[] {
  const words = selection.text.toLowerCase().split(/\s+/).filter((word) => word !== "");
  const chosen = instances.filter((instance) =>
    (selection.state === null || instance.state === selection.state) && matches(instance, words)
  );
  return ordered(chosen, alarms);
}

/** Rank of a state on a page: what needs eyes comes first. */
const RANK: Readonly<Record<VrrpState, number>> = { fault: 0, init: 1, master: 2, backup: 3 };

function ordered(instances: readonly InstanceStatus[], alarms: readonly Alarm[]): readonly InstanceStatus[] {
  const urgency = new Map<string, number>();
  for (const { instance, severity } of alarms.toReversed()) {
    if (instance !== null) urgency.set(instance, severity === "critical" ? 0 : 1);
  }
  const keyed = instances.map((instance) => ({
    instance,
    urgency: urgency.get(instance.name) ?? 2,
    key: sortKey(instance.name),
  }));
  keyed.sort((a, b) =>
    a.urgency - b.urgency || RANK[a.instance.state] - RANK[b.instance.state] ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
  return keyed.map(({ instance }) => instance);
}

/** Sorts VI_2 before VI_10. */
function sortKey(name: string): string {
  return name.replace(/\d+/g, (digits) => digits.padStart(12, "0"));
}

function matches(instance: InstanceStatus, words: readonly string[]): boolean {
  if (words.length === 0) return true;
  const text = [
    instance.name,
    instance.interface,
    `vrid ${instance.vrid}`,
    `vrid:${instance.vrid}`,
    instance.state,
    instance.syncGroup ?? "",
    instance.peer?.address ?? "",
    ...instance.addresses.map((entry) => entry.address),
  ].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}
