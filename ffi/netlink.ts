/**
 * Netlink sockets: requests that are acknowledged one by one, dumps, and the monitor (netlink(7)).
 */
import {
  decodeAnswer,
  decodeNetlink,
  NETLINK_FLAGS_OFFSET,
  NETLINK_SEQUENCE_OFFSET,
  type NetlinkMessage,
  NLM_F,
  NLMSG,
} from "../core/packet/netlink.ts";
import type { BufferWish, OsResult } from "../core/ports.ts";
import { C } from "./constants.ts";
import { DONE, ERRNO, OsError, refusal } from "./errno.ts";
import { TIMEVAL } from "./layout.ts";
import { type Libc, pinnedBytes } from "./libc.ts";
import { type BpfInstruction, netlinkSocketAddress, Socket } from "./socket.ts";

/** A dump is sent in pieces of at most 32 KiB; twice that is room for whatever the kernel puts together. */
const DATAGRAM_LENGTH = 65536n;
const RECEIVE_BUFFER_LENGTH = 4194304;

/** Requests that go into one datagram: their answers must fit into the receive buffer. */
const REQUESTS_PER_DATAGRAM = 128;

/** The kernel answers before sendmsg returns; one that does not within this time has lost the answer. */
const ANSWER_TIMEOUT_SECONDS = 2;

/** Numbering starts anew behind it, long before the 32 bits are used up: years of refreshed leases get there. */
const LAST_SEQUENCE = 2 ** 31;

/** A table that changes while it is dumped is dumped again, but not for ever. */
const DUMP_ATTEMPTS = 8;

/** What a netlink socket talks about. */
export type NetlinkProtocol =
  | typeof C.NETLINK_ROUTE
  | typeof C.NETLINK_NETFILTER
  | typeof C.NETLINK_GENERIC
  | typeof C.NETLINK_CONNECTOR;

/** Sends requests to the kernel and waits for its answers. */
export class NetlinkRequester implements Disposable {
  readonly #libc: Libc;
  readonly #socket: Socket;
  readonly #datagram = pinnedBytes(Number(DATAGRAM_LENGTH));
  readonly #kernel = netlinkSocketAddress();
  #sequence = 0;

  /**
   * @param wish counts where it is larger than what our own batches of requests need
   * @throws {OsError} where the kernel has no such protocol
   */
  constructor(libc: Libc, protocol: NetlinkProtocol, wish: BufferWish | null = null) {
    this.#libc = libc;
    this.#socket = openNetlinkSocket(libc, protocol);
    if (wish !== null && wish.length > RECEIVE_BUFFER_LENGTH) this.#socket.wishReceiveBuffer(wish);
  }

  /** The address of this socket; the kernel writes it into what it tells others about our requests. */
  get port(): number {
    return this.#socket.netlinkPort;
  }

