/**
 * Log records of the load-balancing half, worded after keepalived's patterns where it has one.
 */
import { checkName, failedText, type Failure } from "./check_text.ts";
import type { ProbingChecker } from "./lvs_effect.ts";
import type { Level, Message } from "./message.ts";

type Fields = Message["fields"];

function record(level: Level, code: string, text: string, fields: Fields = {}): Message {
  return { level, code, text, fields };
}

/** `Initializing ipvs`, or `Reinitializing` after a reload. */
export function initializing(again: boolean): Message {
  return record("info", "lvs.initializing", again ? "Reinitializing ipvs" : "Initializing ipvs");
}

/** The kernel has no load balancer. */
export function unavailable(reason: string): Message {
  const text = `IPVS: Can't initialize ipvs: ${reason} - health checks and VRRP go on, nothing is balanced`;
  return record("error", "lvs.unavailable", text, { reason });
}

/** The kernel refused a change of the table. */
export function refused(what: string, reason: string): Message {
  return record("error", "lvs.refused", `IPVS cmd ${what} error: ${reason}`, { what, reason });
}

/** Somebody else changed our part of the table. */
export function repairing(virtualServer: string, differences: number): Message {
  const text = `Repairing VS ${virtualServer}: ${differences} ${
    differences === 1 ? "difference" : "differences"
  } in the kernel's table`;
  return record("warning", "lvs.repairing", text, { virtualServer, differences });
}

/** A BFD session that decides about a server is up or down. */
export function sessionChecked(
  session: string,
  service: string,
  virtualServer: string,
  up: boolean,
): Message {
  const text = `BFD check of [${session}] RS(${service} VS ${virtualServer}) is ${up ? "UP" : "DOWN"}`;
  return record("info", up ? "check.bfd_up" : "check.bfd_down", text, { session, service, virtualServer });
}

/** The file of a FILE_CHECK begins or ceases to hold a server down. */
export function fileChecked(file: string, service: string, up: boolean): Message {
  const text = `(${service}): tracked file ${file} ${up ? "leaving" : "now"} FAULT state`;
  return record("info", up ? "check.file_up" : "check.file_down", text, { file, service });
}

/** A check begins, or begins again after a reload or a suspension. */
export function activating(service: string, virtualServer: string): Message {
  const text = `Activating healthchecker for service ${service} for VS ${virtualServer}`;
  return record("detail", "check.activating", text, { service, virtualServer });
}

/** `ha_suspend`: the address is not here from the start. */
export function notActivating(service: string, virtualServer: string): Message {
  const text = `Deactivating healthchecker for service ${service} for VS ${virtualServer}`;
  return record("detail", "check.suspending", text, { service, virtualServer });
}

/** `ha_suspend`: the address is not here any more. */
export function suspending(service: string, virtualServer: string): Message {
  const text = `Suspending healthchecker for service ${service} for VS ${virtualServer}`;
  return record("info", "check.suspending", text, { service, virtualServer });
}

/** A check passed that had not passed before. */
export function checkPassed(checker: ProbingChecker, service: string, virtualServer: string): Message {
  return record("info", "check.passed", passedText(checker, service, virtualServer), { service });
}

function passedText(checker: ProbingChecker, service: string, virtualServer: string): string {
  switch (checker.kind) {
    case "tcp":
      return `TCP connection to ${service} success.`;
    case "udp":
      return `UDP connection to ${service} success.`;
    case "ping":
      return `ICMP connection to ${service} success.`;
    case "http":
      return `Remote Web server ${service} succeed on service.`;
    case "smtp":
      return `Remote SMTP server ${service} succeed on service.`;
    case "dns":
      return `DNS_CHECK (${service}) success.`;
    case "misc":
      return `Misc check for [${service} VS ${virtualServer}] by [${checker.command.text}] succeeded.`;
  }
}

/** A check took its server down. `retries` is null where there was no retry. */
export function checkFailed(
  checker: ProbingChecker,
  service: string,
  virtualServer: string,
  retries: number | null,
  failure: Failure,
): Message {
  const text = failedText(checker, service, virtualServer, retries, failure);
  return record("info", "check.failed", text, { service, reason: failure.reason });
}

/** `log_all_failures`: an attempt failed and did not change anything. */
export function attemptFailed(checker: ProbingChecker, service: string, reason: string): Message {
  return record("info", "check.attempt_failed", `${checkName(checker)} on service ${service}: ${reason}`, {
    service,
    reason,
  });
}

/** A probe that says nothing about the server, as we were not running. */
export function probeVoid(checker: ProbingChecker, reason: string): Message {
  return record("info", "check.void", `${checkName(checker)} is repeated: ${reason}`, { reason });
}

