/**
 * BFD sessions in the engine: how a configuration becomes sessions, and who hears of their state.
 *
 * They run here, on the thread of the advertisements, because detection by silence of some ten ms must not wait for
 * anything the main thread does.
 */
import {
  type BfdOutcome,
  type BfdSession,
  createSession,
  hear,
  nextDue,
  reconfigure,
  shutDown,
  tick,
} from "../bfd/session.ts";
import { identityOf, isNearEnough, portOf, sentTtl } from "../bfd/origin.ts";
import type { BfdInstance } from "../config/tracking_model.ts";
import type { Model } from "../config/model.ts";
import { BFD_SOURCE_PORTS } from "../packet/bfd.ts";
import type { Router } from "../vrrp/router.ts";
import { weightedTerm } from "../vrrp/priority.ts";
import * as message from "./bfd_message.ts";
import type { Event } from "./event.ts";
import { reconsider, setFault } from "./trackers.ts";
import { type BfdRun, remember, type World } from "./world.ts";

/** ms until sockets that could not be opened are tried again. */
const REOPEN_INTERVAL = 1000;

/** Opens the sessions of a configuration; all of them are down. */
export function startSessions(world: World, { bfdInstances }: Model, now: number): void {
  for (const config of bfdInstances) begin(world, config, now);
}

function begin(world: World, config: BfdInstance, now: number): void {
  const session = createSession(config, discriminator(world), now);
  const run: BfdRun = { session, dueAt: null, trouble: null, reopenAt: null, said: null };
  world.sessions.set(config.name, run);
  open(world, run);
  tellChecker(world, run);
  rearm(world, run);
}

function discriminator(world: World): number {
  const used = new Set([...world.sessions.values()].map(({ session }) => session.localDiscriminator));
  for (;;) {
    const number = Math.floor(world.random() * 0x100000000);
    if (number !== 0 && !used.has(number)) return number;
  }
}

function open(world: World, { session }: BfdRun): void {
  const { config } = session;
  const { neighbour, source } = config;
  const ports = BFD_SOURCE_PORTS.last - BFD_SOURCE_PORTS.first + 1;
  const sourcePort = BFD_SOURCE_PORTS.first + Math.floor(world.random() * ports);
  const endpoint = { neighbour, source, sourcePort, ttl: sentTtl(config), port: portOf(config) };
  world.out.now({ kind: "bfd.open", session: config.name, endpoint });
}

function rearm(world: World, run: BfdRun): void {
  const due = Math.min(nextDue(run.session), run.reopenAt ?? Infinity);
  run.dueAt = due === Infinity ? null : due;
  world.touched.add(run);
}

/** Puts other sessions into force: those with the same neighbour and source go on, those that are gone say so. */
export function reloadSessions(world: World, { bfdInstances }: Model, now: number): void {
  const old = new Map([...world.sessions.values()].map((run) => [identityOf(run.session.config), run]));
  const kept = new Set(bfdInstances.map(identityOf));
  for (const [key, run] of old) if (!kept.has(key)) end(world, run, now);
  world.sessions.clear();
  const before = new Map<BfdRun, BfdInstance>();
  for (const config of bfdInstances) {
    const run = old.get(identityOf(config));
    if (run === undefined) continue;
    const { name } = run.session.config;
    before.set(run, run.session.config);
    world.sessions.set(config.name, run);
    // All old names are free before any is given again.
    if (name !== config.name) world.out.now({ kind: "bfd.close", session: name });
  }
  for (const config of bfdInstances) {
    const run = world.sessions.get(config.name);
    if (run === undefined) begin(world, config, now);
    else keep(world, run, before.get(run)!, config, now);
  }
}

function keep(world: World, run: BfdRun, before: BfdInstance, config: BfdInstance, now: number): void {
  const renamed = before.name !== config.name;
  const outcomes = reconfigure(run.session, config, now, world.random);
  if (renamed || sentTtl(before) !== sentTtl(config)) open(world, run);
  if (renamed || before.tells.checker !== config.tells.checker) tellChecker(world, run);
  follow(world, run, outcomes, now);
}

function end(world: World, run: BfdRun, now: number): void {
  follow(world, run, shutDown(run.session, now), now);
  world.out.now({ kind: "bfd.close", session: run.session.config.name });
  run.dueAt = null;
}

/** Tells every neighbour that this is no failure. */
export function stopSessions(world: World, now: number): void {
  for (const run of world.sessions.values()) end(world, run, now);
}

