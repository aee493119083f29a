/**
 * The UDP sockets of BFD sessions: {@linkcode BfdSockets} with the kernel (RFC 5881 section 4).
 */
import { type Family, familyOf, type IpAddress } from "../core/net/address.ts";
import { addressFromBytes } from "../core/net/address.ts";
import { BFD_LENGTH, BFD_SOURCE_PORTS, decodeBfd, encodeBfd } from "../core/packet/bfd.ts";
import type { BfdPacket } from "../core/packet/bfd.ts";
import { INTERNETWORK_CONTROL } from "../core/packet/ip.ts";
import type { BfdEndpoint, BfdSockets, OsResult, ReceivedBfd } from "../core/ports.ts";
import { PASS_NOTHING } from "./advert_filter.ts";
import { neighbourFilter } from "./bfd_filter.ts";
import { C } from "./constants.ts";
import { attempt, DONE, ERRNO, OsError, refusal } from "./errno.ts";
import { CMSGHDR, SOCKADDR_IN } from "./layout.ts";
import { type Libc, pinnedBytes } from "./libc.ts";
import { addressOfSocketAddress6, ipSocketAddress, ReceiveBatch, Socket } from "./socket.ts";

/** Room for a packet with the longest authentication, though none of it is understood. */
const BATCH = { slots: 16, packetLength: 64, controlLength: 64 } as const;

const RECEIVE_BUFFER_LENGTH = 262_144;
const TC_PRIO_CONTROL = 7;

/** Source ports that are tried one after the other where others have them. */
const PORT_ATTEMPTS = 64;

const NOT_OPEN: OsResult = refusal(ERRNO.ENOTCONN);

/** Opens nothing yet; `open` does, in the network namespace that the thread is in then. */
export function openBfdSockets(libc: Libc): BfdSockets {
  return new KernelBfdSockets(libc);
}

interface Sender {
  readonly socket: Socket;
  readonly to: Uint8Array<ArrayBuffer>;
}

class KernelBfdSockets implements BfdSockets {
  readonly #libc: Libc;
  readonly #batch: ReceiveBatch;
  readonly #senders = new Map<string, Sender>();
  /** By family and port. */
  readonly #receivers = new Map<string, Receiver>();
  readonly #receiverOf = new Map<string, Receiver>();
  readonly #byDescriptor = new Map<number, Receiver>();
  readonly #packet = pinnedBytes(BFD_LENGTH);

  constructor(libc: Libc) {
    this.#libc = libc;
    this.#batch = new ReceiveBatch(libc, BATCH);
  }

