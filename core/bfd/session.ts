/**
 * One BFD session: the variables of RFC 5880 section 6.8.1 and what changes them.
 *
 * Asynchronous mode without echo and without authentication. Times are monotonic ms, intervals are µs as on the wire.
 * Each function that changes a session answers with what is to be done because of it; the caller does it.
 */
import type { BfdInstance } from "../config/tracking_model.ts";
import type { BfdDiagnostic, BfdPacket, BfdState } from "../packet/bfd.ts";
import { detectionTime, jittered, mayTransmit, transmitInterval, wantedIntervals } from "./timing.ts";

/** The diagnostics that we give. */
const DIAGNOSTIC = { none: 0, expired: 1, neighbourDown: 3, administrative: 7 } as const;

/** The intervals that we announce or hold to. */
export interface Intervals {
  readonly transmit: number;
  readonly receive: number;
}

/** What a session has counted since it began; a reload keeps it. */
export interface BfdCounters {
  sent: number;
  received: number;
  /** Packets of the neighbour that were no use: misshapen, too low a TTL, while administratively down. */
  discarded: number;
  /** How often it came up, and how often it went from up. */
  up: number;
  down: number;
}

/** A session. */
export interface BfdSession {
  config: BfdInstance;
  state: BfdState;
  since: number;
  remoteState: BfdState;
  readonly localDiscriminator: number;
  /** 0 as long as the neighbour has not been heard. */
  remoteDiscriminator: number;
  diagnostic: BfdDiagnostic;
  remoteDiagnostic: BfdDiagnostic;
  /** What the neighbour announced last. */
  remoteMinTransmit: number;
  remoteMinReceive: number;
  remoteMultiplier: number;
  remoteDemand: boolean;
  /** What holds now; a change for the worse waits for the end of the poll sequence. */
  inForce: Intervals;
  polling: boolean;
  /** What trackers and checkers were told: an administrative end of the neighbour is no failure (RFC 5882 3.2). */
  verdict: boolean;
  sentAt: number | null;
  heardAt: number | null;
  /** When the next periodic packet leaves; null where none does. */
  sendAt: number | null;
  /** When the neighbour has been silent for too long; null before it was heard. */
  detectAt: number | null;
  readonly counters: BfdCounters;
}

/** What follows of a change. */
export type BfdOutcome =
  | { readonly kind: "send"; readonly packet: BfdPacket }
  /** Detected by silence; ms since the last packet, and how much of that was our own lateness. */
  | { readonly kind: "expired"; readonly silence: number; readonly late: number }
  | { readonly kind: "state"; readonly from: BfdState }
  | { readonly kind: "verdict"; readonly up: boolean }
  /** The detection time changed, µs. */
  | { readonly kind: "detection"; readonly before: number; readonly now: number };

/** Packets that tell of an administrative end: one may be lost, and nobody is there to send it later. */
const FAREWELLS = 3;

/** A random number from 0 up to, but not including, 1. */
export type Random = () => number;

/** What the neighbour is taken to want before it has spoken (RFC 5880 section 6.8.1). */
const UNKNOWN_MIN_RECEIVE = 1;

/** A session that is down; an active one sends at once. `discriminator` is not 0, and no other session has it. */
export function createSession(config: BfdInstance, discriminator: number, now: number): BfdSession {
  return {
    config,
    state: "down",
    since: now,
    remoteState: "down",
    localDiscriminator: discriminator,
    remoteDiscriminator: 0,
    diagnostic: DIAGNOSTIC.none,
    remoteDiagnostic: DIAGNOSTIC.none,
    remoteMinTransmit: 0,
    remoteMinReceive: UNKNOWN_MIN_RECEIVE,
    remoteMultiplier: 0,
    remoteDemand: false,
    inForce: wantedIntervals(config, "down"),
    polling: false,
    verdict: false,
    sentAt: null,
    heardAt: null,
    sendAt: config.passive ? null : now,
    detectAt: null,
    counters: { sent: 0, received: 0, discarded: 0, up: 0, down: 0 },
  };
}

