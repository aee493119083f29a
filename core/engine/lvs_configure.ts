/**
 * From a configuration to pools, servers and checks; what the old configuration knew is kept.
 *
 * A virtual server stays the same by address and protocol, mark or group; a real server by address and port; a check
 * by all that is configured of it. A server that gets other checks stays what it was until they have a verdict: down, or
 * up though they are alpha.
 */
import { type CheckRules, initialState } from "../check/checker.ts";
import { patternOf } from "../check/http_answer.ts";
import { judgeFile } from "../check/file.ts";
import type { Checker, LoadBalancer, RealServer, VirtualServer } from "../config/virtual_server_model.ts";
import { serverName, virtualServerIdentity, virtualServerName } from "../lvs/endpoint.ts";
import { servicesOf } from "../lvs/services.ts";
import { destinationKey } from "../packet/ipvs.ts";
import { applyCheck, drop, judgeSuspension, schedule } from "./lvs_checks.ts";
import type { ProbingChecker } from "./lvs_effect.ts";
import * as message from "./lvs_message.ts";
import { notifyPool, notifyServer } from "./lvs_notify.ts";
import { judgeQuorum, vote, weigh } from "./lvs_servers.ts";
import {
  type Check,
  log,
  type LvsWorld,
  type Member,
  type PoolState,
  type ServerState,
} from "./lvs_world.ts";

/** Takes a configuration into force, the first or another one. */
export function configure(world: LvsWorld, { settings, virtualServers }: LoadBalancer, now: number): void {
  const before = world.pools;
  const first = before.size === 0;
  world.settings = settings;
  const pools = new Map<string, PoolState>();
  const listeners = new Map<string, number>();
  for (const config of virtualServers) {
    const identity = virtualServerIdentity(config);
    if (pools.has(identity)) continue;
    const nth = config.service.kind === "group" ? countUp(listeners, config.service.name) : 0;
    pools.set(identity, buildPool(config, { identity, nth, before: before.get(identity) ?? null, now }));
  }
  const oldChecks = new Set(world.checks.values());
  for (const check of oldChecks) check.members.clear();
  world.pools = pools;
  for (const pool of pools.values()) join(world, pool, before.get(pool.identity) ?? null, now);
  sayGoodbye(world, before, now);
  for (const check of oldChecks) if (check.members.size === 0) drop(world, check);
  for (const pool of pools.values()) settle(world, pool, now);
  for (const check of world.checks.values()) if (!oldChecks.has(check)) schedule(world, check, now);
  if (first && settings.notifyAtStart) announceAll(world);
}

function countUp(counts: Map<string, number>, name: string): number {
  const count = counts.get(name) ?? 0;
  counts.set(name, count + 1);
  return count;
}

interface PoolHistory {
  readonly identity: string;
  readonly nth: number;
  readonly before: PoolState | null;
  readonly now: number;
}

function buildPool(config: VirtualServer, { identity, nth, before, now }: PoolHistory): PoolState {
  const pool: PoolState = {
    config,
    identity,
    name: virtualServerName(config, nth),
    services: servicesOf(config),
    servers: [],
    quorum: before?.quorum ?? "undecided",
    since: before?.since ?? now,
    suspended: before?.suspended ?? false,
    repairs: before?.repairs ?? 0,
  };
  const known = new Map(before?.servers.map((server) => [destinationKey(server.config), server]));
  pool.servers = config.realServers.map((server) =>
    buildServer(pool, server, known.get(destinationKey(server)) ?? null, now)
  );
  return pool;
}

function buildServer(
  pool: PoolState,
  config: RealServer,
  before: ServerState | null,
  now: number,
): ServerState {
  return {
    kind: "server",
    config,
    pool,
    name: serverName(pool.config, config),
    members: [],
    alive: before?.alive ?? true,
    since: before?.since ?? now,
    told: before?.told ?? null,
    weight: before?.weight ?? config.weight,
    slowSince: before?.slowSince ?? null,
  };
}

/** Gives every server of a pool its checkers, with the votes that they have. */
function join(world: LvsWorld, pool: PoolState, before: PoolState | null, now: number): void {
  const known = new Set(before?.servers.map(({ config }) => destinationKey(config)));
  for (const server of pool.servers) {
    const isNew = !known.has(destinationKey(server.config));
    server.members = server.config.checkers.map((checker) => member(world, server, checker, isNew));
    if (isNew) {
      server.alive = server.members.every(({ up }) => up);
      // One that starts in service is no news; one that starts down is told of with its first verdict.
      if (server.alive) server.told = "UP";
    }
    if (server.slowSince !== null) world.timers.set(server, now);
  }
}

