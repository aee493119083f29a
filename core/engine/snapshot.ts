/**
 * The engine's state as data for people and machines. Reading changes nothing.
 */
import { detectionTime, transmitInterval } from "../bfd/timing.ts";
import { judgeTrackFile } from "../track/file.ts";
import type { HeardRouter, Router } from "../vrrp/router.ts";
import type { EngineSnapshot, SnapshotFrame } from "./engine.ts";
import { diagnosticText } from "./bfd_message.ts";
import { addressKey } from "./host.ts";
import { rejectionText } from "./message.ts";
import type {
  BfdStatus,
  InstanceStatus,
  KernelObjectStatus,
  PeerStatus,
  PriorityTerm,
  RejectedAdvert,
  ScriptStatus,
  TrackerStatus,
  TrackProcessStatus,
} from "./status.ts";
import { MAINTENANCE } from "./trackers.ts";
import type { BfdRun, ProcessRun, ScriptRun, World } from "./world.ts";

/** A snapshot at `now`; `epochOffset` turns monotonic ms into ms since the Unix epoch. */
export function snapshot(world: World, _now: number, epochOffset: number): EngineSnapshot {
  const instances = snapshotInstances(world, 0, world.routers.size, epochOffset);
  return { ...snapshotFrame(world, epochOffset), instances };
}

/** At most `count` instances from number `first` on. */
export function snapshotInstances(
  world: World,
  first: number,
  count: number,
  epochOffset: number,
): readonly InstanceStatus[] {
  const wall = wallOf(epochOffset);
  return [...world.routers.values().drop(first).take(count)].map((router) =>
    instanceStatus(world, router, wall)
  );
}

/** All but the instances. */
export function snapshotFrame(world: World, epochOffset: number): SnapshotFrame {
  const wall = wallOf(epochOffset);
  return {
    routerId: world.global.routerId,
    syncGroups: [...world.groups.values()].map(({ config, state, since, members }) => ({
      name: config.name,
      state,
      since: wall(since),
      members: members.map((member) => member.config.name),
    })),
    scripts: [...world.scripts.values()].map((run) => scriptStatus(run, wall)),
    ...measuredStatus(world),
    ...bfdStatus(world, wall),
    interfaces: interfacesInUse(world),
    ...staticStatus(world),
    events: world.events.map((event) => ({ ...event, at: wall(event.at) })),
    foreign: [...world.foreign.values()].map((foreign) => ({
      ...peerStatus(foreign, wall),
      interface: foreign.interface,
      vrid: foreign.vrid,
      count: foreign.count,
    })),
    discarded: world.discarded,
  };
}

function wallOf(epochOffset: number): Wall {
  return (monotonic) => Math.round(monotonic + epochOffset);
}

type Wall = (monotonic: number) => number;

function instanceStatus(world: World, router: Router, wall: Wall): InstanceStatus {
  const { config } = router;
  const { transport } = config;
  return {
    name: config.name,
    interface: config.interface,
    vrid: config.vrid,
    version: config.version,
    family: config.family,
    state: router.state,
    wantedState: config.initialState,
    since: wall(router.since),
    reason: router.reason,
    syncGroup: router.group?.config.name ?? null,
    basePriority: config.priority,
    effectivePriority: router.priority,
    priorityTerms: priorityTerms(router),
    advertInterval: config.advertInterval,
    masterAdvertInterval: router.masterInterval,
    preempt: config.preempt,
    preemptDelay: config.preemptDelay,
    transport: transport.mode,
    source: router.source,
    destinations: transport.mode === "multicast"
      ? [transport.group]
      : transport.peers.map(({ address }) => address),
    authentication: config.hmac === null ? config.authentication.type : "hmac",
    addresses: addressStatus(world, router),
    ...objectStatus(world, router),
    trackers: trackerStatus(world, router),
    faults: [...router.faults.values()],
    ...(router.faults.has(MAINTENANCE) ? { maintenance: true } : {}),
    ...(router.followUntil === null ? {} : { followsUntil: wall(router.followUntil) }),
    master: router.master,
    peer: router.heard === null ? null : peerStatus(router.heard, wall),
    rejected: rejectedStatus(router, wall),
    counters: { ...router.counters },
  };
}

function rejectedStatus({ rejected, config }: Router, wall: Wall): RejectedAdvert | null {
  if (rejected === null) return null;
  const { rejection, source, at } = rejected;
  return { address: source, reason: rejectionText(rejection, source, config.version), at: wall(at) };
}

function priorityTerms(router: Router): readonly PriorityTerm[] {
  const terms = [...router.terms].map(([what, value]) => ({ what, value }));
  return [{ what: "base", value: router.config.priority }, ...terms];
}

function addressStatus(world: World, router: Router): InstanceStatus["addresses"] {
  const { addresses, excludedAddresses } = router.config;
  const all = [
    ...addresses.map((vip) => ({ vip, excluded: false })),
    ...excludedAddresses.map((vip) => ({ vip, excluded: true })),
  ];
  return all.map(({ vip, excluded }) => ({
    address: vip.address,
    prefixLength: vip.prefixLength,
    interface: vip.interface,
    label: vip.label,
    excluded,
    installed: router.state === "master"
      ? router.installed.has(addressKey(vip))
      : world.host.has(vip) && world.vips.isStray(addressKey(vip)),
  }));
}

