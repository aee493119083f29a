/**
 * Ethernet frames made by hand, good and bad, for throwing at a daemon.
 *
 * Written apart from the product's own codec on purpose: what both misunderstood in the same way would stay unseen.
 */

/** A VRRP packet over IPv4 in every detail that can be wrong. */
export interface FrameSpec {
  readonly source: string;
  readonly sourceMac: string;
  readonly destination: string;
  readonly ttl: number;
  readonly version: number;
  readonly type: number;
  readonly vrid: number;
  readonly priority: number;
  /** s in version 2, centiseconds in version 3. */
  readonly interval: number;
  readonly addresses: readonly string[];
  /** The count field, where it is not to be the number of addresses. */
  readonly count?: number;
  readonly authenticationType: number;
  readonly password: string;
  /** Added to the checksum; 0 for a right one. */
  readonly checksumError?: number;
  /** Octets of the VRRP packet that are sent; all where it is not given. */
  readonly length?: number;
}

const ETHERTYPE_IPV4 = [0x08, 0x00];
const PROTOCOL_VRRP = 112;

/** The whole frame, ready for the wire. */
export function vrrpFrame(spec: FrameSpec): Uint8Array<ArrayBuffer> {
  const vrrp = vrrpPacket(spec);
  const ip = ipv4Header(spec, vrrp.length);
  return Uint8Array.from([
    ...destinationMac(spec),
    ...mac(spec.sourceMac),
    ...ETHERTYPE_IPV4,
    ...ip,
    ...vrrp,
  ]);
}

function vrrpPacket(spec: FrameSpec): number[] {
  const fixed = [
    spec.version << 4 | spec.type,
    spec.vrid,
    spec.priority,
    spec.count ?? spec.addresses.length,
  ];
  const version3 = [spec.interval >> 8 & 0x0f, spec.interval & 0xff];
  const middle = spec.version === 3 ? version3 : [spec.authenticationType, spec.interval];
  const tail = [
    ...spec.addresses.flatMap(ipv4),
    ...(spec.version === 3 ? [] : passwordOctets(spec.password)),
  ];
  const blank = [...fixed, ...middle, 0, 0, ...tail];
  const pseudo = spec.version === 3 ? pseudoHeader(spec, blank.length) : [];
  const checksum = (internetChecksum([...pseudo, ...blank]) + (spec.checksumError ?? 0)) & 0xffff;
  return [...fixed, ...middle, checksum >> 8, checksum & 0xff, ...tail].slice(0, spec.length ?? blank.length);
}

function pseudoHeader(spec: FrameSpec, length: number): number[] {
  return [...ipv4(spec.source), ...ipv4(spec.destination), 0, PROTOCOL_VRRP, length >> 8, length & 0xff];
}

function ipv4Header(spec: FrameSpec, payload: number): number[] {
  const length = 20 + payload;
  const header = [0x45, 0xc0, length >> 8, length & 0xff, 0, 1, 0, 0, spec.ttl, PROTOCOL_VRRP, 0, 0];
  const blank = [...header, ...ipv4(spec.source), ...ipv4(spec.destination)];
  const checksum = internetChecksum(blank);
  return blank.with(10, checksum >> 8).with(11, checksum & 0xff);
}

/** The one's complement checksum of RFC 1071. */
function internetChecksum(octets: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < octets.length; i += 2) sum += octets[i]! << 8 | (octets[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}

function destinationMac(spec: FrameSpec): number[] {
  const [first, second, third, fourth] = ipv4(spec.destination);
  if (first! < 224) return mac("ff:ff:ff:ff:ff:ff");
  return [0x01, 0x00, 0x5e, second! & 0x7f, third!, fourth!];
}

const ipv4 = (address: string) => address.split(".").map(Number);
const mac = (address: string) => address.split(":").map((octet) => Number(`0x${octet}`));
const passwordOctets = (
  password: string,
) => [...new TextEncoder().encode(password.padEnd(8, "\0")).subarray(0, 8)];
