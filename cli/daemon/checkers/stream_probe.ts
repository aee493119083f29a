/**
 * A probe over TCP: the connection alone, or a conversation over it.
 */
import type { Conversation, Reply } from "../../../core/check/conversation.ts";
import { failed, PASSED } from "../../../core/check/verdict.ts";
import type { CheckTarget } from "../../../core/config/virtual_server_model.ts";
import { describeErrno, ERRNO } from "../../../ffi/errno.ts";
import type { ProbeSocket, ProbeSockets } from "../../../ffi/probe_sockets.ts";
import { openSocket, type Probe, type ProbeHost } from "./probe.ts";

/** Reads in a row before others have their turn: 1 MiB. */
const READS = 16;

/** What happens on a connection once it stands. */
export interface StreamUser {
  connected(socket: ProbeSocket): void;
  /** There is news about the socket. */
  ready(socket: ProbeSocket): void;
  /** Lets go, and closes the socket when nothing more is to go out. */
  dispose(close: () => void): void;
}

/** Connects, then hands over to a user. */
export class StreamProbe implements Probe {
  readonly #host: ProbeHost;
  readonly #sockets: ProbeSockets;
  readonly #user: StreamUser;
  #socket: ProbeSocket | null;
  #connected = false;

  constructor(host: ProbeHost, sockets: ProbeSockets, target: CheckTarget, user: StreamUser) {
    this.#host = host;
    this.#sockets = sockets;
    this.#user = user;
    this.#socket = openSocket(host, sockets, "stream", target);
  }

  ready(): void {
    const socket = this.#socket;
    if (socket === null) return;
    if (this.#connected) return this.#user.ready(socket);
    const errno = this.#sockets.error(socket);
    if (errno !== 0) return this.#host.end(failed("connect", describeErrno(errno)));
    this.#connected = true;
    this.#user.connected(socket);
  }

  expire(): void {
    this.#host.end(
      this.#connected
        ? failed("read_timeout", "timeout reading")
        : failed("connect_timeout", "timeout connecting"),
    );
  }

  dispose(): void {
    let socket = this.#socket;
    this.#socket = null;
    if (socket !== null) this.#host.unwatch(socket);
    this.#user.dispose(() => {
      // Once, however often a user ends: its number may be another socket's by then.
      if (socket !== null) this.#sockets.close(socket);
      socket = null;
    });
  }
}

/** A connection is enough. */
export function connectionUser(host: ProbeHost): StreamUser {
  return { connected: () => host.end(PASSED), ready() {}, dispose: (close) => close() };
}

/** Speaks a conversation over plain TCP. `timeout` in ms, for each move of the server. */
export class ConversationUser implements StreamUser {
  readonly #host: ProbeHost;
  readonly #sockets: ProbeSockets;
  readonly #conversation: Conversation;
  readonly #timeout: number;
  #unsent: Uint8Array | null = null;

  constructor(host: ProbeHost, sockets: ProbeSockets, conversation: Conversation, timeout: number) {
    this.#host = host;
    this.#sockets = sockets;
    this.#conversation = conversation;
    this.#timeout = timeout;
  }

  connected(socket: ProbeSocket): void {
    this.#sockets.listen(socket);
    this.#host.allow(this.#timeout);
    this.#obey(socket, this.#conversation.start());
  }

  ready(socket: ProbeSocket): void {
    if (this.#unsent !== null) return this.#send(socket, this.#unsent);
    for (let i = 0; i < READS; i++) {
      const received = this.#sockets.receive(socket);
      if (received === null) return;
      if (typeof received === "number") return this.#host.end(failed("read", describeErrno(-received)));
      this.#host.allow(this.#timeout);
      const end = received.length === 0;
      if (this.#obey(socket, end ? this.#conversation.end() : this.#conversation.receive(received)) || end) {
        return;
      }
    }
  }

  dispose(close: () => void): void {
    close();
  }

  /** True once it is over. */
  #obey(socket: ProbeSocket, { send, verdict }: Reply): boolean {
    if (verdict !== null) this.#host.end(verdict);
    else if (send !== null) this.#send(socket, send);
    return verdict !== null;
  }

  #send(socket: ProbeSocket, octets: Uint8Array): void {
    const sent = this.#sockets.send(socket, octets);
    if (sent < 0 && sent !== -ERRNO.EAGAIN) {
      return this.#host.end(failed("read", describeErrno(-sent)));
    }
    const rest = octets.subarray(Math.max(0, sent));
    const waited = this.#unsent !== null;
    this.#unsent = rest.length === 0 ? null : rest;
    if (this.#unsent !== null) this.#sockets.awaitRoom(socket);
    else if (waited) this.#sockets.listen(socket);
  }
}
