/**
 * How a check that took its server down is put in the log: as keepalived puts it, with our reason in brackets.
 */
import type { Verdict } from "../check/verdict.ts";
import type { ProbingChecker } from "./lvs_effect.ts";

/** Why an attempt failed. */
export type Failure = Extract<Verdict, { ok: false }>;

/** `TCP_CHECK`, `HTTP_CHECK` (with TLS, too), `ICMP CHECK` … */
export function checkName(checker: ProbingChecker): string {
  return checker.kind === "ping" ? "ICMP CHECK" : `${checker.kind.toUpperCase()}_CHECK`;
}

/**
 * The line of a check that took its server down.
 *
 * @param retries null where there was no retry
 */
export function failedText(
  checker: ProbingChecker,
  service: string,
  virtualServer: string,
  retries: number | null,
  failure: Failure,
): string {
  const { reason } = failure;
  const after = retries === null ? "" : ` after ${retries} retries`;
  switch (checker.kind) {
    case "misc":
      return `Misc check for [${service} VS ${virtualServer}] by [${checker.command.text}] ${
        miscText(retries, reason)
      }.`;
    case "smtp": {
      const { address, port } = checker.target;
      return `SMTP_CHECK ${smtpText(failure)} server [${address}]:${port} (${reason})`;
    }
    case "dns":
      return `DNS_CHECK (${service}) ${dnsText(failure)} after ${retries ?? 0} retries`;
    case "ping": {
      const of = retries === null ? "" : ` of ${virtualServer}`;
      return `ICMP CHECK on service ${service}${of} failed${after}. (${reason})`;
    }
    default:
      return `${checkName(checker)} on service ${service} failed${after}. (${reason})`;
  }
}

function miscText(retries: number | null, reason: string): string {
  const after = retries === null
    ? " with retry disabled"
    : ` after ${retries} ${retries === 1 ? "retry" : "retries"}`;
  return reason === "timed out" ? `${reason}${after}` : `failed${after} (${reason})`;
}

function smtpText({ kind, reason }: Failure): string {
  switch (kind) {
    case "connect":
      return "Could not connect to";
    case "connect_timeout":
      return "Connection timeout to";
    case "read_timeout":
      return "Read timeout from";
    case "refused":
      return reason.startsWith("bad HELO") ? "Bad HELO response from" : "Bad greeting banner from";
    default:
      return "Read failure from";
  }
}

function dnsText({ kind, reason }: Failure): string {
  if (kind === "read_timeout") return "read timeout from socket";
  return kind === "connect" || kind === "read" ? `failed to read socket; ${reason}` : reason;
}
