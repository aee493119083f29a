/**
 * Sockets: opening, options, addresses, and reading many packets with one call.
 */
import { addressFromBytes, addressToBytes, familyOf, type IpAddress } from "../core/net/address.ts";
import { macToBytes } from "../core/net/mac.ts";
import type { BufferWish } from "../core/ports.ts";
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { OsError } from "./errno.ts";
import {
  IOVEC,
  IP_MREQN,
  IPV6_MREQ,
  MMSGHDR,
  MSGHDR,
  SOCK_FILTER,
  SOCK_FPROG,
  SOCKADDR_IN,
  SOCKADDR_IN6,
  SOCKADDR_LL,
  SOCKADDR_NL,
} from "./layout.ts";
import { addressOf, cString, type Libc, pinnedBytes } from "./libc.ts";

/** One instruction of a classic BPF program. */
export interface BpfInstruction {
  readonly code: number;
  readonly jumpTrue: number;
  readonly jumpFalse: number;
  readonly k: number;
}

/** A socket that throws {@linkcode OsError} naming what it is for. */
export class Socket implements Disposable {
  readonly #libc: Libc;
  readonly #descriptor: Descriptor;
  readonly #what: string;
  readonly #value = pinnedBytes(4);
  /** Held while the kernel reads it through a pointer that the garbage collector does not see. */
  #program = pinnedBytes(0);

  /**
   * Opens a socket; `type` may carry SOCK_NONBLOCK.
   *
   * @param what for error messages, such as `raw VRRP socket`
   */
  constructor(libc: Libc, family: number, type: number, protocol: number, what: string) {
    this.#libc = libc;
    this.#what = what;
    const result = libc.symbols.socket(family, type | C.SOCK_CLOEXEC, protocol);
    this.#descriptor = Descriptor.from(libc, result, `Cannot open ${what}`);
  }

  /** For epoll and system calls; -1 once closed. */
  get descriptor(): number {
    return this.#descriptor.number;
  }

