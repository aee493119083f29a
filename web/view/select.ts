/**
 * Which instances and virtual servers a page shows, and in which order.
 */
import type { Alarm } from "../health.ts";
import type { InstanceStatus, VirtualServerStatus, VrrpState } from "../../core/engine/status.ts";
import { SERVICE_STATES, type ServiceState, serviceState } from "../services.ts";

/** What the reader asked for in the address of the page. */
export interface Selection {
  /** Words that must all occur; "" for everything. */
  readonly text: string;
  /** Of instances. */
  readonly state: VrrpState | null;
  /** Of virtual servers, or on the page of one of its real servers. */
  readonly service: ServiceState | null;
  /** Page of a list that is too long for one, from 1. */
  readonly page: number;
}

const STATES: readonly string[] = ["init", "backup", "master", "fault"] satisfies VrrpState[];

/** Reads `?q=`, `?state=` and `?page=`; an unknown state selects nothing special. */
export function readSelection(query: (name: string) => string | undefined): Selection {
  const states = (query("state") ?? "").split(" ");
  const page = query("page") ?? "";
  return {
    text: (query("q") ?? "").slice(0, 200),
    state: (states.find((state) => STATES.includes(state)) ?? null) as VrrpState | null,
    service: SERVICE_STATES.find((state) => states.includes(state)) ?? null,
    page: /^[1-9]\d{0,5}$/.test(page) ? Number(page) : 1,
  };
}

/** The address of a page with a selection in it. */
export function pageAddress(path: string, { text, state, service, page }: Selection): string {
  const query = new URLSearchParams();
  const states = [state, service].filter((each) => each !== null);
  if (states.length > 0) query.set("state", states.join(" "));
  if (text !== "") query.set("q", text);
  if (page > 1) query.set("page", String(page));
  return query.size === 0 ? path : `${path}?${query}`;
}

/** The words of the filter, all of which must occur. */
export function wordsOf({ text }: Selection): readonly string[] {
  return text.toLowerCase().split(/\s+/).filter((word) => word !== "");
}

/** The selected virtual servers: those that need eyes first, then by name. */
export function selectServices(
  services: readonly VirtualServerStatus[],
  selection: Selection,
): readonly VirtualServerStatus[] {
  const words = wordsOf(selection);
  const keyed = services
    .map((service) => ({ service, state: serviceState(service), key: sortKey(service.name) }))
    .filter(({ service, state }) =>
      (selection.service === null || selection.service === state) && serviceMatches(service, state, words)
    );
  keyed.sort((a, b) =>
    SERVICE_STATES.indexOf(a.state) - SERVICE_STATES.indexOf(b.state) ||
    (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)
  );
  return keyed.map(({ service }) => service);
}

function serviceMatches(
  service: VirtualServerStatus,
  state: ServiceState,
  words: readonly string[],
): boolean {
  if (words.length === 0) return true;
  const { name, protocol, scheduler, forwarding, realServers } = service;
  const servers = realServers.map((server) => server.name);
  const text = [name, state, protocol, scheduler, forwarding, ...servers].join("\n").toLowerCase();
  return words.every((word) => text.includes(word));
}

/** The selected instances: those with alarms first, then by state (FAULT, INIT, MASTER, BACKUP), then by name. */
export function select(
  instances: readonly InstanceStatus[],
  alarms: readonly Alarm[],
  selection: Selection,
): readonly InstanceStatus[] {
  const words = wordsOf(selection);
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