/** A packet came from somewhere to one of our ports. */
export function packetHeard(
  world: World,
  { source, ttl, port, packet }: Extract<Event, { kind: "bfd.received" }>,
  now: number,
): void {
  if (world.stopped) return;
  for (const run of world.sessions.values()) {
    const { session } = run;
    const { config } = session;
    if (config.neighbour !== source || portOf(config) !== port) continue;
    const { ok } = packet;
    const stray = ok && packet.packet.yourDiscriminator !== 0 &&
      packet.packet.yourDiscriminator !== session.localDiscriminator;
    if (!ok || stray || !isNearEnough(config, ttl)) {
      session.counters.discarded++;
      continue;
    }
    follow(world, run, hear(session, packet.packet, now, world.random), now);
  }
}

/** A timer of a session is due. */
export function sessionDue(world: World, run: BfdRun, now: number): void {
  if (run.reopenAt !== null && run.reopenAt <= now) {
    run.reopenAt = null;
    run.trouble = null;
    open(world, run);
  }
  follow(world, run, tick(run.session, now, world.random), now);
}

/** The sockets of a session could not be opened, or a packet of it could not be sent. */
export function sessionRefused(
  world: World,
  event: Extract<Event, { kind: "effect.failed" }>,
  now: number,
): void {
  const run = world.sessions.get(event.subject);
  if (run === undefined) return;
  const { name } = run.session.config;
  const { reason } = event;
  const opening = event.effect === "bfd.open";
  if (opening) {
    run.trouble = reason;
    run.reopenAt = now + REOPEN_INTERVAL;
    rearm(world, run);
  } else if (run.trouble !== null) return;
  if (run.said === reason) return;
  run.said = reason;
  world.out.log(opening ? message.socketRefused(name, reason) : message.sendRefused(name, reason));
}

function follow(world: World, run: BfdRun, outcomes: readonly BfdOutcome[], now: number): void {
  for (const outcome of outcomes) perform(world, run, outcome, now);
  rearm(world, run);
}

function perform(world: World, run: BfdRun, outcome: BfdOutcome, now: number): void {
  const { session } = run;
  const { name } = session.config;
  switch (outcome.kind) {
    case "send":
      world.out.now({ kind: "bfd.send", session: name, packet: outcome.packet });
      return;
    case "expired":
      world.out.log(message.expired(name, outcome.silence, outcome.late));
      return;
    case "detection":
      world.out.log(message.detectionTime(name, outcome.now, outcome.before));
      return;
    case "state":
      stateChanged(world, run, outcome.from, now);
      return;
    case "verdict":
      tellTrackers(world, session, now);
      tellChecker(world, run);
      return;
    default:
      outcome satisfies never;
  }
}

/** On the way up nothing is said, as keepalived has it. */
function stateChanged(world: World, run: BfdRun, from: BfdSession["state"], now: number): void {
  const { session } = run;
  const { name } = session.config;
  if (session.state === "up") run.said = null;
  world.out.tell({ kind: "status.changed", instance: "" });
  if (session.state !== "up" && from !== "up" && session.state !== "admin_down") return;
  const record = message.entering(session);
  world.out.log(record);
  const level = record.level === "warning" ? "warning" : "info";
  remember(world, {
    at: now,
    level,
    instance: null,
    text: `BFD session ${name}: ${message.stateText(session)}`,
  });
}

function tellTrackers(world: World, { config, verdict }: BfdSession, now: number): void {
  if (!config.tells.vrrp) return;
  const following = [...world.routers.values()].filter(({ trackers }) =>
    trackers.bfds.some((tracker) => tracker.name === config.name)
  );
  for (const router of following) {
    world.out.log(message.tracked(router.config.name, config.name, verdict));
  }
  for (const router of following) reconsider(world, router, now);
}

function tellChecker(world: World, { session }: BfdRun): void {
  const { config, verdict } = session;
  if (config.tells.checker) world.out.tell({ kind: "bfd.changed", name: config.name, up: verdict });
}

/** Brings the sessions that a router tracks up to date: one that is not up yet counts as down. */
export function considerSessions(world: World, router: Router): void {
  for (const { name, weight, reverse } of router.trackers.bfds) {
    const run = world.sessions.get(name);
    if (run === undefined || !run.session.config.tells.vrrp) continue;
    const up = run.session.verdict;
    const key = `bfd ${name}`;
    if (weight !== 0) {
      router.terms.set(key, weightedTerm(weight, reverse, up));
      continue;
    }
    const words = `BFD session ${name} is ${up ? "up (reverse)" : "down"}`;
    setFault(world, router, key, up !== reverse ? null : words);
  }
}