function objectStatus(
  world: World,
  owner: Router | null,
): { readonly routes?: readonly KernelObjectStatus[]; readonly rules?: readonly KernelObjectStatus[] } {
  const objects = world.objects.of(owner);
  if (objects.length === 0) return {};
  const shown = (kind: "route" | "rule") =>
    objects.filter((each) => each.kind === kind).map(({ key, installed }) => ({ text: key, installed }));
  return { routes: shown("route"), rules: shown("rule") };
}

function staticStatus(world: World): Pick<EngineSnapshot, "statics"> {
  const { routes = [], rules = [] } = objectStatus(world, null);
  const addresses = world.statics.addresses.map((each) => ({
    text: `${each.address}/${each.prefixLength} dev ${each.interface}`,
    installed: world.host.has(each),
  }));
  return routes.length + rules.length + addresses.length === 0
    ? {}
    : { statics: { addresses, routes, rules } };
}

function trackerStatus(world: World, router: Router): readonly TrackerStatus[] {
  const { scripts, interfaces, files, processes, bfds } = router.trackers;
  return [
    ...bfds.map((tracker) => {
      const up = world.sessions.get(tracker.name)?.session.verdict ?? null;
      return { kind: "bfd", ...tracker, up } as const;
    }),
    ...scripts.map(({ name, weight, reverse }) => {
      const up = world.scripts.get(name)?.verdict.up ?? null;
      return { kind: "script", name, weight, reverse, up } as const;
    }),
    ...interfaces.map(({ name, weight, reverse }) => {
      const up = world.host.link(name)?.up ?? false;
      return { kind: "interface", name, weight, reverse, up } as const;
    }),
    ...files.map((tracker) => {
      const value = world.files.get(tracker.name)?.value ?? 0;
      return { kind: "file", ...tracker, up: !judgeTrackFile(tracker, value).fault, value } as const;
    }),
    ...processes.map((tracker) => {
      const tally = world.processes.get(tracker.name)?.tally;
      return { kind: "process", ...tracker, up: tally?.up ?? null, value: tally?.count ?? 0 } as const;
    }),
  ];
}

function peerStatus(heard: HeardRouter, wall: Wall): PeerStatus {
  const { address, priority, version, interval } = heard;
  return { address, priority, lastHeard: wall(heard.at), version, interval };
}

function scriptStatus(run: ScriptRun, wall: Wall): ScriptStatus {
  const { config, verdict, last } = run;
  return {
    name: config.name,
    command: config.command.text,
    up: verdict.up,
    running: run.running,
    lastRun: last === null ? null : wall(last.at),
    lastResult: last?.text ?? null,
    progress: verdict.streak,
    needed: verdict.up === true ? config.fall : config.rise,
  };
}

function bfdStatus(world: World, wall: Wall): Pick<EngineSnapshot, "bfdSessions"> {
  const { sessions } = world;
  return sessions.size === 0
    ? {}
    : { bfdSessions: [...sessions.values()].map((run) => sessionStatus(run, wall)) };
}

function sessionStatus({ session, trouble }: BfdRun, wall: Wall): BfdStatus {
  const { config, heardAt } = session;
  const { name, neighbour, source, multiplier } = config;
  const { state, remoteState, polling, localDiscriminator, remoteDiscriminator } = session;
  return {
    name,
    neighbour,
    source,
    state,
    remoteState,
    diagnostic: diagnosticText(session.diagnostic),
    remoteDiagnostic: diagnosticText(session.remoteDiagnostic),
    up: session.verdict,
    since: wall(session.since),
    lastHeard: heardAt === null ? null : wall(heardAt),
    transmitInterval: transmitInterval(session) / 1000,
    detectionTime: detectionTime(session) / 1000,
    multiplier,
    polling,
    localDiscriminator,
    remoteDiscriminator,
    trouble,
    counters: { ...session.counters },
  };
}

function measuredStatus(world: World): Pick<EngineSnapshot, "trackFiles" | "trackProcesses"> {
  const { files, processes } = world;
  return {
    ...(files.size === 0 ? {} : {
      trackFiles: [...files.values()].map(({ config, value }) => ({
        name: config.name,
        file: config.file,
        value,
      })),
    }),
    ...(processes.size === 0 ? {} : { trackProcesses: [...processes.values()].map(processStatus) }),
  };
}

function processStatus({ config, tally, dueAt }: ProcessRun): TrackProcessStatus {
  return {
    name: config.name,
    process: [config.process, ...config.parameters].join(" "),
    count: tally.count,
    quorum: config.quorum,
    quorumMax: config.quorumMax,
    up: tally.up,
    changing: dueAt !== null,
  };
}

function interfacesInUse(world: World): EngineSnapshot["interfaces"] {
  const names = new Set<string>();
  for (const { config, trackers } of world.routers.values()) {
    names.add(config.interface);
    for (const { interface: name } of [...config.addresses, ...config.excludedAddresses]) names.add(name);
    for (const { name } of trackers.interfaces) names.add(name);
  }
  return [...names].map((name) => ({
    name,
    up: world.host.link(name)?.up ?? false,
    addresses: world.host.addressesOf(name).map(({ address, prefixLength }) => `${address}/${prefixLength}`),
  }));
}
