/**
 * Runs single probes with the real prober.
 */
import type { ProbeResult } from "../../core/check/verdict.ts";
import type { HttpChecker, TcpChecker } from "../../core/config/virtual_server_model.ts";
import type { ProbingChecker } from "../../core/engine/lvs_effect.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openProbeSockets } from "../../ffi/probe_sockets.ts";
import { ProcessGroups } from "../../cli/daemon/child_process.ts";
import { limitOf, makeProbe } from "../../cli/daemon/checkers/make_probe.ts";
import { Prober } from "../../cli/daemon/checkers/prober.ts";
import { httpCheck, target, tcpCheck } from "../core/lvs/builders.ts";

/** How one probe ended. */
export interface Ended {
  readonly result: ProbeResult;
  /** ms */
  readonly duration: number;
}

/** A prober for tests. */
export class ProbeRig implements Disposable {
  readonly #libc = openLibc();
  readonly #sockets = openProbeSockets(this.#libc);
  readonly prober = new Prober(this.#sockets);
  readonly certificates: number[] = [];
  readonly groups = new ProcessGroups();
  #next = 1;

  /** Makes one probe and waits for its end. */
  probe(
    checker: ProbingChecker,
    more: { readonly step?: number; readonly limit?: number } = {},
  ): Promise<Ended> {
    const { promise, resolve } = Promise.withResolvers<Ended>();
    const tools = {
      sockets: this.#sockets,
      scriptUser: () => ({ user: "root", group: null }),
      groups: this.groups,
      sawCertificate: (_: HttpChecker, end: number) => void this.certificates.push(end),
      random: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
    };
    this.prober.start(this.#next++, {
      limit: more.limit ?? limitOf(checker),
      begin: (host) => makeProbe(tools, checker, more.step ?? 0, host),
      ended: (result, duration) => resolve({ result, duration }),
    });
    return promise;
  }

  /** The same where a server that is too slow must be told from this process that is: again, as long as it was. */
  async undisturbed(checker: ProbingChecker, more: { readonly limit?: number } = {}): Promise<Ended> {
    let ended = await this.probe(checker, more);
    for (let again = 0; again < 10 && isStall(ended); again++) ended = await this.probe(checker, more);
    return ended;
  }

  /** The verdict in a few words: `ok`, `void: …`, `connect: …`. */
  async verdict(
    checker: ProbingChecker,
    more: { readonly step?: number; readonly limit?: number } = {},
  ): Promise<string> {
    return wordsOf(await this.probe(checker, more));
  }

  [Symbol.dispose](): void {
    this.prober[Symbol.dispose]();
  }
}

/** A verdict in a few words. */
export function wordsOf({ result }: Ended): string {
  if (result.ok === null) return `void: ${result.reason}`;
  return result.ok ? "ok" : `${result.kind}: ${result.reason}`;
}

function isStall({ result }: Ended): boolean {
  return result.ok === null && result.reason.startsWith("this node was not running");
}

/** A target on the loopback. */
export function local(port: number, timeout = 1000) {
  return target({ address: "127.0.0.1", port, timeout });
}

export function httpTo(port: number, more: Partial<HttpChecker> = {}): HttpChecker {
  return httpCheck({ target: local(port), ...more });
}

export function tcpTo(port: number, more: Partial<TcpChecker> = {}): TcpChecker {
  return tcpCheck({ target: local(port), ...more });
}
