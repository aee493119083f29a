/**
 * The state of virtual servers as data for people and machines. Reading changes nothing.
 */
import { checkerTarget, checkerWord } from "../check/label.ts";
import type { Forwarding } from "../config/virtual_server_model.ts";
import { serverName } from "../lvs/endpoint.ts";
import { sorryActive } from "../lvs/pool.ts";
import { destinationOf } from "../lvs/services.ts";
import { destinationKey, type IpvsServiceId, serviceKey } from "../packet/ipvs.ts";
import { liveWeight, tableWeight } from "./lvs_servers.ts";
import type { LvsWorld, Member, PoolState, ServerState } from "./lvs_world.ts";
import type {
  CheckStatus,
  IpvsStatus,
  RealServerStatus,
  StatusEvent,
  TrafficStatus,
  VirtualServerStatus,
} from "./status.ts";

/** The part of the status that this engine knows. */
export interface LvsSnapshot {
  readonly virtualServers: readonly VirtualServerStatus[];
  readonly ipvs: IpvsStatus;
  readonly events: readonly StatusEvent[];
}

const METHOD_WORDS: Readonly<Record<Forwarding["method"], string>> = {
  nat: "NAT",
  direct: "DR",
  tunnel: "TUN",
  fullnat: "FULLNAT",
};

/** What the kernel counts of a destination. */
export interface DestinationCounts {
  readonly active: number;
  readonly inactive: number;
  readonly traffic: TrafficStatus;
}

/** What the kernel counts, by the keys of its table; null where nobody asked it, or where it has no such entry. */
export interface TableCounts {
  service(service: string): TrafficStatus | null;
  destination(service: string, destination: string): DestinationCounts | null;
}

/** Nobody asked the kernel. */
export const NO_COUNTS: TableCounts = { service: () => null, destination: () => null };

/** When a snapshot is taken. */
export interface SnapshotTime {
  readonly now: number;
  /** Turns monotonic ms into ms since the Unix epoch by addition. */
  readonly epochOffset: number;
}

/** A snapshot. */
export function lvsSnapshot(
  world: LvsWorld,
  { now, epochOffset }: SnapshotTime,
  counts: TableCounts,
): LvsSnapshot {
  const wall = (monotonic: number) => Math.round(monotonic + epochOffset);
  return {
    virtualServers: [...world.pools.values()].map((pool) => poolStatus(pool, { now, wall, counts })),
    ipvs: {
      available: world.table !== null,
      reason: world.tableReason,
      checksRunning: world.running.size,
      checksWaiting: world.waiting.length,
      checksDone: world.checksDone,
      repairs: world.repairs,
    },
    events: world.events.map((event) => ({ ...event, at: wall(event.at) })),
  };
}

type Wall = (monotonic: number) => number;

interface View {
  readonly now: number;
  readonly wall: Wall;
  readonly counts: TableCounts;
}

function poolStatus(pool: PoolState, view: View): VirtualServerStatus {
  const { config } = pool;
  const { wall } = view;
  const { sorryServer } = config;
  return {
    name: pool.name,
    protocol: config.protocol,
    family: config.family,
    scheduler: config.scheduler,
    forwarding: METHOD_WORDS[config.realServers[0]?.forwarding.method ?? "nat"],
    persistence: config.persistence === null ? null : config.persistence / 1000,
    up: pool.quorum === "up",
    since: wall(pool.since),
    quorum: config.quorum,
    hysteresis: config.hysteresis,
    liveWeight: liveWeight(pool),
    suspended: pool.suspended,
    sorryServer: sorryServer === null
      ? null
      : { name: serverName(config, sorryServer), active: sorryActive(pool) },
    realServers: pool.servers.map((server) => serverStatus(server, view)),
    services: pool.services.map(({ id }) => ({
      endpoint: endpointOf(id),
      traffic: view.counts.service(serviceKey(id)),
    })),
    repairs: pool.repairs,
  };
}

function endpointOf(id: IpvsServiceId): string {
  if (id.kind === "fwmark") return `mark ${id.mark}`;
  return id.address.includes(":") ? `[${id.address}]:${id.port}` : `${id.address}:${id.port}`;
}

function serverStatus(server: ServerState, { now, wall, counts }: View): RealServerStatus {
  const { config, alive, pool } = server;
  const serving = alive && !sorryActive(pool);
  return {
    name: server.name,
    address: config.address,
    port: config.port,
    up: alive,
    since: wall(server.since),
    reason: server.members.find(({ up }) => !up)?.reason ?? "",
    weight: serving ? tableWeight(server, now) : config.inhibitOnFailure ? 0 : null,
    fullWeight: server.weight,
    checks: server.members.map((member) => checkStatus(member, wall)),
    ...countsOf(server, counts),
  };
}

/** Of all services that the virtual server is. */
function countsOf(
  { config, pool }: ServerState,
  counts: TableCounts,
): Pick<RealServerStatus, "connections" | "traffic"> {
  const found = pool.services
    .map(({ id }) => counts.destination(serviceKey(id), destinationKey(destinationOf(id, config, 0))))
    .filter((each) => each !== null);
  const [first, ...others] = found;
  if (first === undefined) return { connections: null, traffic: null };
  return {
    connections: {
      active: found.reduce((sum, { active }) => sum + active, 0),
      inactive: found.reduce((sum, { inactive }) => sum + inactive, 0),
    },
    traffic: others.reduce((sum, { traffic }) => addTraffic(sum, traffic), first.traffic),
  };
}

function addTraffic(left: TrafficStatus, right: TrafficStatus): TrafficStatus {
  const sum: { -readonly [Name in keyof TrafficStatus]: number } = { ...left };
  for (const name of Object.keys(sum) as (keyof TrafficStatus)[]) sum[name] += right[name];
  return sum;
}

function checkStatus({ checker, check, up, reason }: Member, wall: Wall): CheckStatus {
  const names = { kind: checkerWord(checker), target: checkerTarget(checker) };
  if (check === null) {
    const result = { lastRun: null, duration: null, lastResult: up ? "ok" : reason };
    return { ...names, ...result, up, failures: 0, needed: 1 };
  }
  const { last, state, rules } = check;
  return {
    ...names,
    up: state.decided ? up : null,
    lastRun: last === null ? null : wall(last.at),
    duration: last?.duration ?? null,
    lastResult: last === null ? null : last.result.ok === true ? "ok" : last.result.reason,
    failures: state.decided ? state.failures : 0,
    needed: rules.retry + 1,
  };
}
