/**
 * A probe by datagrams: DNS, UDP, ICMP echo.
 */
import type { Verdict } from "../../../core/check/verdict.ts";
import { failed } from "../../../core/check/verdict.ts";
import type { CheckTarget } from "../../../core/config/virtual_server_model.ts";
import { describeErrno } from "../../../ffi/errno.ts";
import type { ProbeSocket, ProbeSocketKind, ProbeSockets } from "../../../ffi/probe_sockets.ts";
import { openSocket, type Probe, type ProbeHost } from "./probe.ts";

/** What is asked, and what an answer or its absence means. */
export interface DatagramDialogue {
  readonly kind: Exclude<ProbeSocketKind, "stream">;
  readonly request: Uint8Array;
  /** null: this datagram is not the answer. */
  readonly judge: (datagram: Uint8Array) => Verdict | null;
  readonly silence: Verdict;
}

/** One request, and waiting for its answer. */
export class DatagramProbe implements Probe {
  readonly #host: ProbeHost;
  readonly #sockets: ProbeSockets;
  readonly #dialogue: DatagramDialogue;
  readonly #socket: ProbeSocket | null;
  #asked = false;
  #closed = false;

  constructor(host: ProbeHost, sockets: ProbeSockets, target: CheckTarget, dialogue: DatagramDialogue) {
    this.#host = host;
    this.#sockets = sockets;
    this.#dialogue = dialogue;
    this.#socket = openSocket(host, sockets, dialogue.kind, target);
  }

  ready(): void {
    const socket = this.#socket;
    if (socket === null || this.#closed) return;
    if (!this.#asked) return this.#ask(socket);
    for (;;) {
      const received = this.#sockets.receive(socket);
      if (received === null) return;
      const verdict = typeof received === "number"
        ? failed("connect", describeErrno(-received))
        : this.#dialogue.judge(received);
      if (verdict !== null) return this.#host.end(verdict);
    }
  }

  expire(): void {
    this.#host.end(this.#dialogue.silence);
  }

  dispose(): void {
    if (this.#socket === null || this.#closed) return;
    this.#closed = true;
    this.#host.unwatch(this.#socket);
    this.#sockets.close(this.#socket);
  }

  #ask(socket: ProbeSocket): void {
    this.#asked = true;
    const sent = this.#sockets.send(socket, this.#dialogue.request);
    if (sent < 0) return this.#host.end(failed("connect", describeErrno(-sent)));
    this.#sockets.listen(socket);
  }
}
