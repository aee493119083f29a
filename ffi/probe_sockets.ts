/**
 * The sockets of health checks: thousands of short connections, none of which may block.
 *
 * The runtime's own sockets cannot be given a source interface or a mark, nor be called back from a silent server.
 * Here one epoll set holds all of them; the wait for it is the one system call made on a thread of its own, so that
 * the main thread's loop goes on.
 */
import { type Family, familyOf, type IpAddress } from "../core/net/address.ts";
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { describeErrno, ERRNO, OsError } from "./errno.ts";
import { interfaceIndexOf } from "./interface_name.ts";
import { EPOLL_EVENT } from "./layout.ts";
import { cString, type Libc, pinnedBytes } from "./libc.ts";
import { ipSocketAddress } from "./socket.ts";

const EVENTS_PER_WAIT = 256;

/** The token of the bell that ends a wait. */
const BELL = 0;

/** One read; what is longer comes with the next one. */
const READ_LENGTH = 65536;

/** A stream, a datagram socket that hears ICMP errors, or one for ICMP echo. */
export type ProbeSocketKind = "stream" | "datagram" | "echo";

/** Where a socket is connected to, and how its own end is chosen. */
export interface ProbeTarget {
  readonly address: IpAddress;
  readonly port: number;
  /** null: the kernel's choice. */
  readonly sourceAddress: IpAddress | null;
  /** 0: the kernel's choice. */
  readonly sourcePort: number;
  readonly interface: string | null;
  /** SO_MARK; 0 is none. */
  readonly mark: number;
}

/** A socket of a probe. */
export interface ProbeSocket {
  readonly descriptor: number;
  /** What news about it goes by: unlike the descriptor's number it is never used again. */
  readonly token: number;
}

/** A socket, or why there is none. */
export type OpenedSocket =
  | { readonly ok: true; readonly socket: ProbeSocket }
  /** `local`: this host would not even try; otherwise the way there is refused. */
  | { readonly ok: false; readonly local: boolean; readonly reason: string };

/** @throws {OsError} EMFILE, ENFILE or ENOMEM */
export function openProbeSockets(libc: Libc): ProbeSockets {
  return new ProbeSockets(libc);
}

/** All sockets of all probes. */
export class ProbeSockets implements Disposable {
  readonly #libc: Libc;
  readonly #epoll: Descriptor;
  readonly #bell: Descriptor;
  readonly #event = pinnedBytes(EPOLL_EVENT.size);
  readonly #eventView = new DataView(this.#event.buffer);
  readonly #events = pinnedBytes(EPOLL_EVENT.size * EVENTS_PER_WAIT);
  readonly #eventsView = new DataView(this.#events.buffer);
  readonly #number = pinnedBytes(4);
  readonly #numberView = new DataView(this.#number.buffer);
  readonly #numberLength = pinnedBytes(4);
  readonly #buffer = pinnedBytes(READ_LENGTH);
  /** Encoded addresses; a target is one object for as long as its configuration is in force. */
  readonly #addresses = new WeakMap<ProbeTarget, Uint8Array<ArrayBuffer>>();
  #lastToken = BELL;

  constructor(libc: Libc) {
    this.#libc = libc;
    const { symbols } = libc;
    this.#epoll = Descriptor.from(libc, symbols.epoll_create1(C.EPOLL_CLOEXEC), "Cannot create epoll set");
    this.#bell = Descriptor.from(
      libc,
      symbols.eventfd(0, C.EFD_CLOEXEC | C.EFD_NONBLOCK),
      "Cannot create eventfd",
    );
    new DataView(this.#numberLength.buffer).setUint32(0, 4, true);
    this.#control(C.EPOLL_CTL_ADD, { descriptor: this.#bell.number, token: BELL }, C.EPOLLIN);
  }

