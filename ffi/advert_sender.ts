/**
 * The raw sockets through which advertisements leave, and the packets kept ready for them.
 */
import { addressToBytes, type Family, familyOf, type IpAddress, isMulticast } from "../core/net/address.ts";
import {
  encodeIpv4Header,
  INTERNETWORK_CONTROL,
  IPV4_HEADER_LENGTH,
  IPV4_ID_OFFSET,
  VRRP_PROTOCOL,
} from "../core/packet/ip.ts";
import { AH_LENGTH, AH_PROTOCOL, seal, writeHeader } from "../core/packet/authentication_header.ts";
import { encodeAdvertisement } from "../core/packet/vrrp.ts";
import { octetsOf } from "../core/packet/vrrp_trailer.ts";
import type { OsResult, OutgoingAdvert } from "../core/ports.ts";
import { PASS_NOTHING } from "./advert_filter.ts";
import { C } from "./constants.ts";
import { DONE, refusal } from "./errno.ts";
import { CMSGHDR, controlSpace, IN6_PKTINFO, IOVEC, MSGHDR } from "./layout.ts";
import { addressOf, type Libc, pinnedBytes } from "./libc.ts";
import { ipSocketAddress, Socket } from "./socket.ts";

const TC_PRIO_CONTROL = 7;

/** A packet to one destination, ready for the system call. */
export type ReadyPacket = ReadyPacket4 | ReadyPacket6;

interface ReadyPacket4 {
  readonly family: 4;
  /** IP header and message. */
  readonly packet: Uint8Array<ArrayBuffer>;
  /** What the packet is sealed with once it has its identification; null without an authentication header. */
  readonly key: Uint8Array | null;
  readonly length: bigint;
  readonly to: Uint8Array<ArrayBuffer>;
  readonly flags: number;
}

interface ReadyPacket6 {
  readonly family: 6;
  /** `struct msghdr` with all that it points to behind it. */
  readonly message: Uint8Array<ArrayBuffer>;
}

/** Encodes an advertisement for each of its destinations. */
export function preparePackets(advert: OutgoingAdvert, interfaceIndex: number): readonly ReadyPacket[] {
  const trailer = advert.trailer === undefined ? null : octetsOf(advert.trailer);
  return advert.destinations.map((destination) => {
    const message = encodeAdvertisement(advert.advertisement, {
      source: advert.source,
      destination: advert.checksumFor ?? destination,
      checksumWithoutPseudoHeader: advert.checksumWithoutPseudoHeader,
      trailer,
    });
    return familyOf(destination) === 4
      ? prepare4(advert, destination, message)
      : prepare6(advert, destination, message, interfaceIndex);
  });
}

function prepare4(advert: OutgoingAdvert, destination: IpAddress, message: Uint8Array): ReadyPacket4 {
  const { header } = advert;
  const inFront = IPV4_HEADER_LENGTH + (header === undefined ? 0 : AH_LENGTH);
  const packet = pinnedBytes(inFront + message.length);
  packet.set(encodeIpv4Header({
    source: advert.source,
    destination,
    protocol: header === undefined ? VRRP_PROTOCOL : AH_PROTOCOL,
    ttl: advert.ttl,
    tos: INTERNETWORK_CONTROL,
    id: 0,
    totalLength: packet.length,
  }));
  packet.set(message, inFront);
  if (header !== undefined) writeHeader(packet, header.sequence);
  return {
    family: 4,
    packet,
    key: header === undefined ? null : octetsOf(header.key),
    length: BigInt(packet.length),
    to: ipSocketAddress(destination),
    // A group is on the link, whatever the routing table says.
    flags: isMulticast(destination) ? C.MSG_DONTROUTE : 0,
  };
}

/** Source, hop limit and traffic class go with the packet as control messages. */
function prepare6(
  advert: OutgoingAdvert,
  destination: IpAddress,
  message: Uint8Array,
  interfaceIndex: number,
): ReadyPacket6 {
  const to = ipSocketAddress(destination, interfaceIndex);
  const control = encodeControl6(advert.source, advert.ttl, interfaceIndex);
  const iovecAt = MSGHDR.size;
  const controlAt = iovecAt + IOVEC.size;
  const toAt = controlAt + control.length;
  const messageAt = toAt + to.length;
  const octets = pinnedBytes(messageAt + message.length);
  const view = new DataView(octets.buffer);
  const base = addressOf(octets);
  view.setBigUint64(MSGHDR.name, base + BigInt(toAt), true);
  view.setUint32(MSGHDR.nameLength, to.length, true);
  view.setBigUint64(MSGHDR.iov, base + BigInt(iovecAt), true);
  view.setBigUint64(MSGHDR.iovLength, 1n, true);
  view.setBigUint64(MSGHDR.control, base + BigInt(controlAt), true);
  view.setBigUint64(MSGHDR.controlLength, BigInt(control.length), true);
  view.setBigUint64(iovecAt + IOVEC.base, base + BigInt(messageAt), true);
  view.setBigUint64(iovecAt + IOVEC.length, BigInt(message.length), true);
  octets.set(control, controlAt);
  octets.set(to, toAt);
  octets.set(message, messageAt);
  return { family: 6, message: octets };
}