/** When the next of its timers is due; Infinity where none runs. */
export function nextDue({ sendAt, detectAt }: BfdSession): number {
  return Math.min(sendAt ?? Infinity, detectAt ?? Infinity);
}

/** A packet of the neighbour that passed all checks of form and origin. */
export function hear(session: BfdSession, packet: BfdPacket, now: number, random: Random): BfdOutcome[] {
  if (session.state === "admin_down") {
    session.counters.discarded++;
    return [];
  }
  const outcomes: BfdOutcome[] = [];
  const before = detectionTime(session);
  session.counters.received++;
  session.heardAt = now;
  session.remoteDiscriminator = packet.myDiscriminator;
  session.remoteState = packet.state;
  session.remoteDiagnostic = packet.diagnostic;
  session.remoteMinTransmit = packet.desiredMinTransmit;
  session.remoteMinReceive = packet.requiredMinReceive;
  session.remoteMultiplier = packet.detectMultiplier;
  session.remoteDemand = packet.demand;
  if (packet.final) endPoll(session);
  const next = nextState(session.state, packet.state);
  if (next !== null) outcomes.push(...become(session, next, now));
  const detection = detectionTime(session);
  if (detection !== before) outcomes.push({ kind: "detection", before, now: detection });
  session.detectAt = now + detection / 1000;
  if (packet.poll) outcomes.push(send(session, now, random, true));
  else if (next !== null && mayTransmit(session)) outcomes.push(send(session, now, random));
  else reschedule(session, now, random);
  return outcomes;
}

/** The reception table of RFC 5880 section 6.8.6; null stays. */
function nextState(state: BfdState, remote: BfdState): BfdState | null {
  if (remote === "admin_down") return state === "down" ? null : "down";
  if (state === "down") return remote === "down" ? "init" : remote === "init" ? "up" : null;
  if (state === "init") return remote === "down" ? null : "up";
  return remote === "down" ? "down" : null;
}

/** A timer is due. */
export function tick(session: BfdSession, now: number, random: Random): BfdOutcome[] {
  const outcomes: BfdOutcome[] = [];
  if (session.detectAt !== null && session.detectAt <= now) outcomes.push(...expire(session, now, random));
  if (session.sendAt !== null && session.sendAt <= now) outcomes.push(send(session, now, random));
  return outcomes;
}

/** The neighbour was silent for the detection time: what it said does not hold any more. */
function expire(session: BfdSession, now: number, random: Random): BfdOutcome[] {
  const { state, heardAt, detectAt } = session;
  const outcomes: BfdOutcome[] = state === "up"
    ? [{ kind: "expired", silence: now - heardAt!, late: now - detectAt! }]
    : [];
  session.detectAt = null;
  session.remoteDiscriminator = 0;
  session.remoteState = "down";
  session.remoteMinReceive = UNKNOWN_MIN_RECEIVE;
  session.remoteDemand = false;
  if (state !== "down") outcomes.push(...become(session, "down", now, DIAGNOSTIC.expired));
  if (outcomes.length > 0 && mayTransmit(session)) outcomes.push(send(session, now, random));
  else reschedule(session, now, random);
  return outcomes;
}

/** The one place where the state changes. */
function become(session: BfdSession, state: BfdState, now: number, why?: BfdDiagnostic): BfdOutcome[] {
  const from = session.state;
  const outcomes: BfdOutcome[] = [{ kind: "state", from }];
  session.state = state;
  session.since = now;
  session.diagnostic = state === "down" ? why ?? DIAGNOSTIC.neighbourDown : why ?? DIAGNOSTIC.none;
  if (state === "up") session.counters.up++;
  if (from === "up") session.counters.down++;
  applyIntervals(session);
  const excused = session.remoteState === "admin_down";
  const verdict = state === "up" || (session.verdict && (from !== "up" || excused));
  if (verdict !== session.verdict) {
    session.verdict = verdict;
    outcomes.push({ kind: "verdict", up: verdict });
  }
  return outcomes;
}

