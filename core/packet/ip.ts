/**
 * The IPv4 header (RFC 791 section 3.1) as VRRP needs it, and the fixed IPv6 header (RFC 8200 section 3).
 *
 * ```
 *  0                   1                   2                   3
 * |Version|  IHL  |Type of Service|          Total Length         |
 * |         Identification        |Flags|      Fragment Offset    |
 * |  Time to Live |    Protocol   |         Header Checksum       |
 * |                       Source Address                          |
 * |                    Destination Address                        |
 * ```
 */
import { addressFromBytes, addressToBytes, type IpAddress } from "../net/address.ts";
import { checksumOf, sumWords } from "../net/checksum.ts";

/** IP protocol number of VRRP. */
export const VRRP_PROTOCOL = 112;

/** IP protocol number of ICMPv6. */
export const ICMPV6_PROTOCOL = 58;

/** Type of service of VRRP packets: precedence "internetwork control", as routers send it. */
export const INTERNETWORK_CONTROL = 0xc0;

/** Octets of an IPv4 header without options. */
export const IPV4_HEADER_LENGTH = 20;

/** Octets of the fixed IPv6 header. */
export const IPV6_HEADER_LENGTH = 40;

/** Where the identification is in an IPv4 header. */
export const IPV4_ID_OFFSET = 4;

/** The parts of an IPv4 header that matter here. */
export interface Ipv4Header {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly protocol: number;
  readonly ttl: number;
  readonly tos: number;
  /** 0..65535 */
  readonly id: number;
  /** Octets of header and payload together. */
  readonly totalLength: number;
}

/** An IPv4 header that was found at the front of a packet. */
export interface ParsedIpv4Header extends Ipv4Header {
  /** Octets of the header with its options: 20..60. */
  readonly headerLength: number;
}

/** The 20 octets of a header without options, its checksum filled in. */
export function encodeIpv4Header(header: Ipv4Header): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(IPV4_HEADER_LENGTH);
  const view = new DataView(octets.buffer);
  octets[0] = 0x45;
  octets[1] = header.tos;
  view.setUint16(2, header.totalLength);
  view.setUint16(IPV4_ID_OFFSET, header.id);
  octets[8] = header.ttl;
  octets[9] = header.protocol;
  octets.set(addressToBytes(header.source), 12);
  octets.set(addressToBytes(header.destination), 16);
  view.setUint16(10, checksumOf(sumWords(octets)));
  return octets;
}

/** The header at the front of a packet, or null where there is none; its checksum is the kernel's to verify. */
export function decodeIpv4Header(packet: Uint8Array): ParsedIpv4Header | null {
  if (packet.length < IPV4_HEADER_LENGTH || packet[0]! >> 4 !== 4) return null;
  const headerLength = (packet[0]! & 0x0f) * 4;
  if (headerLength < IPV4_HEADER_LENGTH || headerLength > packet.length) return null;
  return {
    headerLength,
    tos: packet[1]!,
    totalLength: (packet[2]! << 8) | packet[3]!,
    id: (packet[4]! << 8) | packet[5]!,
    ttl: packet[8]!,
    protocol: packet[9]!,
    source: addressFromBytes(packet.subarray(12, 16)),
    destination: addressFromBytes(packet.subarray(16, 20)),
  };
}

/** The identification after `id`: 1..65535 round and round, as 0 would ask the kernel to choose one. */
export function nextIpId(id: number): number {
  return id % 0xffff + 1;
}

/** The 40 octets of an IPv6 header with traffic class and flow label zero. */
export function encodeIpv6Header(header: {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly nextHeader: number;
  readonly hopLimit: number;
  readonly payloadLength: number;
}): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(IPV6_HEADER_LENGTH);
  octets[0] = 0x60;
  octets[4] = header.payloadLength >> 8;
  octets[5] = header.payloadLength & 0xff;
  octets[6] = header.nextHeader;
  octets[7] = header.hopLimit;
  octets.set(addressToBytes(header.source), 8);
  octets.set(addressToBytes(header.destination), 24);
  return octets;
}
