/**
 * VRRP frames made by hand, right ones and wrong ones in every detail.
 *
 * Written apart from the product's own codec on purpose: what both misunderstood in the same way would stay unseen.
 */
import { addressToBytes } from "../../../core/net/address.ts";

/** Where the IPv4 checksum of version 3 starts. */
export type ChecksumStyle =
  /** As the version has it by default: with the pseudo-header in version 3 and IPv6, without in version 2. */
  | "right"
  /** Version 3 over IPv4 as RFC 9568 has it: without. */
  | "plain"
  /** With the pseudo-header of the multicast group although the packet goes elsewhere. */
  | "for_group"
  | "wrong";

/** An advertisement in every detail. */
export interface AdvertSpec {
  readonly source: string;
  readonly sourceMac: string;
  readonly destination: string;
  /** The multicast or broadcast address that belongs to `destination` where it is not given. */
  readonly destinationMac?: string;
  readonly ttl: number;
  readonly protocol: number;
  /** Octets of IPv4 options, a multiple of 4. */
  readonly ipOptions: readonly number[];
  /** The IPv4 total length field, where it is not to be right. */
  readonly ipLength?: number;
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  /** As in the packet: s in version 2, centiseconds in version 3. */
  readonly interval: number;
  /** The four reserved bits in front of the interval of version 3. */
  readonly reserved: number;
  readonly addresses: readonly string[];
  /** The count field, where it is not to be the number of addresses. */
  readonly count?: number;
  readonly authenticationType: number;
  /** At most 8 octets, filled up with zeros; version 2 over IPv4 only. */
  readonly password: string;
  readonly checksum: ChecksumStyle;
  /** Octets behind the message, inside the IP packet. */
  readonly tail: readonly number[];
  /** Octets of the message that are sent; all where it is not given. */
  readonly cut?: number;
  /** Shortest frame: 60 as on a real Ethernet, 0 as on a veth. */
  readonly minimum: number;
}

/** A right advertisement of version 3 over IPv4. */
export const ADVERT: AdvertSpec = {
  source: "10.80.0.100",
  sourceMac: "02:00:00:00:00:64",
  destination: "224.0.0.18",
  ttl: 255,
  protocol: 112,
  ipOptions: [],
  version: 3,
  type: 1,
  vrid: 51,
  priority: 200,
  interval: 20,
  reserved: 0,
  addresses: ["10.80.0.200"],
  authenticationType: 0,
  password: "",
  checksum: "right",
  tail: [],
  minimum: 60,
};

const ETHERTYPE = { 4: [0x08, 0x00], 6: [0x86, 0xdd] } as const;

/** The whole frame, ready for the wire. */
export function advertFrame(changes: Partial<AdvertSpec> = {}): Uint8Array<ArrayBuffer> {
  const spec = { ...ADVERT, ...changes };
  return frameAround(spec, vrrpMessage(spec));
}

/** A frame with any payload instead of an advertisement. */
export function frameAround(spec: AdvertSpec, payload: readonly number[]): Uint8Array<ArrayBuffer> {
  const six = isIpv6(spec.source);
  const body = [...payload, ...spec.tail];
  const ip = six ? ipv6Header(spec, body.length) : ipv4Header(spec, body.length);
  const target = mac(spec.destinationMac ?? macFor(spec.destination));
  const frame = [...target, ...mac(spec.sourceMac), ...ETHERTYPE[six ? 6 : 4], ...ip, ...body];
  while (frame.length < spec.minimum) frame.push(0);
  return Uint8Array.from(frame);
}

/** The VRRP message alone. */
export function vrrpMessage(spec: AdvertSpec): number[] {
  const six = isIpv6(spec.source);
  const fixed = [
    spec.version << 4 | spec.type,
    spec.vrid,
    spec.priority,
    spec.count ?? spec.addresses.length,
  ];
  const middle = spec.version === 2
    ? [spec.authenticationType, spec.interval]
    : [spec.reserved << 4 | spec.interval >> 8 & 0x0f, spec.interval & 0xff];
  const tail = [
    ...spec.addresses.flatMap(octetsOf),
    ...(spec.version === 2 && !six ? passwordOctets(spec.password) : []),
  ];
  const blank = [...fixed, ...middle, 0, 0, ...tail];
  const checksum = checksumFor(spec, blank);
  return [...fixed, ...middle, checksum >> 8, checksum & 0xff, ...tail].slice(0, spec.cut ?? blank.length);
}