  get descriptors(): readonly number[] {
    return [...this.#byDescriptor.keys()];
  }

  open(session: string, endpoint: BfdEndpoint): OsResult {
    this.close(session);
    const result = attempt(() => {
      const socket = openSender(this.#libc, endpoint);
      const to = ipSocketAddress(endpoint.neighbour, 0, endpoint.port);
      this.#senders.set(session, { socket, to });
      const receiver = this.#receiverFor(endpoint);
      this.#receiverOf.set(session, receiver);
      receiver.join(session, endpoint.neighbour);
    });
    if (!result.ok) this.close(session);
    return result;
  }

  close(session: string): void {
    this.#senders.get(session)?.socket[Symbol.dispose]();
    this.#senders.delete(session);
    const receiver = this.#receiverOf.get(session);
    if (receiver === undefined) return;
    this.#receiverOf.delete(session);
    receiver.leave(session);
    if (!receiver.isIdle) return;
    this.#receivers.delete(receiver.key);
    this.#byDescriptor.delete(receiver.descriptor);
    receiver[Symbol.dispose]();
  }

  send(session: string, packet: BfdPacket): OsResult {
    const sender = this.#senders.get(session);
    if (sender === undefined) return NOT_OPEN;
    const { symbols } = this.#libc;
    this.#packet.set(encodeBfd(packet));
    const { descriptor } = sender.socket;
    const { to } = sender;
    const sent = symbols.sendto(descriptor, this.#packet, BigInt(BFD_LENGTH), 0, to, to.length);
    return sent < 0 ? refusal(this.#libc.errno()) : DONE;
  }

  receive(descriptor: number, limit: number): readonly ReceivedBfd[] {
    return this.#byDescriptor.get(descriptor)?.receive(limit) ?? [];
  }

  [Symbol.dispose](): void {
    for (const { socket } of this.#senders.values()) socket[Symbol.dispose]();
    for (const receiver of this.#receivers.values()) receiver[Symbol.dispose]();
    for (const table of [this.#senders, this.#receivers, this.#receiverOf, this.#byDescriptor]) table.clear();
  }

  #receiverFor({ neighbour, port }: BfdEndpoint): Receiver {
    const family = familyOf(neighbour);
    const key = receiverKey(family, port);
    let receiver = this.#receivers.get(key);
    if (receiver === undefined) {
      receiver = new Receiver(this.#libc, this.#batch, family, port);
      this.#receivers.set(key, receiver);
      this.#byDescriptor.set(receiver.descriptor, receiver);
    }
    return receiver;
  }
}

function receiverKey(family: Family, port: number): string {
  return `${family} ${port}`;
}

/** A socket that only sends, from a port of the range that RFC 5881 asks for. */
function openSender(libc: Libc, endpoint: BfdEndpoint): Socket {
  const family = familyOf(endpoint.neighbour);
  const socket = openSocket(libc, family, "BFD sending socket");
  try {
    socket.attachFilter(PASS_NOTHING);
    bindToFreePort(socket, family, endpoint);
    if (family === 4) {
      socket.set(C.SOL_IP, C.IP_TTL, endpoint.ttl, "set TTL");
      socket.set(C.SOL_IP, C.IP_TOS, INTERNETWORK_CONTROL, "set type of service");
    } else {
      socket.set(C.SOL_IPV6, C.IPV6_UNICAST_HOPS, endpoint.ttl, "set hop limit");
      socket.set(C.SOL_IPV6, C.IPV6_TCLASS, INTERNETWORK_CONTROL, "set traffic class");
    }
    // After IP_TOS, which sets a priority of its own.
    socket.set(C.SOL_SOCKET, C.SO_PRIORITY, TC_PRIO_CONTROL, "set priority");
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

function bindToFreePort(socket: Socket, family: Family, { source, sourcePort }: BfdEndpoint): void {
  const { first, last } = BFD_SOURCE_PORTS;
  const address = source ?? anyAddress(family);
  for (let attempts = 1;; attempts++) {
    const port = first + (sourcePort - first + attempts - 1) % (last - first + 1);
    const bound = attempt(() => socket.bind(ipSocketAddress(address, 0, port), address));
    if (bound.ok) return;
    if (bound.errno !== ERRNO.EADDRINUSE || attempts === PORT_ATTEMPTS) {
      throw new OsError("Cannot bind BFD socket to address", address, bound.errno);
    }
  }
}

function anyAddress(family: Family): IpAddress {
  return family === 4 ? "0.0.0.0" : "::";
}

function openSocket(libc: Libc, family: Family, what: string): Socket {
  const domain = family === 4 ? C.AF_INET : C.AF_INET6;
  const socket = new Socket(libc, domain, C.SOCK_DGRAM | C.SOCK_NONBLOCK, C.IPPROTO_UDP, what);
  try {
    if (family === 6) socket.set(C.SOL_IPV6, C.IPV6_V6ONLY, 1, "limit BFD socket to IPv6");
    return socket;
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
}

/** The socket that hears the packets of all sessions of a family and port. */
class Receiver implements Disposable {
  readonly #socket: Socket;
  readonly #batch: ReceiveBatch;
  readonly #family: Family;
  readonly #port: number;
  /** Neighbours by session. */
  readonly #neighbours = new Map<string, IpAddress>();

  /** @throws {OsError} naming the step that was refused; nothing is left open then */
  constructor(libc: Libc, batch: ReceiveBatch, family: Family, port: number) {
    this.#batch = batch;
    this.#family = family;
    this.#port = port;
    this.#socket = openSocket(libc, family, "BFD socket");
    try {
      this.#socket.attachFilter(PASS_NOTHING);
      this.#socket.setReceiveBuffer(RECEIVE_BUFFER_LENGTH);
      if (family === 4) this.#socket.set(C.SOL_IP, C.IP_RECVTTL, 1, "ask for TTLs");
      else this.#socket.set(C.SOL_IPV6, C.IPV6_RECVHOPLIMIT, 1, "ask for hop limits");
      this.#socket.bind(ipSocketAddress(anyAddress(family), 0, port), `port ${port}`);
    } catch (error) {
      this.#socket[Symbol.dispose]();
      throw error;
    }
  }

  get descriptor(): number {
    return this.#socket.descriptor;
  }

  get key(): string {
    return receiverKey(this.#family, this.#port);
  }

  /** Whether no session is left. */
  get isIdle(): boolean {
    return this.#neighbours.size === 0;
  }

  join(session: string, neighbour: IpAddress): void {
    this.#neighbours.set(session, neighbour);
    this.#filter();
  }

  /** A filter that cannot be narrowed lets in more than is wanted, which does no harm. */
  leave(session: string): void {
    this.#neighbours.delete(session);
    if (!this.isIdle) attempt(() => this.#filter());
  }

  receive(limit: number): ReceivedBfd[] {
    const packets: ReceivedBfd[] = [];
    while (packets.length < limit) {
      const wanted = Math.min(limit - packets.length, this.#batch.slots);
      const count = this.#batch.receive(this.descriptor, wanted);
      for (let slot = 0; slot < count; slot++) packets.push(this.#read(slot));
      if (count < wanted) break;
    }
    return packets;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #filter(): void {
    const pass = neighbourFilter(this.#family, [...new Set(this.#neighbours.values())]);
    this.#socket.attachFilter(pass ?? PASS_EVERYTHING);
  }

  #read(slot: number): ReceivedBfd {
    const sender = this.#batch.sender(slot);
    const source = this.#family === 4
      ? addressFromBytes(sender.subarray(SOCKADDR_IN.address, SOCKADDR_IN.address + 4))
      : addressOfSocketAddress6(sender);
    const ttl = readTtl(this.#batch.control(slot));
    return { source, ttl, port: this.#port, packet: decodeBfd(this.#batch.packet(slot)) };
  }
}

const PASS_EVERYTHING = [{ code: C.BPF_RET, k: -1, jumpTrue: 0, jumpFalse: 0 }] as const;

/** The one control message that was asked for. */
function readTtl(control: Uint8Array): number | null {
  if (control.length < CMSGHDR.data + 4) return null;
  const view = new DataView(control.buffer, control.byteOffset, control.byteLength);
  const type = view.getInt32(CMSGHDR.type, true);
  return type === C.IP_TTL || type === C.IPV6_HOPLIMIT ? view.getInt32(CMSGHDR.data, true) : null;
}
