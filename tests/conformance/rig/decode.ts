/**
 * What is in a captured frame, field by field, apart from the product's own codec.
 */
import { addressFromBytes } from "../../../core/net/address.ts";
import type { CapturedFrame } from "../../../ffi/packet_socket.ts";
import { internetChecksum, pseudoHeader } from "./packet.ts";

interface Frame extends CapturedFrame {
  readonly sourceMac: string;
  readonly destinationMac: string;
}

interface IpFrame extends Frame {
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** TTL or hop limit */
  readonly ttl: number;
  /** TOS or traffic class */
  readonly tos: number;
  readonly protocol: number;
  /** IPv4 only: the header as it is, and whether its checksum is right. */
  readonly header: Uint8Array;
  readonly headerIsRight: boolean;
  /** What the IP packet carries, as long as the header says. */
  readonly payload: Uint8Array;
}

/** An advertisement. */
export interface VrrpFrame extends IpFrame {
  readonly kind: "vrrp";
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  readonly count: number;
  /** As in the packet: s in version 2, centiseconds in version 3. */
  readonly interval: number;
  readonly addresses: readonly string[];
  /** Which sum the checksum is right for. */
  readonly checksum: "pseudo_header" | "plain" | "for_group" | "wrong";
  /** Octets behind the addresses. */
  readonly trailer: Uint8Array;
}

/** An ARP packet for IPv4. */
export interface ArpFrame extends Frame {
  readonly kind: "arp";
  /** 1 request, 2 reply */
  readonly operation: number;
  readonly senderMac: string;
  readonly sender: string;
  readonly targetMac: string;
  readonly target: string;
}

/** A neighbour advertisement (RFC 4861 section 4.4). */
export interface NeighbourFrame extends IpFrame {
  readonly kind: "neighbour";
  readonly target: string;
  readonly router: boolean;
  readonly solicited: boolean;
  readonly override: boolean;
  /** null without the option */
  readonly targetMac: string | null;
  readonly checksumIsRight: boolean;
}

/** A membership report: IGMPv3 (RFC 3376 section 4.2) or MLDv2 (RFC 3810 section 5.2). */
export interface MembershipFrame extends IpFrame {
  readonly kind: "membership";
  /** 3 and 1 to 6: the record types; 4 or 2 is a join, 3 is a leave. */
  readonly records: readonly { readonly type: number; readonly group: string }[];
}

/** An answer to a ping. */
export interface EchoFrame extends IpFrame {
  readonly kind: "echo_reply";
}

/** Anything else. */
export interface OtherFrame extends Frame {
  readonly kind: "other";
}

/** A decoded frame. */
export type Seen = VrrpFrame | ArpFrame | NeighbourFrame | MembershipFrame | EchoFrame | OtherFrame;

/** Takes a frame apart. */
export function decodeFrame(captured: CapturedFrame): Seen {
  const { octets } = captured;
  const frame: Frame = {
    ...captured,
    destinationMac: macText(octets.subarray(0, 6)),
    sourceMac: macText(octets.subarray(6, 12)),
  };
  switch (word(octets, 12)) {
    case 0x0800:
      return octets.length >= 34 ? decodeIp(ipv4(frame, octets.subarray(14))) : other(frame);
    case 0x86dd:
      return octets.length >= 54 ? decodeIp(ipv6(frame, octets.subarray(14))) : other(frame);
    case 0x0806:
      return octets.length >= 42 ? arp(frame, octets.subarray(14)) : other(frame);
    default:
      return other(frame);
  }
}

function other(frame: Frame): OtherFrame {
  return { ...frame, kind: "other" };
}

function ipv4(frame: Frame, packet: Uint8Array): IpFrame {
  const headerLength = (packet[0]! & 0x0f) * 4;
  const header = packet.subarray(0, headerLength);
  return {
    ...frame,
    family: 4,
    source: addressFromBytes(packet.subarray(12, 16)),
    destination: addressFromBytes(packet.subarray(16, 20)),
    ttl: packet[8]!,
    tos: packet[1]!,
    protocol: packet[9]!,
    header,
    headerIsRight: internetChecksum(header) === 0,
    payload: packet.subarray(headerLength, word(packet, 2)),
  };
}

function ipv6(frame: Frame, packet: Uint8Array): IpFrame {
  // A hop-by-hop header (next header 0) of 8 octets stands in front of every MLD message.
  const skip = packet[6] === 0 ? 8 : 0;
  return {
    ...frame,
    family: 6,
    source: addressFromBytes(packet.subarray(8, 24)),
    destination: addressFromBytes(packet.subarray(24, 40)),
    ttl: packet[7]!,
    tos: word(packet, 0) >> 4 & 0xff,
    protocol: skip === 0 ? packet[6]! : packet[40]!,
    header: packet.subarray(0, 40),
    headerIsRight: true,
    payload: packet.subarray(40 + skip, 40 + word(packet, 4)),
  };
}

