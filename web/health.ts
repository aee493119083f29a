/**
 * What is wrong with a node, judged from its status alone: the banner of the page, `/healthz` and two metrics.
 */
import type { InstanceStatus, Status, SyncGroupStatus, VirtualServerStatus } from "../core/engine/status.ts";
import { isDown, serviceState, upCount } from "./services.ts";
import type { Answer } from "./source.ts";
import { duration } from "./view/format.ts";

/** What an alarm is about; the words are part of the metrics and documented in `docs/status.md`. */
export type AlarmKind =
  | "silent"
  | "stale"
  | "two_masters"
  | "no_master"
  | "rejected"
  | "address_missing"
  | "address_left_over"
  | "group_split"
  | "unexplained"
  | "fault"
  | "late_timers"
  | "notices"
  | "reload_refused"
  | "maintenance"
  | "two_owners"
  | "ipvs_unavailable"
  | "virtual_server_down"
  | "sorry_server"
  | "real_server_down";

/** One thing that an operator should look at. */
export interface Alarm {
  readonly kind: AlarmKind;
  /** `critical` alarms fail `/healthz`; a `warning` has a known cause outside of this node, or did no harm yet. */
  readonly severity: "critical" | "warning";
  /** The instance that it is about; null for the node or a group. */
  readonly instance: string | null;
  /** The virtual server that it is about; absent where it is about none. */
  readonly virtualServer?: string;
  /** One sentence. */
  readonly text: string;
}

/** A snapshot older than this means that the engine thread stands still, ms. */
const STALE_AFTER = 5000;

/** How long a state may take to settle before it is held against the node, ms. */
const SETTLING = 5000;

/** Startup takes this long at most where nothing explains a wait in INIT, ms. */
const STARTING = 10_000;

/** All alarms, critical ones first. `now` is ms since the Unix epoch. */
export function alarmsOf(status: Status, now: number): readonly Alarm[] {
  const explained = groupsWithFault(status);
  const alarms = [
    ...staleness(status, now),
    ...status.instances.flatMap((instance) => instanceAlarms(instance, status.generatedAt, explained)),
    ...splitGroups(status),
    ...lateTimers(status),
    ...notices(status),
    ...refusedReload(status),
    ...noBalancer(status),
    ...(status.virtualServers ?? []).flatMap((service) => serviceAlarms(service, status.generatedAt)),
  ];
  return [
    ...alarms.filter((alarm) => alarm.severity === "critical"),
    ...alarms.filter((alarm) => alarm.severity === "warning"),
  ];
}

/** All alarms of an answer: a silent engine is one, and the only one then. */
export function judge(answer: Answer, now: number): readonly Alarm[] {
  if (answer.ok) return alarmsOf(answer.status, now);
  return [{ kind: "silent", severity: "critical", instance: null, text: answer.reason }];
}

/** What `/healthz` says: no critical alarm. */
export function isHealthy(alarms: readonly Alarm[]): boolean {
  return alarms.every((alarm) => alarm.severity !== "critical");
}

/** Whether an advertising router other than us is heard while we are MASTER, and has been for longer than an election. */
export function hearsAnotherMaster(instance: InstanceStatus, now: number): boolean {
  const { peer } = instance;
  if (instance.state !== "master" || peer === null || peer.priority === 0) return false;
  const interval = Math.max(peer.interval, instance.advertInterval);
  // The old master sends once more before it hears us: one interval of grace.
  return peer.lastHeard - instance.since > interval && now - peer.lastHeard < 3 * interval;
}

function instanceAlarms(
  instance: InstanceStatus,
  now: number,
  explained: ReadonlySet<string>,
): readonly Alarm[] {
  switch (instance.state) {
    case "master":
      return [...twoMasters(instance, now), ...twoOwners(instance, now), ...addressMissing(instance, now)];
    case "backup":
      return [
        ...noMaster(instance, now),
        ...rejects(instance, now),
        ...twoOwners(instance, now),
        ...addressLeftOver(instance, now),
      ];
    case "fault":
      return [...fault(instance, now, explained), ...addressLeftOver(instance, now)];
    case "init":
      return [...longStart(instance, now), ...addressLeftOver(instance, now)];
  }
}

function staleness(status: Status, now: number): readonly Alarm[] {
  const age = now - status.generatedAt;
  if (age <= STALE_AFTER) return [];
  const text = `The engine does not answer: everything below is ${duration(age)} old`;
  return [{ kind: "stale", severity: "critical", instance: null, text }];
}