  /** Opens a socket and begins to connect it: it can be written to once that is decided, see `error`. */
  open(kind: ProbeSocketKind, target: ProbeTarget): OpenedSocket {
    const family = familyOf(target.address);
    const type = (kind === "stream" ? C.SOCK_STREAM : C.SOCK_DGRAM) | C.SOCK_NONBLOCK | C.SOCK_CLOEXEC;
    const domain = family === 4 ? C.AF_INET : C.AF_INET6;
    const descriptor = this.#libc.symbols.socket(domain, type, kind === "echo" ? echoProtocol(family) : 0);
    if (descriptor < 0) return this.#refusal("open socket", this.#libc.errno());
    if (kind !== "stream") this.#hearErrors(descriptor, family);
    const refusal = this.#prepare(descriptor, target) ?? this.#connect(descriptor, target);
    if (refusal === null) {
      // 2^32 probes take ten days at 5,000 a second; none lives that long.
      const token = this.#lastToken = (this.#lastToken + 1) >>> 0 || BELL + 1;
      const socket = { descriptor, token };
      this.#control(C.EPOLL_CTL_ADD, socket, C.EPOLLOUT);
      return { ok: true, socket };
    }
    this.#libc.symbols.close(descriptor);
    return refusal;
  }

  /** errno of what happened to a connection, 0 for nothing bad; asking clears it. */
  error({ descriptor }: ProbeSocket): number {
    const { symbols } = this.#libc;
    symbols.getsockopt(descriptor, C.SOL_SOCKET, C.SO_ERROR, this.#number, this.#numberLength);
    return this.#numberView.getInt32(0, true);
  }

  /** Waits from now on until the socket can be read. */
  listen(socket: ProbeSocket): void {
    this.#control(C.EPOLL_CTL_MOD, socket, C.EPOLLIN);
  }

  /** Waits from now on until the socket can be written to. */
  awaitRoom(socket: ProbeSocket): void {
    this.#control(C.EPOLL_CTL_MOD, socket, C.EPOLLOUT);
  }

  /** Stops waiting for a socket, until the next `listen`; errors are still reported. */
  pause(socket: ProbeSocket): void {
    this.#control(C.EPOLL_CTL_MOD, socket, 0);
  }

  /** Octets that were sent, or minus errno. */
  send({ descriptor }: ProbeSocket, octets: Uint8Array): number {
    const buffer = octets as Uint8Array<ArrayBuffer>;
    const { symbols } = this.#libc;
    const sent = Number(symbols.send(descriptor, buffer, BigInt(buffer.length), C.MSG_NOSIGNAL));
    return sent < 0 ? -this.#libc.errno() : sent;
  }

  /**
   * What came: a view that the next call overwrites, empty where the other side has closed; null where nothing has
   * come yet; minus errno.
   */
  receive({ descriptor }: ProbeSocket): Uint8Array | number | null {
    const { symbols } = this.#libc;
    const length = Number(symbols.recv(descriptor, this.#buffer, BigInt(READ_LENGTH), 0));
    if (length >= 0) return this.#buffer.subarray(0, length);
    const errno = this.#libc.errno();
    return errno === ERRNO.EAGAIN || errno === ERRNO.EINTR ? null : -errno;
  }

  close({ descriptor }: ProbeSocket): void {
    this.#libc.symbols.close(descriptor);
  }

  /** Tokens of the sockets about which there is news now, at most 256. */
  poll(): number[] {
    const count = this.#libc.symbols.epoll_wait(this.#epoll.number, this.#events, EVENTS_PER_WAIT, 0);
    return this.#ready(count);
  }

  /** Waits until there is news about some socket, or until `ring`. One call at a time. */
  async wait(): Promise<number[]> {
    const { symbols } = this.#libc;
    const count = await symbols.epoll_wait_elsewhere(
      this.#epoll.number,
      this.#events,
      EVENTS_PER_WAIT,
      -1,
    );
    return this.#ready(count);
  }

  /** Ends a `wait`. */
  ring(): void {
    const one = pinnedBytes(8);
    one[0] = 1;
    this.#libc.symbols.write(this.#bell.number, one, 8n);
  }

  /** Not while a `wait` is under way. */
  [Symbol.dispose](): void {
    this.#bell[Symbol.dispose]();
    this.#epoll[Symbol.dispose]();
  }

  #ready(count: number): number[] {
    const ready: number[] = [];
    for (let i = 0; i < count; i++) {
      const token = this.#eventsView.getUint32(i * EPOLL_EVENT.size + EPOLL_EVENT.data, true);
      if (token !== BELL) ready.push(token);
      else this.#libc.symbols.read(this.#bell.number, this.#buffer, 8n);
    }
    return ready;
  }

  /** Otherwise a datagram socket is told of a closed port, but not of a host that nobody can reach. */
  #hearErrors(descriptor: number, family: Family): void {
    if (family === 4) this.#setNumber(descriptor, C.SOL_IP, C.IP_RECVERR, 1);
    else this.#setNumber(descriptor, C.SOL_IPV6, C.IPV6_RECVERR, 1);
  }

  /** Options and the own end. */
  #prepare(descriptor: number, target: ProbeTarget): OpenedSocket | null {
    const { mark, sourceAddress, sourcePort } = target;
    if (mark !== 0 && this.#setNumber(descriptor, C.SOL_SOCKET, C.SO_MARK, mark) < 0) {
      return this.#refusal("set mark", this.#libc.errno());
    }
    if (target.interface !== null) {
      const name = cString(target.interface);
      const { symbols } = this.#libc;
      if (symbols.setsockopt(descriptor, C.SOL_SOCKET, C.SO_BINDTODEVICE, name, name.length) < 0) {
        return this.#refusal(`bind to interface "${target.interface}"`, this.#libc.errno());
      }
    }
    return sourceAddress === null && sourcePort === 0 ? null : this.#bind(descriptor, target);
  }