function encodeControl6(source: IpAddress, hopLimit: number, interfaceIndex: number): Uint8Array {
  const octets = new Uint8Array(controlSpace(IN6_PKTINFO.size) + 2 * controlSpace(4));
  const view = new DataView(octets.buffer);
  let at = 0;
  const add = (type: number, length: number): number => {
    view.setBigUint64(at + CMSGHDR.length, BigInt(CMSGHDR.data + length), true);
    view.setInt32(at + CMSGHDR.level, C.SOL_IPV6, true);
    view.setInt32(at + CMSGHDR.type, type, true);
    const data = at + CMSGHDR.data;
    at += controlSpace(length);
    return data;
  };
  const packetInfo = add(C.IPV6_PKTINFO, IN6_PKTINFO.size);
  octets.set(addressToBytes(source), packetInfo + IN6_PKTINFO.address);
  view.setUint32(packetInfo + IN6_PKTINFO.index, interfaceIndex, true);
  view.setInt32(add(C.IPV6_HOPLIMIT, 4), hopLimit, true);
  view.setInt32(add(C.IPV6_TCLASS, 4), INTERNETWORK_CONTROL, true);
  return octets;
}

/** One sending socket of an interface and family; an interface "" leaves the way to the routing table. */
export class AdvertSender implements Disposable {
  readonly #libc: Libc;
  readonly #socket: Socket;

  /** @throws {OsError} naming the step that was refused; nothing is left open then */
  constructor(libc: Libc, family: Family, interfaceName: string, readonly interfaceIndex: number) {
    this.#libc = libc;
    const domain = family === 4 ? C.AF_INET : C.AF_INET6;
    this.#socket = new Socket(
      libc,
      domain,
      C.SOCK_RAW | C.SOCK_NONBLOCK,
      VRRP_PROTOCOL,
      "raw VRRP sending socket",
    );
    try {
      this.#setUp(family, interfaceName);
    } catch (error) {
      this.#socket[Symbol.dispose]();
      throw error;
    }
  }

  /** Whether packets can still be sent through it. */
  get isOpen(): boolean {
    return this.#socket.descriptor >= 0;
  }

  /** Hands one packet to the kernel; `id` is its IP identification. */
  send(ready: ReadyPacket, id: number): OsResult {
    const { symbols } = this.#libc;
    const descriptor = this.#socket.descriptor;
    if (ready.family === 6) {
      return symbols.sendmsg(descriptor, ready.message, 0) < 0 ? refusal(this.#libc.errno()) : DONE;
    }
    ready.packet[IPV4_ID_OFFSET] = id >> 8;
    ready.packet[IPV4_ID_OFFSET + 1] = id & 0xff;
    if (ready.key !== null) seal(ready.packet, ready.key);
    const sent = symbols.sendto(
      descriptor,
      ready.packet,
      ready.length,
      ready.flags,
      ready.to,
      ready.to.length,
    );
    return sent < 0 ? refusal(this.#libc.errno()) : DONE;
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  #setUp(family: Family, interfaceName: string): void {
    const socket = this.#socket;
    socket.attachFilter(PASS_NOTHING);
    if (interfaceName !== "") socket.bindToInterface(interfaceName);
    if (family === 4) {
      socket.set(C.SOL_IP, C.IP_HDRINCL, 1, "write IP headers");
      socket.set(C.SOL_IP, C.IP_MULTICAST_ALL, 0, "limit multicast to joined groups");
      socket.set(C.SOL_IP, C.IP_MULTICAST_LOOP, 0, "switch off multicast loop");
      socket.set(C.SOL_IP, C.IP_TOS, INTERNETWORK_CONTROL, "set type of service");
    } else {
      socket.trySet(C.SOL_IPV6, C.IPV6_MULTICAST_ALL, 0);
      socket.set(C.SOL_IPV6, C.IPV6_MULTICAST_LOOP, 0, "switch off multicast loop");
      // As over IPv4, the source need not be on the interface, nor be through with duplicate detection.
      socket.set(C.SOL_IPV6, C.IPV6_FREEBIND, 1, "allow sending from an absent address");
      if (interfaceName !== "") {
        socket.set(C.SOL_IPV6, C.IPV6_MULTICAST_IF, this.interfaceIndex, "choose multicast interface");
      }
    }
    // After IP_TOS, which sets a priority of its own.
    socket.set(C.SOL_SOCKET, C.SO_PRIORITY, TC_PRIO_CONTROL, "set priority");
  }
}
