/**
 * What a probe finds out.
 */

/** Why a probe failed: the word decides how the log puts it. */
export type FailureKind =
  /** No connection: refused, unreachable, or no route. */
  | "connect"
  | "connect_timeout"
  /** The connection broke, or the server closed it too early. */
  | "read"
  | "read_timeout"
  /** TLS: an alert, no common version, a certificate that is not accepted. */
  | "tls"
  /** What came is not the protocol. */
  | "protocol"
  | "status"
  | "digest"
  | "regex"
  | "json"
  /** The server answered and said no. */
  | "refused"
  /** A program of a MISC_CHECK said no, or was ended. */
  | "script";

/** How one probe ended. */
export type Verdict =
  | {
    readonly ok: true;
    /** What a dynamic MISC_CHECK wants the weight to be; null where it says nothing. */
    readonly weight: number | null;
  }
  /** `reason` completes "failed:", such as `connection refused`; no full stop. */
  | { readonly ok: false; readonly kind: FailureKind; readonly reason: string };

/** What the edge tells of a probe. */
export type ProbeResult =
  | Verdict
  /**
   * It says nothing about the server: we were not running while it waited, or this host could not make it (no
   * descriptor left, the source address is elsewhere).
   */
  | { readonly ok: null; readonly reason: string };

/** Success that says nothing about the weight. */
export const PASSED: Verdict = { ok: true, weight: null };

/** A failure. */
export function failed(kind: FailureKind, reason: string): Verdict {
  return { ok: false, kind, reason };
}