function decodeIp(ip: IpFrame): Seen {
  const { payload, protocol, family } = ip;
  if (protocol === 112 && payload.length >= 8) return vrrp(ip);
  if (family === 4 && protocol === 2) return igmp(ip);
  if (family === 4 && protocol === 1 && payload[0] === 0) return { ...ip, kind: "echo_reply" };
  if (family === 6 && protocol === 58) return icmp6(ip);
  return other(ip);
}

function vrrp(ip: IpFrame): VrrpFrame {
  const { payload, family } = ip;
  const version = payload[0]! >> 4;
  const size = family === 4 ? 4 : 16;
  const end = 8 + payload[3]! * size;
  const addresses: string[] = [];
  for (let at = 8; at + size <= Math.min(end, payload.length); at += size) {
    addresses.push(addressFromBytes(payload.subarray(at, at + size)));
  }
  return {
    ...ip,
    kind: "vrrp",
    version,
    type: payload[0]! & 0x0f,
    vrid: payload[1]!,
    priority: payload[2]!,
    count: payload[3]!,
    interval: version === 2 ? payload[5]! : (payload[4]! & 0x0f) << 8 | payload[5]!,
    addresses,
    checksum: checksumOf(ip),
    trailer: payload.subarray(end),
  };
}

function checksumOf(ip: IpFrame): VrrpFrame["checksum"] {
  const { payload, source, destination } = ip;
  const before = pseudoHeader(source, destination, 112, payload.length);
  if (internetChecksum([...before, ...payload]) === 0) return "pseudo_header";
  if (internetChecksum(payload) === 0) return "plain";
  if (ip.family === 6) return "wrong";
  const forGroup = pseudoHeader(source, "224.0.0.18", 112, payload.length);
  return internetChecksum([...forGroup, ...payload]) === 0 ? "for_group" : "wrong";
}

function igmp(ip: IpFrame): Seen {
  const { payload } = ip;
  if (payload[0] !== 0x22) return other(ip);
  const records: { type: number; group: string }[] = [];
  for (let at = 8, left = word(payload, 6); left > 0 && at + 8 <= payload.length; left--) {
    records.push({ type: payload[at]!, group: addressFromBytes(payload.subarray(at + 4, at + 8)) });
    at += 8 + word(payload, at + 2) * 4 + payload[at + 1]! * 4;
  }
  return { ...ip, kind: "membership", records };
}

function icmp6(ip: IpFrame): Seen {
  const { payload, source, destination } = ip;
  const before = pseudoHeader(source, destination, 58, payload.length);
  if (payload[0] === 129) return { ...ip, kind: "echo_reply" };
  if (payload[0] === 143) return mld(ip);
  if (payload[0] !== 136 || payload.length < 24) return other(ip);
  return {
    ...ip,
    kind: "neighbour",
    target: addressFromBytes(payload.subarray(8, 24)),
    router: (payload[4]! & 0x80) !== 0,
    solicited: (payload[4]! & 0x40) !== 0,
    override: (payload[4]! & 0x20) !== 0,
    targetMac: payload[24] === 2 ? macText(payload.subarray(26, 32)) : null,
    checksumIsRight: internetChecksum([...before, ...payload]) === 0,
  };
}

function mld(ip: IpFrame): Seen {
  const { payload } = ip;
  const records: { type: number; group: string }[] = [];
  for (let at = 8, left = word(payload, 6); left > 0 && at + 20 <= payload.length; left--) {
    records.push({ type: payload[at]!, group: addressFromBytes(payload.subarray(at + 4, at + 20)) });
    at += 20 + word(payload, at + 2) * 16 + payload[at + 1]! * 4;
  }
  return { ...ip, kind: "membership", records };
}

function arp(frame: Frame, packet: Uint8Array): ArpFrame {
  return {
    ...frame,
    kind: "arp",
    operation: word(packet, 6),
    senderMac: macText(packet.subarray(8, 14)),
    sender: addressFromBytes(packet.subarray(14, 18)),
    targetMac: macText(packet.subarray(18, 24)),
    target: addressFromBytes(packet.subarray(24, 28)),
  };
}

/** One line for error messages. */
export function showFrame(frame: Seen): string {
  switch (frame.kind) {
    case "vrrp":
      return `VRRPv${frame.version} ${frame.source} > ${frame.destination} vrid ${frame.vrid} ` +
        `prio ${frame.priority} intvl ${frame.interval} ttl ${frame.ttl} sum ${frame.checksum}: ${frame.addresses}`;
    case "arp":
      return `ARP ${frame.operation === 1 ? "who has" : "reply"} ${frame.target} from ${frame.sender}`;
    case "neighbour":
      return `NA ${frame.target} at ${frame.targetMac} to ${frame.destination}`;
    case "membership":
      return `membership ${frame.records.map(({ type, group }) => `${type}:${group}`).join(" ")}`;
    case "echo_reply":
      return `echo reply ${frame.source} > ${frame.destination}`;
    case "other":
      return `other, ethertype ${word(frame.octets, 12).toString(16)}, ${frame.octets.length} octets`;
    default:
      return frame satisfies never;
  }
}

function word(octets: Uint8Array, at: number): number {
  return (octets[at] ?? 0) << 8 | (octets[at + 1] ?? 0);
}

function macText(octets: Uint8Array): string {
  return [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join(":");
}