/**
 * Takes the intervals that are wanted now into force as far as the neighbour need not know first.
 *
 * While up, to send less often or to expect packets more often waits until it has answered a poll (RFC 5880 6.8.3).
 */
function applyIntervals(session: BfdSession): void {
  const { config, state, inForce } = session;
  const wanted = wantedIntervals(config, state);
  const same = wanted.transmit === inForce.transmit && wanted.receive === inForce.receive;
  session.polling = state === "up" && (session.polling || !same);
  session.inForce = state !== "up" ? wanted : {
    transmit: Math.min(wanted.transmit, inForce.transmit),
    receive: Math.max(wanted.receive, inForce.receive),
  };
}

function endPoll(session: BfdSession): void {
  if (!session.polling) return;
  session.polling = false;
  session.inForce = wantedIntervals(session.config, session.state);
}

/** A packet that leaves now; the next periodic one counts from here. */
function send(session: BfdSession, now: number, random: Random, final = false): BfdOutcome {
  session.counters.sent++;
  session.sentAt = now;
  session.sendAt = null;
  reschedule(session, now, random);
  return { kind: "send", packet: packetOf(session, final) };
}

/** Sets the time of the next periodic packet, or brings it forward where the interval has become shorter. */
function reschedule(session: BfdSession, now: number, random: Random): void {
  if (!mayTransmit(session)) {
    session.sendAt = null;
    return;
  }
  const interval = transmitInterval(session) / 1000;
  const latest = Math.max(now, (session.sentAt ?? now) + interval);
  if (session.sendAt !== null && session.sendAt <= latest) return;
  const from = session.sentAt ?? now;
  session.sendAt = Math.max(now, from + jittered(interval, session.config.multiplier, random));
}

/** The packet that says what holds now. */
export function packetOf(session: BfdSession, final = false): BfdPacket {
  const wanted = wantedIntervals(session.config, session.state);
  return {
    state: session.state,
    diagnostic: session.diagnostic,
    poll: session.polling && !final,
    final,
    demand: false,
    detectMultiplier: session.config.multiplier,
    myDiscriminator: session.localDiscriminator,
    yourDiscriminator: session.remoteDiscriminator,
    desiredMinTransmit: wanted.transmit,
    requiredMinReceive: wanted.receive,
  };
}

/** Other settings for a session that goes on; its state and counters stay. */
export function reconfigure(
  session: BfdSession,
  config: BfdInstance,
  now: number,
  random: Random,
): BfdOutcome[] {
  const before = detectionTime(session);
  session.config = config;
  applyIntervals(session);
  if (session.heardAt !== null && session.detectAt !== null) {
    session.detectAt = session.heardAt + detectionTime(session) / 1000;
  }
  // An active one begins; a passive one goes on as long as the neighbour does.
  reschedule(session, now, random);
  const detection = detectionTime(session);
  return detection === before ? [] : [{ kind: "detection", before, now: detection }];
}

/** The end of a session by our own wish: what the neighbour is told. */
export function shutDown(session: BfdSession, now: number): BfdOutcome[] {
  if (session.state === "admin_down") return [];
  const heard = session.remoteDiscriminator !== 0;
  session.sendAt = null;
  session.detectAt = null;
  const from = session.state;
  session.state = "admin_down";
  session.since = now;
  session.diagnostic = DIAGNOSTIC.administrative;
  session.polling = false;
  const outcomes: BfdOutcome[] = [{ kind: "state", from }];
  if (!heard) return outcomes;
  session.counters.sent += FAREWELLS;
  const packet = packetOf(session);
  for (let i = 0; i < FAREWELLS; i++) outcomes.push({ kind: "send", packet });
  return outcomes;
}