  #bind(descriptor: number, target: ProbeTarget): OpenedSocket | null {
    const { sourcePort } = target;
    const any = familyOf(target.address) === 4 ? "0.0.0.0" : "::";
    const source = target.sourceAddress ?? any;
    const own = ipSocketAddress(source, this.#scopeOf(target.interface, source), sourcePort);
    if (sourcePort === 0) this.#setNumber(descriptor, C.SOL_IP, C.IP_BIND_ADDRESS_NO_PORT, 1);
    else this.#setNumber(descriptor, C.SOL_SOCKET, C.SO_REUSEADDR, 1);
    if (this.#libc.symbols.bind(descriptor, own, own.length) >= 0) return null;
    return this.#refusal(`bind to ${source}`, this.#libc.errno());
  }

  #connect(descriptor: number, target: ProbeTarget): OpenedSocket | null {
    let remote = this.#addresses.get(target);
    if (remote === undefined) {
      remote = ipSocketAddress(target.address, this.#scopeOf(target.interface, target.address), target.port);
      this.#addresses.set(target, remote);
    }
    if (this.#libc.symbols.connect(descriptor, remote, remote.length) >= 0) return null;
    const errno = this.#libc.errno();
    return errno === ERRNO.EINPROGRESS ? null : { ok: false, local: false, reason: describeErrno(errno) };
  }

  /** A link-local address needs the interface that it is on. */
  #scopeOf(name: string | null, address: IpAddress): number {
    if (name === null || !address.startsWith("fe80:")) return 0;
    try {
      return interfaceIndexOf(this.#libc, name);
    } catch (error) {
      if (error instanceof OsError) return 0;
      throw error;
    }
  }

  #setNumber(descriptor: number, level: number, option: number, value: number): number {
    this.#numberView.setUint32(0, value, true);
    return this.#libc.symbols.setsockopt(descriptor, level, option, this.#number, 4);
  }

  #control(operation: number, { descriptor, token }: ProbeSocket, events: number): void {
    this.#eventView.setUint32(EPOLL_EVENT.events, events, true);
    this.#eventView.setUint32(EPOLL_EVENT.data, token, true);
    if (this.#libc.symbols.epoll_ctl(this.#epoll.number, operation, descriptor, this.#event) < 0) {
      throw new OsError("Cannot watch socket", `${descriptor}`, this.#libc.errno());
    }
  }

  #refusal(action: string, errno: number): OpenedSocket {
    return { ok: false, local: true, reason: `cannot ${action}: ${describeErrno(errno)}` };
  }
}

function echoProtocol(family: Family): number {
  return family === 4 ? C.IPPROTO_ICMP : C.IPPROTO_ICMPV6;
}