function twoMasters(instance: InstanceStatus, now: number): readonly Alarm[] {
  const { peer, rejected = null } = instance;
  const where = `VRID ${instance.vrid} on ${instance.interface} too`;
  if (peer !== null && hearsAnotherMaster(instance, now)) {
    const text = `Two masters: ${peer.address} advertises ${where}, with priority ${peer.priority} ` +
      `(ours is ${instance.effectivePriority}), last ${duration(now - peer.lastHeard)} ago`;
    return [{ kind: "two_masters", severity: "critical", instance: instance.name, text }];
  }
  if (rejected === null || !rejectsNow(instance, now)) return [];
  const text =
    `Two masters: ${rejected.address} advertises ${where}, and is not understood: ${rejected.reason}`;
  return [{ kind: "two_masters", severity: "critical", instance: instance.name, text }];
}

/** Two routers with priority 255: only one can own the addresses. */
function twoOwners(
  { basePriority, peer, advertInterval, vrid, interface: where, name }: InstanceStatus,
  now: number,
) {
  if (basePriority !== 255 || peer === null || peer.priority !== 255) return [];
  if (now - peer.lastHeard >= 3 * Math.max(peer.interval, advertInterval)) return [];
  const text =
    `Two address owners: ${peer.address} has priority 255 for VRID ${vrid} on ${where}, as this node has`;
  return [{ kind: "two_owners", severity: "warning", instance: name, text }] satisfies readonly Alarm[];
}

/** Whether advertisements are being rejected, and have been for longer than an election. */
function rejectsNow({ rejected = null, since, advertInterval }: InstanceStatus, now: number): boolean {
  if (rejected === null) return false;
  // The interval of a router that is not understood is not known: one second is usual.
  return rejected.at - since > advertInterval && now - rejected.at < 3 * Math.max(advertInterval, 1000);
}

function rejects(instance: InstanceStatus, now: number): readonly Alarm[] {
  const { rejected = null } = instance;
  if (rejected === null || !rejectsNow(instance, now)) return [];
  const text = `Rejects the advertisements of ${rejected.address}: ${rejected.reason}`;
  return [{ kind: "rejected", severity: "warning", instance: instance.name, text }];
}

/** BACKUP for longer than the master-down interval (RFC 9568 section 6.1, rounded up) with no master to be heard. */
function noMaster(instance: InstanceStatus, now: number): readonly Alarm[] {
  const interval = Math.max(instance.masterAdvertInterval, instance.advertInterval);
  const quiet = now - Math.max(instance.since, instance.peer?.lastHeard ?? 0);
  if (quiet <= 4 * interval + SETTLING) return [];
  const text = `No master: this node is BACKUP and has heard nobody on VRID ${instance.vrid} for ${
    duration(quiet)
  }`;
  return [{ kind: "no_master", severity: "critical", instance: instance.name, text }];
}

function addressMissing(instance: InstanceStatus, now: number): readonly Alarm[] {
  const missing = instance.addresses.filter((entry) => !entry.installed).map((entry) => entry.address);
  if (missing.length === 0 || now - instance.since <= SETTLING) return [];
  const text = `MASTER without ${listed(missing)}: nobody answers for it`;
  return [{ kind: "address_missing", severity: "critical", instance: instance.name, text }];
}

function addressLeftOver(instance: InstanceStatus, now: number): readonly Alarm[] {
  // The owner's virtual address is its own: it stays.
  if (instance.basePriority === 255 || now - instance.since <= SETTLING) return [];
  const left = instance.addresses.filter((entry) => entry.installed).map((entry) => entry.address);
  if (left.length === 0) return [];
  const text = `${instance.state.toUpperCase()}, and yet ${listed(left)} is on this node`;
  return [{ kind: "address_left_over", severity: "critical", instance: instance.name, text }];
}

function fault(instance: InstanceStatus, now: number, explained: ReadonlySet<string>): readonly Alarm[] {
  if (instance.faults.length > 0) {
    const text = `In FAULT for ${duration(now - instance.since)}: ${instance.faults.join("; ")}`;
    const kind = instance.maintenance && instance.faults.length === 1 ? "maintenance" : "fault";
    return [{ kind, severity: "warning", instance: instance.name, text }];
  }
  if (instance.syncGroup !== null && explained.has(instance.syncGroup)) {
    const text = `In FAULT with its sync group ${instance.syncGroup}`;
    return [{ kind: "fault", severity: "warning", instance: instance.name, text }];
  }
  if (now - instance.since <= SETTLING) return [];
  const text = `In FAULT for ${duration(now - instance.since)} with no fault known`;
  return [{ kind: "unexplained", severity: "critical", instance: instance.name, text }];
}