/** A pattern that our regex engine cannot run. */
export function patternUnusable(service: string, pattern: string, reason: string): Message {
  const text = `Cannot use regex "${pattern}" of service ${service}: ${reason}; it is not checked`;
  return record("error", "check.pattern_unusable", text, { service, pattern, reason });
}

/** A real server enters service; one that is inhibited instead of removed was there with weight 0. */
export function serverUp(service: string, virtualServer: string, inhibited: boolean): Message {
  const text = inhibited
    ? `Enabling service ${service} of VS ${virtualServer}`
    : `Adding service ${service} to VS ${virtualServer}`;
  return record("info", "lvs.server_up", text, { service, virtualServer });
}

/** A real server leaves service. */
export function serverDown(service: string, virtualServer: string, inhibited: boolean): Message {
  const text = inhibited
    ? `Disabling service ${service} of VS ${virtualServer}`
    : `Removing service ${service} from VS ${virtualServer}`;
  return record("info", "lvs.server_down", text, { service, virtualServer });
}

/** A checker or the configuration changed a weight. */
export function weightChanged(
  service: string,
  virtualServer: string,
  change: { readonly from: number; readonly to: number; readonly active: boolean },
): Message {
  const { from, to, active } = change;
  const text = `Changing weight from ${from} to ${to} for ${
    active ? "" : "in"
  }active service ${service} of VS ${virtualServer}`;
  return record("info", "lvs.weight", text, { service, virtualServer, from, to });
}

/** The sums behind a change of the quorum. */
export interface QuorumSums {
  readonly quorum: number;
  readonly hysteresis: number;
  readonly weight: number;
}

/** `Gained quorum 3+1=4 <= 5`: the wording that log and mail share. */
export function gainedText({ quorum, hysteresis, weight }: QuorumSums, starting = false): string {
  return `${starting ? "Starting with quorum up" : "Gained quorum"} ${quorum}+${hysteresis}=${
    quorum + hysteresis
  } <= ${weight}`;
}

/** `Lost quorum 3-1=2 > 0`; at the start, where it must be gained, `Starting with quorum down 3+1=4 > 0`. */
export function lostText({ quorum, hysteresis, weight }: QuorumSums, starting: boolean): string {
  // keepalived writes the sign of the other threshold at the start.
  if (starting && hysteresis > 0) {
    return `Starting with quorum down ${quorum}+${hysteresis}=${quorum + hysteresis} > ${weight}`;
  }
  const sums = `${quorum}-${hysteresis}=${quorum - hysteresis} > ${weight}`;
  return `${starting ? "Starting with quorum down" : "Lost quorum"} ${sums}`;
}

/** The quorum is there. */
export function quorumGained(virtualServer: string, sums: QuorumSums): Message {
  return record("info", "lvs.quorum_gained", `${gainedText(sums)} for VS ${virtualServer}`, {
    virtualServer,
    ...sums,
  });
}

/** The quorum is lost. */
export function quorumLost(virtualServer: string, sums: QuorumSums, starting: boolean): Message {
  return record("warning", "lvs.quorum_lost", `${lostText(sums, starting)} for VS ${virtualServer}`, {
    virtualServer,
    ...sums,
  });
}

/** The sorry server stands in. */
export function sorryIn(service: string, virtualServer: string): readonly Message[] {
  return [
    record("info", "lvs.sorry_in", `Adding sorry server ${service} to VS ${virtualServer}`, { service }),
    record("info", "lvs.pool_out", `Removing alive servers from the pool for VS ${virtualServer}`),
  ];
}

/** The sorry server steps back. */
export function sorryOut(service: string, virtualServer: string): readonly Message[] {
  return [
    record("info", "lvs.sorry_out", `Removing sorry server ${service} from VS ${virtualServer}`, { service }),
    record("info", "lvs.pool_in", `Adding alive servers to the pool for VS ${virtualServer}`),
  ];
}

/** The new configuration has this virtual server no more. */
export function virtualServerGone(virtualServer: string): Message {
  return record("info", "lvs.virtual_server_gone", `Removing Virtual Server ${virtualServer}`, {
    virtualServer,
  });
}

/** The new configuration has this real server no more. */
export function serverGone(service: string): Message {
  return record("info", "lvs.server_gone", `service ${service} no longer exist`, { service });
}

/** We stop. */
export function shuttingDown(service: string, virtualServer: string): Message {
  const text = `Shutting down service ${service} from VS ${virtualServer}`;
  return record("info", "lvs.shutting_down", text, { service, virtualServer });
}

/** A certificate ends soon; `days` may be negative. */
export function certificateEnds(service: string, days: number): Message {
  const text = days < 0
    ? `The certificate of ${service} ended ${-days} days ago`
    : `The certificate of ${service} ends in ${days} days`;
  return record("warning", "check.certificate_ends", text, { service, days });
}