function member(world: LvsWorld, server: ServerState, checker: Checker, isNew: boolean): Member {
  switch (checker.kind) {
    case "file": {
      const verdict = judgeFile(checker, world.files.get(checker.name) ?? 0);
      return {
        server,
        checker,
        check: null,
        up: verdict.up,
        addition: verdict.weight,
        reason: verdict.up ? "" : `file ${checker.file}`,
      };
    }
    case "bfd": {
      const up = world.sessions.get(checker.name) ?? presumed(server, checker, isNew);
      return { server, checker, check: null, up, addition: 0, reason: up ? "" : "no verdict yet" };
    }
    default:
      return probingMember(world, server, checker, isNew);
  }
}

/** What a server counts as until a check that it did not have before has a verdict. */
function presumed(server: ServerState, { alpha }: { readonly alpha: boolean }, isNew: boolean): boolean {
  return isNew ? !alpha : server.alive;
}

function probingMember(
  world: LvsWorld,
  server: ServerState,
  checker: ProbingChecker,
  isNew: boolean,
): Member {
  const key = checkKey(server, checker);
  let check = world.checks.get(key);
  if (check === undefined) {
    check = buildCheck(key, checker, presumed(server, checker, isNew));
    world.checks.set(key, check);
    warnOfPatterns(world, server, checker);
  }
  const { up } = check.state;
  const result = check.last?.result;
  const addition = check.weight === null ? 0 : check.weight - server.config.weight;
  const reason = up ? "" : result === undefined || result.ok ? "no verdict yet" : result.reason;
  const member: Member = { server, checker, check, up, addition, reason };
  check.members.add(member);
  return member;
}

/** Equal checkers of different virtual servers are one check; a script may look at who it was written for. */
function checkKey(server: ServerState, checker: ProbingChecker): string {
  const text = JSON.stringify(checker);
  return checker.kind === "misc" ? `${server.name} ${text}` : text;
}

function buildCheck(key: string, checker: ProbingChecker, up: boolean): Check {
  const rules: CheckRules = {
    delayLoop: checker.delayLoop,
    retry: checker.retry,
    delayBeforeRetry: checker.delayBeforeRetry,
    alpha: checker.alpha,
    patient: checker.kind === "smtp",
    steps: checker.kind === "http" ? checker.urls.length : 1,
    fastRecovery: checker.kind === "http" && checker.fastRecovery,
  };
  const state = initialState({ ...rules, alpha: !up });
  return {
    kind: "check",
    key,
    checker,
    rules,
    state,
    weight: null,
    probe: null,
    waiting: false,
    members: new Set(),
    last: null,
  };
}

function warnOfPatterns(world: LvsWorld, server: ServerState, checker: ProbingChecker): void {
  if (checker.kind !== "http") return;
  for (const url of checker.urls) {
    const compiled = patternOf(url);
    if (compiled === null || compiled.ok) continue;
    log(world, message.patternUnusable(server.name, url.regex!.pattern, compiled.reason));
  }
}

/** What the new configuration has no more. */
function sayGoodbye(world: LvsWorld, before: ReadonlyMap<string, PoolState>, now: number): void {
  for (const old of before.values()) {
    const pool = world.pools.get(old.identity);
    if (pool === undefined) log(world, message.virtualServerGone(old.name), now);
    const kept = new Set(pool?.servers.map(({ config }) => destinationKey(config)));
    for (const server of old.servers) {
      world.timers.set(server, Infinity);
      if (kept.has(destinationKey(server.config))) continue;
      if (pool !== undefined) log(world, message.serverGone(server.name), now);
      log(world, message.serverDown(server.name, old.name, false), now);
      if (server.alive) notifyServer(world, server, "DOWN");
    }
    if (pool === undefined && old.quorum === "up") notifyPool(world, old, "DOWN", "Removing");
  }
}

/** Draws the conclusions for one pool: votes, weights, quorum, suspension. */
function settle(world: LvsWorld, pool: PoolState, now: number): void {
  world.touched.add(pool);
  judgeSuspension(world, pool, now, true);
  for (const server of pool.servers) {
    weigh(world, server, now);
    for (const member of server.members) {
      if (member.check !== null) applyCheck(world, member, false, now);
    }
    const alive = server.members.every(({ up }) => up);
    const [any] = server.members;
    if (alive === server.alive) continue;
    if (any === undefined) revive(world, server, now);
    else vote(world, any, { up: any.up, reason: any.reason, news: false, mail: "=> CHECK changed <=" }, now);
  }
  judgeQuorum(world, pool, now);
}

/** A server that lost its last checker is up. */
function revive(world: LvsWorld, server: ServerState, now: number): void {
  server.alive = true;
  server.since = now;
  log(world, message.serverUp(server.name, server.pool.name, server.config.inhibitOnFailure), now);
  notifyServer(world, server, "UP");
}

/** `rs_init_notifies` */
function announceAll(world: LvsWorld): void {
  for (const { servers } of world.pools.values()) {
    for (const server of servers) if (server.alive) notifyServer(world, server, "UP");
  }
}