function longStart(instance: InstanceStatus, now: number): readonly Alarm[] {
  const waited = now - instance.since;
  if (instance.reason !== "" || waited <= STARTING) return [];
  const text = `In INIT for ${duration(waited)} with no reason given`;
  return [{ kind: "unexplained", severity: "critical", instance: instance.name, text }];
}

/** Sync groups with a member that has a fault of its own: that explains FAULT in the others. */
function groupsWithFault(status: Status): ReadonlySet<string> {
  const groups = new Set<string>();
  for (const { syncGroup, faults } of status.instances) {
    if (syncGroup !== null && faults.length > 0) groups.add(syncGroup);
  }
  return groups;
}

function splitGroups(status: Status): readonly Alarm[] {
  const byName = new Map(status.instances.map((instance) => [instance.name, instance]));
  return status.syncGroups.flatMap((group) => {
    const members = group.members.flatMap((name) => byName.get(name) ?? []);
    return groupSplit(group, members, status.generatedAt);
  });
}

function groupSplit(
  group: SyncGroupStatus,
  members: readonly InstanceStatus[],
  now: number,
): readonly Alarm[] {
  const states = new Set(members.map((instance) => instance.state));
  const latest = Math.max(...members.map((instance) => instance.since));
  if (states.size < 2 || now - latest <= SETTLING) return [];
  const detail = members.map((instance) => `${instance.name} ${instance.state.toUpperCase()}`).join(", ");
  const text = `Sync group ${group.name} is split: ${detail}`;
  return [{ kind: "group_split", severity: "critical", instance: null, text }];
}

/** Timers that fire half an advertisement interval late are half way to a lost election. */
function lateTimers(status: Status): readonly Alarm[] {
  const shortest = Math.min(...status.instances.map((instance) => instance.advertInterval));
  const { last } = status.loopLag;
  if (!Number.isFinite(shortest) || last <= Math.max(5, shortest / 2)) return [];
  const text = `The engine's timers fire ${duration(last)} late; the shortest advertisement interval is ${
    duration(shortest)
  }`;
  return [{ kind: "late_timers", severity: "warning", instance: null, text }];
}

/** People are not told of what happens. */
function notices({ mail, webhook }: Status): readonly Alarm[] {
  return [["Mail server", mail] as const, ["Webhook", webhook] as const].flatMap(([what, delivery]) => {
    if (delivery === undefined || delivery.trouble === null) return [];
    const text = `${what} ${delivery.to} takes nothing, ${delivery.waiting} waiting: ${delivery.trouble}`;
    return [{ kind: "notices", severity: "warning", instance: null, text }];
  });
}

/** What is written is not what runs, and the next start might be refused for the same reason. */
function refusedReload({ configuration: { refused }, generatedAt }: Status): readonly Alarm[] {
  if (refused === undefined) return [];
  const text = `The last reload, ${duration(generatedAt - refused.at)} ago, was refused, ` +
    `and the configuration of before is in force: ${refused.reason}`;
  return [{ kind: "reload_refused", severity: "warning", instance: null, text }];
}

function noBalancer({ ipvs, virtualServers = [] }: Status): readonly Alarm[] {
  if (ipvs === undefined || ipvs.available || virtualServers.length === 0) return [];
  const text = `Nothing is balanced: the kernel's load balancer is not available: ${ipvs.reason}`;
  return [{ kind: "ipvs_unavailable", severity: "critical", instance: null, text }];
}

/** Warnings alone: the cause is on other hosts, and the other node of a pair would see the same. */
function serviceAlarms(service: VirtualServerStatus, now: number): readonly Alarm[] {
  const about = { severity: "warning", instance: null, virtualServer: service.name } as const;
  const { realServers, sorryServer, since } = service;
  switch (serviceState(service)) {
    case "down": {
      const text = `Down for ${duration(now - since)}: ${upCount(service)} of ${realServers.length} ` +
        `real servers are up, with weight ${service.liveWeight} of the ${service.quorum} that it needs`;
      return [{ ...about, kind: "virtual_server_down", text }];
    }
    case "sorry": {
      const text = `The sorry server ${sorryServer!.name} serves for ${duration(now - since)}: ` +
        `${upCount(service)} of ${realServers.length} real servers are up`;
      return [{ ...about, kind: "sorry_server", text }];
    }
    case "degraded":
      return realServers.filter(isDown).map(({ name, since, reason }) => {
        const why = reason === "" ? "" : `: ${reason}`;
        const text = `Real server ${name} is down for ${duration(now - since)}${why}`;
        return { ...about, kind: "real_server_down", text };
      });
    default:
      return [];
  }
}

function listed(words: readonly string[]): string {
  return words.length <= 3
    ? words.join(", ")
    : `${words.slice(0, 3).join(", ")} and ${words.length - 3} more`;
}
