/**
 * The state of virtual servers as data for people and machines. Reading changes nothing.
 */
import { checkerTarget, checkerWord } from "../check/label.ts";
import type { Forwarding } from "../config/virtual_server_model.ts";
import { serverName } from "../lvs/endpoint.ts";
import { sorryActive } from "../lvs/pool.ts";
import { destinationOf } from "../lvs/services.ts";
import { destinationKey, serviceKey } from "../packet/ipvs.ts";
import { liveWeight, tableWeight } from "./lvs_servers.ts";
import type { LvsWorld, Member, PoolState, ServerState } from "./lvs_world.ts";
import type {
  CheckStatus,
  IpvsStatus,
  RealServerStatus,
  StatusEvent,
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

/** Connections of a destination of a service, as the kernel counts them; null where nobody asked it. */
export type ConnectionLookup = (service: string, destination: string) => RealServerStatus["connections"];

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
  connections: ConnectionLookup,
): LvsSnapshot {
  const wall = (monotonic: number) => Math.round(monotonic + epochOffset);
  return {
    virtualServers: [...world.pools.values()].map((pool) => poolStatus(pool, { now, wall, connections })),
    ipvs: {
      available: world.table !== null,
      reason: world.tableReason,
      checksRunning: world.running.size,
      checksWaiting: world.waiting.length,
      checksDone: world.checksDone,
    },
    events: world.events.map((event) => ({ ...event, at: wall(event.at) })),
  };
}

type Wall = (monotonic: number) => number;

interface View {
  readonly now: number;
  readonly wall: Wall;
  readonly connections: ConnectionLookup;
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
  };
}

function serverStatus(server: ServerState, { now, wall, connections }: View): RealServerStatus {
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
    connections: connectionsOf(server, connections),
  };
}

/** Of all services that the virtual server is. */
function connectionsOf(
  { config, pool }: ServerState,
  connections: ConnectionLookup,
): RealServerStatus["connections"] {
  const found = pool.services
    .map(({ id }) => connections(serviceKey(id), destinationKey(destinationOf(id, config, 0))))
    .filter((counts) => counts !== null);
  if (found.length === 0) return null;
  return {
    active: found.reduce((sum, { active }) => sum + active, 0),
    inactive: found.reduce((sum, { inactive }) => sum + inactive, 0),
  };
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
