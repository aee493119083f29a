/**
 * Real servers going up and down, their weights, and what becomes of the quorum.
 */
import { serverName } from "../lvs/endpoint.ts";
import { sorryActive } from "../lvs/pool.ts";
import { nextQuorum } from "../lvs/quorum.ts";
import { effectiveWeight, nextSlowStep, slowStartWeight } from "../lvs/weight.ts";
import * as message from "./lvs_message.ts";
import { mailServer, notifyPool, notifyServer } from "./lvs_notify.ts";
import { log, type LvsWorld, type Member, type PoolState, type ServerState } from "./lvs_world.ts";

/** A checker's vote. `news`: it came to a verdict that it had not before. */
export interface Vote {
  readonly up: boolean;
  readonly reason: string;
  readonly news: boolean;
  /** What the mail about it says. */
  readonly mail: string;
}

/** Counts a vote: the server is up while all of its checkers are. */
export function vote(world: LvsWorld, member: Member, cast: Vote, now: number): void {
  const { server } = member;
  const turned = member.up !== cast.up;
  member.up = cast.up;
  member.reason = cast.reason;
  const alive = server.members.every(({ up }) => up);
  const changed = alive !== server.alive;
  if (changed) {
    if (alive) raise(world, server, now);
    else lower(world, server, now);
  } else if (cast.news && !cast.up && server.told === null) {
    // One that starts down is known to be down only now.
    notifyServer(world, server, "DOWN");
  }
  if (turned && (changed || !world.settings.mailPoolChangesOnly)) {
    // The state is the server's: with another check that still fails it is not up.
    mailServer(world, server, server.alive ? "UP" : "DOWN", cast.mail);
  }
  if (changed || turned) world.out.statusChanged();
  if (changed) judgeQuorum(world, server.pool, now);
}

function raise(world: LvsWorld, server: ServerState, now: number): void {
  server.alive = true;
  server.since = now;
  const { config, pool } = server;
  log(world, message.serverUp(server.name, pool.name, config.inhibitOnFailure), now);
  if (config.slowStart > 0 && server.told !== null) {
    server.slowSince = now;
    world.timers.set(server, nextSlowStep(config.slowStart, now, now) ?? Infinity);
  }
  notifyServer(world, server, "UP");
  world.touched.add(pool);
}

function lower(world: LvsWorld, server: ServerState, now: number): void {
  server.alive = false;
  server.since = now;
  server.slowSince = null;
  world.timers.set(server, Infinity);
  log(world, message.serverDown(server.name, server.pool.name, server.config.inhibitOnFailure), now);
  notifyServer(world, server, "DOWN");
  world.touched.add(server.pool);
}

/** Adds up the weight of a server anew, after a checker added something else or the configuration changed. */
export function weigh(world: LvsWorld, server: ServerState, now: number): void {
  const to = effectiveWeight(server.config.weight, server.members.map(({ addition }) => addition));
  const from = server.weight;
  if (from === to) return;
  server.weight = to;
  log(world, message.weightChanged(server.name, server.pool.name, { from, to, active: server.alive }));
  world.touched.add(server.pool);
  world.out.statusChanged();
  judgeQuorum(world, server.pool, now);
}

/** The weight that the table is to have: less than the full one during a slow start. */
export function tableWeight({ config, weight, slowSince }: ServerState, now: number): number {
  return slowSince === null ? weight : slowStartWeight(weight, config.slowStart, slowSince, now);
}

/** A step of a slow start is due. */
export function slowStep(world: LvsWorld, server: ServerState, now: number): void {
  if (server.slowSince === null) return;
  const next = nextSlowStep(server.config.slowStart, server.slowSince, now);
  if (next === null) server.slowSince = null;
  world.timers.set(server, next ?? Infinity);
  world.touched.add(server.pool);
}

/** The weight of the servers that live. */
export function liveWeight({ servers }: PoolState): number {
  return servers.reduce((sum, { alive, weight }) => alive ? sum + weight : sum, 0);
}

/** Gains or loses the quorum, and changes the sorry server's guard. */
export function judgeQuorum(world: LvsWorld, pool: PoolState, now: number): void {
  const { config } = pool;
  const sums = { quorum: config.quorum, hysteresis: config.hysteresis, weight: liveWeight(pool) };
  const before = pool.quorum;
  const after = nextQuorum(config, before, sums.weight);
  if (after === before) return;
  const sorryBefore = sorryActive(pool);
  pool.quorum = after;
  pool.since = now;
  if (after === "up") {
    log(world, message.quorumGained(pool.name, sums), now);
    notifyPool(world, pool, "UP", message.gainedText(sums, before === "undecided"));
  } else {
    const starting = before === "undecided";
    log(world, message.quorumLost(pool.name, sums, starting), now);
    // At the start there was nothing to lose: it is told where the sorry server stands in, as keepalived does.
    if (!starting || config.sorryServer !== null) {
      notifyPool(world, pool, "DOWN", message.lostText(sums, starting));
    }
  }
  logSorryServer(world, pool, sorryBefore, now);
  world.touched.add(pool);
  world.out.statusChanged();
}

function logSorryServer(world: LvsWorld, pool: PoolState, before: boolean, now: number): void {
  const after = sorryActive(pool);
  const { sorryServer } = pool.config;
  if (sorryServer === null || before === after) return;
  const name = serverName(pool.config, sorryServer);
  for (const text of after ? message.sorryIn(name, pool.name) : message.sorryOut(name, pool.name)) {
    log(world, text, now);
  }
}