  /** Sets an option of a number or of a structure; `purpose` completes "Cannot …". */
  set(level: number, option: number, value: number | Uint8Array<ArrayBuffer>, purpose: string): void {
    const result = this.#setOption(level, option, value);
    if (result < 0) throw new OsError(`Cannot ${purpose}`, "", this.#libc.errno());
  }

  /** Sets an option that the socket can do without. */
  trySet(level: number, option: number, value: number | Uint8Array<ArrayBuffer>): boolean {
    return this.#setOption(level, option, value) === 0;
  }

  /** The receive buffer in octets; the kernel cuts it to its limit unless that is passed by force (CAP_NET_ADMIN). */
  wishReceiveBuffer({ length, force }: BufferWish): void {
    const most = Math.min(length, 0x3fff_ffff);
    if (!force || !this.trySet(C.SOL_SOCKET, C.SO_RCVBUFFORCE, most)) {
      this.trySet(C.SOL_SOCKET, C.SO_RCVBUF, most);
    }
  }

  /** The receive buffer in octets, beyond the system's limit where we may (CAP_NET_ADMIN). */
  setReceiveBuffer(length: number): void {
    if (!this.trySet(C.SOL_SOCKET, C.SO_RCVBUFFORCE, length)) this.trySet(C.SOL_SOCKET, C.SO_RCVBUF, length);
  }

  bind(address: Uint8Array<ArrayBuffer>, subject: string): void {
    if (this.#libc.symbols.bind(this.descriptor, address, address.length) < 0) {
      throw new OsError(`Cannot bind ${this.#what} to address`, subject, this.#libc.errno());
    }
  }

  bindToInterface(name: string): void {
    if (this.#setOption(C.SOL_SOCKET, C.SO_BINDTODEVICE, cString(name)) < 0) {
      throw new OsError(`Cannot bind ${this.#what} to interface`, name, this.#libc.errno());
    }
  }

  joinGroup(group: IpAddress, interfaceIndex: number): void {
    const [level, option, request] = familyOf(group) === 4
      ? [C.SOL_IP, C.IP_ADD_MEMBERSHIP, membership4(group, interfaceIndex)]
      : [C.SOL_IPV6, C.IPV6_ADD_MEMBERSHIP, membership6(group, interfaceIndex)];
    if (this.#setOption(level, option, request) < 0) {
      throw new OsError("Cannot join multicast group", group, this.#libc.errno());
    }
  }

  /** Lets in only the packets for which the program returns something else than 0. */
  attachFilter(program: readonly BpfInstruction[]): void {
    this.#program = encodeProgram(program);
    const header = pinnedBytes(SOCK_FPROG.size);
    const view = new DataView(header.buffer);
    view.setUint16(SOCK_FPROG.length, program.length, true);
    view.setBigUint64(SOCK_FPROG.filter, addressOf(this.#program), true);
    this.set(C.SOL_SOCKET, C.SO_ATTACH_FILTER, header, `attach filter to ${this.#what}`);
  }

  /** The port that the kernel gave a netlink socket when it was bound. */
  get netlinkPort(): number {
    const address = netlinkSocketAddress();
    const length = pinnedBytes(4);
    new DataView(length.buffer).setUint32(0, address.length, true);
    if (this.#libc.symbols.getsockname(this.descriptor, address, length) < 0) {
      throw new OsError(`Cannot read port of ${this.#what}`, "", this.#libc.errno());
    }
    return new DataView(address.buffer).getUint32(SOCKADDR_NL.port, true);
  }

  [Symbol.dispose](): void {
    this.#descriptor[Symbol.dispose]();
  }

  #setOption(level: number, option: number, value: number | Uint8Array<ArrayBuffer>): number {
    if (typeof value === "number") {
      new DataView(this.#value.buffer).setInt32(0, value, true);
      value = this.#value;
    }
    return this.#libc.symbols.setsockopt(this.descriptor, level, option, value, value.length);
  }
}

function membership4(group: IpAddress, interfaceIndex: number): Uint8Array<ArrayBuffer> {
  const request = pinnedBytes(IP_MREQN.size);
  request.set(addressToBytes(group), IP_MREQN.group);
  new DataView(request.buffer).setInt32(IP_MREQN.index, interfaceIndex, true);
  return request;
}

function membership6(group: IpAddress, interfaceIndex: number): Uint8Array<ArrayBuffer> {
  const request = pinnedBytes(IPV6_MREQ.size);
  request.set(addressToBytes(group), IPV6_MREQ.group);
  new DataView(request.buffer).setUint32(IPV6_MREQ.index, interfaceIndex, true);
  return request;
}

function encodeProgram(program: readonly BpfInstruction[]): Uint8Array<ArrayBuffer> {
  const octets = pinnedBytes(SOCK_FILTER.size * program.length);
  const view = new DataView(octets.buffer);
  for (const [i, { code, jumpTrue, jumpFalse, k }] of program.entries()) {
    const at = i * SOCK_FILTER.size;
    view.setUint16(at + SOCK_FILTER.code, code, true);
    view.setUint8(at + SOCK_FILTER.jumpTrue, jumpTrue);
    view.setUint8(at + SOCK_FILTER.jumpFalse, jumpFalse);
    view.setInt32(at + SOCK_FILTER.k, k, true);
  }
  return octets;
}

/** `struct sockaddr_in` or `sockaddr_in6`; `scopeId` is the interface of a link-local address. */
export function ipSocketAddress(address: IpAddress, scopeId = 0, port = 0): Uint8Array<ArrayBuffer> {
  if (familyOf(address) === 4) {
    const octets = pinnedBytes(SOCKADDR_IN.size);
    new DataView(octets.buffer).setUint16(SOCKADDR_IN.family, C.AF_INET, true);
    new DataView(octets.buffer).setUint16(SOCKADDR_IN.port, port);
    octets.set(addressToBytes(address), SOCKADDR_IN.address);
    return octets;
  }
  const octets = pinnedBytes(SOCKADDR_IN6.size);
  const view = new DataView(octets.buffer);
  view.setUint16(SOCKADDR_IN6.family, C.AF_INET6, true);
  view.setUint16(SOCKADDR_IN6.port, port);
  octets.set(addressToBytes(address), SOCKADDR_IN6.address);
  view.setUint32(SOCKADDR_IN6.scopeId, scopeId, true);
  return octets;
}

/** The address in a `struct sockaddr_in6`. */
export function addressOfSocketAddress6(octets: Uint8Array): IpAddress {
  return addressFromBytes(octets.subarray(SOCKADDR_IN6.address, SOCKADDR_IN6.address + 16));
}

/** `struct sockaddr_ll`: where a frame goes out; the frame itself holds the hardware addresses. */
export function linkSocketAddress(
  interfaceIndex: number,
  etherType: number,
  mac: string,
): Uint8Array<ArrayBuffer> {
  const octets = pinnedBytes(SOCKADDR_LL.size);
  const view = new DataView(octets.buffer);
  view.setUint16(SOCKADDR_LL.family, C.AF_PACKET, true);
  view.setUint16(SOCKADDR_LL.protocol, etherType);
  view.setInt32(SOCKADDR_LL.index, interfaceIndex, true);
  view.setUint8(SOCKADDR_LL.addressLength, 6);
  octets.set(macToBytes(mac), SOCKADDR_LL.address);
  return octets;
}

/** `struct sockaddr_nl`; port 0 is the kernel as a destination and "choose one" for our own end. */
export function netlinkSocketAddress(): Uint8Array<ArrayBuffer> {
  const octets = pinnedBytes(SOCKADDR_NL.size);
  new DataView(octets.buffer).setUint16(SOCKADDR_NL.family, C.AF_NETLINK, true);
  return octets;
}

/** How large the parts of one packet may be; multiples of 8, so that all that follows is aligned. */
export interface ReceiveLimits {
  readonly slots: number;
  readonly packetLength: number;
  readonly controlLength: number;
}

/**
 * Room for several packets, their senders and their control messages, filled by one recvmmsg(2).
 *
 * All memory is allocated once. What the accessors return is a view that the next `receive` overwrites.
 */
export class ReceiveBatch {
  /** How many packets fit. */
  readonly slots: number;
  readonly #libc: Libc;
  readonly #limits: ReceiveLimits;
  readonly #headers: Uint8Array<ArrayBuffer>;
  /** The headers as 32-bit words: all that changes in them from one reading to the next are lengths below 2^32. */
  readonly #fields: Uint32Array;
  readonly #arena: Uint8Array<ArrayBuffer>;
  /** The arena as 32-bit words; packets begin at whole ones. */
  readonly #words: Uint32Array;
  readonly #slotLength: number;
  /** Slots that the kernel may have written into: most readings are of one packet. */
  #used: number;

  constructor(libc: Libc, limits: ReceiveLimits) {
    this.#libc = libc;
    this.#limits = limits;
    this.slots = limits.slots;
    this.#slotLength = IOVEC.size + SOCKADDR_IN6.size + 4 + limits.controlLength + limits.packetLength;
    this.#headers = pinnedBytes(MMSGHDR.size * limits.slots);
    this.#fields = new Uint32Array(this.#headers.buffer);
    this.#arena = pinnedBytes(this.#slotLength * limits.slots);
    this.#words = new Uint32Array(this.#arena.buffer);
    for (let slot = 0; slot < limits.slots; slot++) this.#lay(slot);
    this.#used = limits.slots;
  }

  /** Reads at most `limit` packets; how many there were, or minus errno. */
  receive(descriptor: number, limit: number): number {
    const slots = limit < this.slots ? limit : this.slots;
    for (let slot = 0; slot < this.#used; slot++) this.#offer(slot);
    const count = this.#libc.symbols.recvmmsg(descriptor, this.#headers, slots, C.MSG_DONTWAIT, null);
    this.#used = count > 1 ? count : 1;
    return count < 0 ? -this.#libc.errno() : count;
  }

  packet(slot: number): Uint8Array {
    const start = this.#packetAt(slot);
    return this.#arena.subarray(start, start + this.packetLength(slot));
  }

  /** How many octets the packet has. */
  packetLength(slot: number): number {
    return this.#fields[(slot * MMSGHDR.size + MMSGHDR.length) >> 2]!;
  }

  /** One octet of the packet; what lies behind its end is left from an earlier one. */
  octet(slot: number, at: number): number {
    return this.#arena[this.#packetAt(slot) + at]!;
  }

  /** One 32-bit word of the packet, in the machine's order of octets. */
  word(slot: number, at: number): number {
    return this.#words[(this.#packetAt(slot) >> 2) + at]!;
  }

  /** A copy of the packet in 32-bit words; behind the end of the packet the last one may hold anything. */
  copyWords(slot: number): Uint32Array {
    const start = this.#packetAt(slot) >> 2;
    return this.#words.slice(start, start + ((this.packetLength(slot) + 3) >> 2));
  }

  /** Whether the packet, which must be as long, has the words of such a copy from `from` on. */
  hasWords(slot: number, copy: Uint32Array, from: number): boolean {
    const words = this.#words;
    const start = this.#packetAt(slot) >> 2;
    for (let i = from; i < copy.length; i++) if (words[start + i] !== copy[i]) return false;
    return true;
  }

  /** `struct sockaddr_in6` of the sender, where the socket is of IPv6. */
  sender(slot: number): Uint8Array {
    const start = this.#nameAt(slot);
    return this.#arena.subarray(start, start + SOCKADDR_IN6.size);
  }

  /** The control messages. */
  control(slot: number): Uint8Array {
    const start = this.#controlAt(slot);
    const length = this.#fields[(slot * MMSGHDR.size + MSGHDR.controlLength) >> 2]!;
    return this.#arena.subarray(start, start + length);
  }

  // A slot in the arena: iovec, sender, control messages, packet.
  #nameAt(slot: number): number {
    return slot * this.#slotLength + IOVEC.size;
  }

  #controlAt(slot: number): number {
    return this.#nameAt(slot) + SOCKADDR_IN6.size + 4;
  }

  #packetAt(slot: number): number {
    return this.#controlAt(slot) + this.#limits.controlLength;
  }

  /** Writes the pointers, which never change. */
  #lay(slot: number): void {
    const arena = addressOf(this.#arena);
    const iovec = slot * this.#slotLength;
    const arenaView = new DataView(this.#arena.buffer);
    arenaView.setBigUint64(iovec + IOVEC.base, arena + BigInt(this.#packetAt(slot)), true);
    arenaView.setBigUint64(iovec + IOVEC.length, BigInt(this.#limits.packetLength), true);
    const header = slot * MMSGHDR.size;
    const view = new DataView(this.#headers.buffer);
    view.setBigUint64(header + MSGHDR.name, arena + BigInt(this.#nameAt(slot)), true);
    view.setBigUint64(header + MSGHDR.iov, arena + BigInt(iovec), true);
    view.setBigUint64(header + MSGHDR.iovLength, 1n, true);
    view.setBigUint64(header + MSGHDR.control, arena + BigInt(this.#controlAt(slot)), true);
  }

  /** Writes the lengths, which the kernel overwrites. */
  #offer(slot: number): void {
    const header = slot * MMSGHDR.size;
    this.#fields[(header + MSGHDR.nameLength) >> 2] = SOCKADDR_IN6.size;
    this.#fields[(header + MSGHDR.controlLength) >> 2] = this.#limits.controlLength;
  }
}