  /**
   * Sends encoded requests that ask for an acknowledgement; one result a request, in order.
   *
   * @throws {OsError} where the socket itself fails
   */
  request(requests: readonly Uint8Array[]): OsResult[] {
    const results: OsResult[] = [];
    for (let at = 0; at < requests.length; at += REQUESTS_PER_DATAGRAM) {
      results.push(...this.#requestOnce(requests.slice(at, at + REQUESTS_PER_DATAGRAM)));
    }
    return results;
  }

  /**
   * Sends the messages of a transaction between its two ends, all or nothing; the first error of any of them.
   *
   * @throws {OsError} where the socket itself fails
   */
  transact(messages: readonly Uint8Array[]): OsResult {
    const results = this.#ask(messages, messages.length - 2);
    return results.find((result) => !result.ok) ?? DONE;
  }

  /**
   * All messages of a dump.
   *
   * @throws {OsError} where the kernel refuses, or the table never holds still
   */
  dump(request: Uint8Array): NetlinkMessage[] {
    for (let attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
      const messages = this.#dumpOnce(request);
      if (messages !== null) return messages;
    }
    throw new OsError("Cannot dump a table that keeps changing", "", ERRNO.EBUSY);
  }

  /**
   * The messages that answer one request that is neither a dump nor acknowledged, up to the first of them.
   *
   * @throws {OsError} where the kernel refuses
   */
  query(request: Uint8Array): NetlinkMessage {
    const first = this.#send([request]);
    for (const message of this.#receive()) {
      if (message.sequence !== first) continue;
      throwRefusal(message);
      return message;
    }
    throw new OsError("Cannot query kernel", "", ERRNO.EPROTO);
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  /**
   * The kernel works through a datagram in order and answers errors in any case, so that only the last request asks
   * for an acknowledgement: with it, silence about the others means that they were done.
   */
  #requestOnce(requests: readonly Uint8Array[]): OsResult[] {
    return this.#ask(requests, requests.length - 1);
  }

  #ask(requests: readonly Uint8Array[], last: number): OsResult[] {
    const first = this.#send(requests, last);
    const results = new Array<OsResult | undefined>(requests.length).fill(undefined);
    while (last >= 0 && results[last] === undefined) {
      const messages = this.#receiveOrNull();
      if (messages === null) break;
      for (const message of messages) {
        const answer = decodeAnswer(message);
        const index = message.sequence - first;
        if (answer === null || index < 0 || index >= requests.length || results[index] !== undefined) {
          continue;
        }
        results[index] = answer.errno === 0 ? DONE : refusal(answer.errno, answer.text);
      }
    }
    const silence = results[last] === undefined
      ? refusal(ERRNO.ETIMEDOUT, "the kernel did not answer")
      : DONE;
    return results.map((result) => result ?? silence);
  }

