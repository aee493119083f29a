/**
 * What a probe is to the prober: something that waits for a socket or for a deadline, until it has a result.
 */
import { failed, type ProbeResult } from "../../../core/check/verdict.ts";
import type { CheckTarget } from "../../../core/config/virtual_server_model.ts";
import type { ProbeSocket, ProbeSocketKind, ProbeSockets } from "../../../ffi/probe_sockets.ts";

/** Where a probe tells how it stands. Times are ms of the prober's clock. */
export interface ProbeHost {
  /** Wants to hear of news about a socket. */
  watch(socket: ProbeSocket): void;
  /** Does not any more. */
  unwatch(socket: ProbeSocket): void;
  /** Gives the server `timeout` ms from now for its next move. */
  allow(timeout: number): void;
  /** The end; only the first call counts. */
  end(result: ProbeResult): void;
}

/** A probe under way. */
export interface Probe {
  /** There is news about its socket. */
  ready(): void;
  /** The server did not move in time, or the whole took too long. */
  expire(): void;
  /** Lets go of everything; after `end` or where nobody waits for it any more. */
  dispose(): void;
}

/** Opens a probe's socket and begins its first wait; null where that fails, which ends the probe. */
export function openSocket(
  host: ProbeHost,
  sockets: ProbeSockets,
  kind: ProbeSocketKind,
  target: CheckTarget,
): ProbeSocket | null {
  const opened = sockets.open(kind, target);
  if (!opened.ok) {
    // What this host itself cannot do says nothing about the server.
    host.end(opened.local ? { ok: null, reason: opened.reason } : failed("connect", opened.reason));
    return null;
  }
  host.watch(opened.socket);
  host.allow(target.timeout);
  return opened.socket;
}