function checksumFor(spec: AdvertSpec, blank: readonly number[]): number {
  const destination = spec.checksum === "for_group" ? "224.0.0.18" : spec.destination;
  const covered = (spec.version === 2 && !isIpv6(spec.source)) || spec.checksum === "plain"
    ? blank
    : [...pseudoHeader(spec.source, destination, spec.protocol, blank.length), ...blank];
  const right = internetChecksum(covered);
  return spec.checksum === "wrong" ? right ^ 0x5555 : right;
}

/** The octets that a checksum covers in front of the message (RFC 793 section 3.1, RFC 8200 section 8.1). */
export function pseudoHeader(
  source: string,
  destination: string,
  protocol: number,
  length: number,
): number[] {
  const addresses = [...octetsOf(source), ...octetsOf(destination)];
  return isIpv6(source)
    ? [...addresses, 0, 0, length >> 8, length & 0xff, 0, 0, 0, protocol]
    : [...addresses, 0, protocol, length >> 8, length & 0xff];
}

function ipv4Header(spec: AdvertSpec, payload: number): number[] {
  const words = 5 + spec.ipOptions.length / 4;
  const length = spec.ipLength ?? words * 4 + payload;
  const fixed = [0x40 | words, 0xc0, length >> 8, length & 0xff, 0, 1, 0, 0, spec.ttl, spec.protocol, 0, 0];
  const blank = [...fixed, ...octetsOf(spec.source), ...octetsOf(spec.destination), ...spec.ipOptions];
  const checksum = internetChecksum(blank);
  return blank.with(10, checksum >> 8).with(11, checksum & 0xff);
}

function ipv6Header(spec: AdvertSpec, payload: number): number[] {
  const fixed = [0x6c, 0, 0, 0, payload >> 8, payload & 0xff, spec.protocol, spec.ttl];
  return [...fixed, ...octetsOf(spec.source), ...octetsOf(spec.destination)];
}

/** The one's complement checksum of RFC 1071. */
export function internetChecksum(octets: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i += 2) sum += octets[i]! << 8 | (octets[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

/** The hardware address that a multicast address maps to, broadcast for any other. */
function macFor(destination: string): string {
  const octets = octetsOf(destination);
  const text = (values: readonly number[]) =>
    values.map((value) => value.toString(16).padStart(2, "0")).join(":");
  if (isIpv6(destination) && octets[0] === 0xff) return text([0x33, 0x33, ...octets.slice(12)]);
  if (!isIpv6(destination) && octets[0]! >= 224 && octets[0]! < 240) {
    return text([0x01, 0x00, 0x5e, octets[1]! & 0x7f, octets[2]!, octets[3]!]);
  }
  return "ff:ff:ff:ff:ff:ff";
}

/** A broadcast ARP request that asks who has an address (RFC 826). */
export function arpRequest(asker: { mac: string; address: string }, wanted: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...mac(asker.mac), 0x08, 0x06],
    ...[0, 1, 0x08, 0, 6, 4, 0, 1, ...mac(asker.mac), ...octetsOf(asker.address)],
    ...[0, 0, 0, 0, 0, 0, ...octetsOf(wanted)],
  ]);
}

/** An ICMP echo request in an Ethernet frame (RFC 792). */
export function pingFrame(
  from: { mac: string; address: string },
  to: { mac: string; address: string },
): Uint8Array<ArrayBuffer> {
  const blank = [8, 0, 0, 0, 0x12, 0x34, 0, 1, ...Array.from({ length: 32 }, (_, i) => i)];
  const checksum = internetChecksum(blank);
  return frameAround({
    ...ADVERT,
    source: from.address,
    sourceMac: from.mac,
    destination: to.address,
    destinationMac: to.mac,
    protocol: 1,
    ttl: 64,
  }, blank.with(2, checksum >> 8).with(3, checksum & 0xff));
}

/** The octets of an IPv4 or IPv6 address. */
export function octetsOf(address: string): number[] {
  return [...addressToBytes(address)];
}

/** The octets of a hardware address. */
function mac(address: string): number[] {
  return address.split(":").map((octet) => Number(`0x${octet}`));
}

function isIpv6(address: string): boolean {
  return address.includes(":");
}

function passwordOctets(password: string): number[] {
  return [...new TextEncoder().encode(password.padEnd(8, "\0")).subarray(0, 8)];
}