  /** The messages of one dump, or null where the table changed meanwhile. */
  #dumpOnce(request: Uint8Array): NetlinkMessage[] | null {
    const sequence = this.#send([request]);
    const messages: NetlinkMessage[] = [];
    let interrupted = false;
    for (;;) {
      for (const message of this.#receive()) {
        if (message.sequence !== sequence) continue;
        throwRefusal(message);
        if ((message.flags & NLM_F.DUMP_INTR) !== 0) interrupted = true;
        if (message.type === NLMSG.DONE) return interrupted ? null : messages;
        // The datagram's memory is used again for the next one.
        messages.push({ ...message, payload: message.payload.slice() });
      }
    }
  }

  /**
   * Numbers the requests and sends them as one datagram; the number of the first. With `answering` the wish for an
   * acknowledgement is taken from all others.
   */
  #send(requests: readonly Uint8Array[], answering: number | null = null): number {
    if (this.#sequence > LAST_SEQUENCE) this.#sequence = 0;
    const first = this.#sequence + 1;
    const length = requests.reduce((sum, request) => sum + request.length, 0);
    const datagram = pinnedBytes(length);
    const view = new DataView(datagram.buffer);
    let at = 0;
    for (const [i, request] of requests.entries()) {
      datagram.set(request, at);
      view.setUint32(at + NETLINK_SEQUENCE_OFFSET, ++this.#sequence, true);
      if (answering !== null && i !== answering) {
        const flags = view.getUint16(at + NETLINK_FLAGS_OFFSET, true);
        view.setUint16(at + NETLINK_FLAGS_OFFSET, flags & ~NLM_F.ACK, true);
      }
      at += request.length;
    }
    const { symbols } = this.#libc;
    const kernel = this.#kernel;
    if (
      symbols.sendto(this.#socket.descriptor, datagram, BigInt(length), 0, kernel, kernel.length) < 0
    ) {
      throw new OsError("Cannot send netlink request", "", this.#libc.errno());
    }
    return first;
  }

  #receive(): NetlinkMessage[] {
    const messages = this.#receiveOrNull();
    if (messages === null) throw new OsError("Cannot receive netlink answer", "", ERRNO.ETIMEDOUT);
    return messages;
  }

  /** The messages of the next datagram; null where none comes in time. They point into the socket's buffer. */
  #receiveOrNull(): NetlinkMessage[] | null {
    for (;;) {
      const length = Number(
        this.#libc.symbols.recv(this.#socket.descriptor, this.#datagram, DATAGRAM_LENGTH, 0),
      );
      if (length >= 0) return decodeNetlink(this.#datagram.subarray(0, length));
      const errno = this.#libc.errno();
      if (errno === ERRNO.EAGAIN || errno === ERRNO.ENOBUFS) return null;
      if (errno !== ERRNO.EINTR) throw new OsError("Cannot receive netlink answer", "", errno);
    }
  }
}

/** Hears what the kernel tells the groups that it has joined. */
export class NetlinkMonitor implements Disposable {
  readonly #libc: Libc;
  readonly #socket: Socket;
  readonly #datagram = pinnedBytes(Number(DATAGRAM_LENGTH));

  /**
   * @param filter lets in only the datagrams for which it returns something else than 0
   * @param wish for the receive buffer; null leaves it at 4 MiB
   * @throws {OsError} where a group is refused; nothing is left open then
   */
  constructor(
    libc: Libc,
    protocol: NetlinkProtocol,
    groups: readonly number[],
    filter: readonly BpfInstruction[] | null = null,
    wish: BufferWish | null = null,
  ) {
    this.#libc = libc;
    this.#socket = openNetlinkSocket(libc, protocol, C.SOCK_NONBLOCK);
    if (wish !== null) this.#socket.wishReceiveBuffer(wish);
    try {
      if (filter !== null) this.#socket.attachFilter(filter);
      for (const group of groups) {
        this.#socket.set(C.SOL_NETLINK, C.NETLINK_ADD_MEMBERSHIP, group, `join netlink group ${group}`);
      }
    } catch (error) {
      this.#socket[Symbol.dispose]();
      throw error;
    }
  }

  get descriptor(): number {
    return this.#socket.descriptor;
  }

  /**
   * The messages of the next queued datagram, null where none is left, or "overrun" where the kernel had to drop
   * some. They point into the monitor's buffer, which the next call overwrites.
   */
  read(): readonly NetlinkMessage[] | "overrun" | null {
    const { symbols } = this.#libc;
    for (;;) {
      const length = Number(symbols.recv(this.descriptor, this.#datagram, DATAGRAM_LENGTH, C.MSG_DONTWAIT));
      if (length >= 0) return decodeNetlink(this.#datagram.subarray(0, length));
      const errno = this.#libc.errno();
      if (errno === ERRNO.EAGAIN) return null;
      if (errno === ERRNO.ENOBUFS) return "overrun";
      if (errno !== ERRNO.EINTR) throw new OsError("Cannot receive from netlink monitor", "", errno);
    }
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

function openNetlinkSocket(libc: Libc, protocol: NetlinkProtocol, mode = 0): Socket {
  const socket = new Socket(libc, C.AF_NETLINK, C.SOCK_RAW | mode, protocol, "netlink socket");
  try {
    socket.setReceiveBuffer(RECEIVE_BUFFER_LENGTH);
    socket.set(C.SOL_SOCKET, C.SO_RCVTIMEO, answerTimeout(), "set answer timeout");
    // Older kernels answer without their own words.
    socket.trySet(C.SOL_NETLINK, C.NETLINK_EXT_ACK, 1);
    socket.trySet(C.SOL_NETLINK, C.NETLINK_CAP_ACK, 1);
    socket.bind(netlinkSocketAddress(), "kernel");
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
  return socket;
}

function answerTimeout(): Uint8Array<ArrayBuffer> {
  const octets = pinnedBytes(TIMEVAL.size);
  new DataView(octets.buffer).setBigInt64(TIMEVAL.seconds, BigInt(ANSWER_TIMEOUT_SECONDS), true);
  return octets;
}

function throwRefusal(message: NetlinkMessage): void {
  const answer = decodeAnswer(message);
  if (answer === null || answer.errno === 0) return;
  throw new OsError(
    `Cannot query kernel${answer.text === null ? "" : ` (${answer.text})`}`,
    "",
    answer.errno,
  );
}
