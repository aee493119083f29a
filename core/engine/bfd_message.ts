/**
 * What the log says of BFD sessions, after keepalived's patterns.
 */
import type { BfdSession } from "../bfd/session.ts";
import { BFD_DIAGNOSTICS, type BfdDiagnostic, type BfdState } from "../packet/bfd.ts";
import type { Message } from "./message.ts";

const STATE_WORDS: Readonly<Record<BfdState, string>> = {
  admin_down: "AdminDown",
  down: "Down",
  init: "Init",
  up: "Up",
};

/** A diagnostic in the words of RFC 5880. */
export function diagnosticText(diagnostic: BfdDiagnostic): string {
  return BFD_DIAGNOSTICS[diagnostic] ?? `Unknown (${diagnostic})`;
}

function about(
  level: Message["level"],
  code: string,
  session: string,
  text: string,
  fields: Message["fields"] = {},
): Message {
  return { level, code: `bfd.${code}`, text: `(${session}) ${text}`, fields: { session, ...fields } };
}

/** The state and, where it is down, why: `Down (Control Detection Time Expired)`. */
export function stateText({ state, diagnostic }: BfdSession): string {
  return state === "down" ? `Down (${diagnosticText(diagnostic)})` : STATE_WORDS[state];
}

/** `(gw) Entering Down state (Local diagnostic - …, Remote diagnostic - …)` */
export function entering({ config, state, diagnostic, remoteDiagnostic, remoteState }: BfdSession): Message {
  const [local, remote] = [diagnosticText(diagnostic), diagnosticText(remoteDiagnostic)];
  const why = state === "down" ? ` (Local diagnostic - ${local}, Remote diagnostic - ${remote})` : "";
  const level = state === "up" || remoteState === "admin_down" ? "info" : "warning";
  return about(level, `entering_${state}`, config.name, `Entering ${STATE_WORDS[state]} state${why}`, {
    diagnostic: local,
    remoteDiagnostic: remote,
  });
}

/** Silence for the detection time; both in ms. */
export function expired(session: string, silence: number, late: number): Message {
  const text = `Expired after ${silence.toFixed(0)} ms (${(late * 1000).toFixed(0)} usec overdue)`;
  return about("warning", "expired", session, text, { silence, late });
}

/** The detection time in force, µs. */
export function detectionTime(session: string, now: number, before: number): Message {
  return about("detail", "detection_time", session, `Detection time is ${now} us (was ${before} us)`, {
    now,
    before,
  });
}

/** An instance learns of a session. */
export function tracked(instance: string, session: string, up: boolean): Message {
  const text = `VRRP_Instance(${instance}) Tracked BFD instance ${session} is ${up ? "UP" : "DOWN"}`;
  return { level: "info", code: `bfd.tracked_${up ? "up" : "down"}`, text, fields: { instance, session } };
}

/** The sockets cannot be opened; it is tried again. */
export function socketRefused(session: string, reason: string): Message {
  return about("error", "socket", session, `Cannot open BFD sockets: ${reason}; trying again`, { reason });
}

/** A packet cannot be sent; the session goes on. */
export function sendRefused(session: string, reason: string): Message {
  return about("error", "send", session, `Error sending packet: ${reason}`, { reason });
}
