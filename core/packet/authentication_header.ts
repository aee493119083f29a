/**
 * The IPsec authentication header (RFC 2402) between IPv4 header and VRRP message: `auth_type AH` of version 2
 * (RFC 2338 section 10.3), with HMAC-MD5-96.
 *
 * ```
 *  0                   1                   2                   3
 * | Next Header   |  Payload Len  |           RESERVED            |
 * |                 Security Parameters Index (SPI)               |
 * |                      Sequence Number Field                    |
 * |               Authentication Data, 12 octets                  |
 * ```
 *
 * As keepalived has it: the SPI is the sender's address, and the code covers the whole packet with type of service,
 * fragmentation, header checksum and the code itself as zeros; the TTL counts as 0 in unicast, and as sent in multicast.
 */
import { hmacMd5 } from "../net/md5.ts";
import { sameCode } from "../net/sha256.ts";
import { IPV4_HEADER_LENGTH, VRRP_PROTOCOL } from "./ip.ts";
import { octetsOf, octetText } from "./vrrp_trailer.ts";

/** IP protocol number of the authentication header. */
export const AH_PROTOCOL = 51;

/** Octets of the header with its code. */
export const AH_LENGTH = 24;

/** Words of 32 bits in the header, less 2. */
const PAYLOAD_LENGTH = AH_LENGTH / 4 - 2;
const SPI_AT = 4;
const SEQUENCE_AT = 8;
const CODE_AT = 12;
const TTL_AT = 8;
const SOURCE_AT = 12;
const DESTINATION_AT = 16;

/** What a sender needs: the key, one character an octet, and a number that grows with each packet. */
export interface OutgoingHeader {
  readonly key: string;
  /** 1..4294967295 */
  readonly sequence: number;
}

/** What was found in front of a VRRP message, before its code is believed. */
export interface ReceivedHeader {
  readonly sequence: number;
  /** The code, and all that it covers; one character an octet. */
  readonly code: string;
  readonly covered: string;
}

/** Writes the header behind the IPv4 header of a packet that has room for it; its code comes with {@linkcode seal}. */
export function writeHeader(packet: Uint8Array, sequence: number): void {
  const header = packet.subarray(IPV4_HEADER_LENGTH, IPV4_HEADER_LENGTH + AH_LENGTH);
  header[0] = VRRP_PROTOCOL;
  header[1] = PAYLOAD_LENGTH;
  header.set(packet.subarray(SOURCE_AT, SOURCE_AT + 4), SPI_AT);
  new DataView(header.buffer, header.byteOffset).setUint32(SEQUENCE_AT, sequence);
}

/** Puts the code into a packet that is complete otherwise. */
export function seal(packet: Uint8Array, key: Uint8Array): void {
  const code = hmacMd5(key, coveredOf(packet, IPV4_HEADER_LENGTH)).subarray(0, AH_LENGTH - CODE_AT);
  packet.set(code, IPV4_HEADER_LENGTH + CODE_AT);
}

/**
 * The header of a packet with an IPv4 header of a length; null where there is none, or one of another sender.
 */
export function readHeader(packet: Uint8Array, headerLength: number): ReceivedHeader | null {
  const header = packet.subarray(headerLength, headerLength + AH_LENGTH);
  if (header.length < AH_LENGTH || header[0] !== VRRP_PROTOCOL || header[1] !== PAYLOAD_LENGTH) return null;
  for (let i = 0; i < 4; i++) if (header[SPI_AT + i] !== packet[SOURCE_AT + i]) return null;
  return {
    sequence: new DataView(header.buffer, header.byteOffset).getUint32(SEQUENCE_AT),
    code: octetText(header.subarray(CODE_AT)),
    covered: octetText(coveredOf(packet, headerLength)),
  };
}

/** Whether the sender of a header has the key, one character an octet. */
export function headerIsAuthentic({ code, covered }: ReceivedHeader, key: string): boolean {
  const right = hmacMd5(octetsOf(key), octetsOf(covered)).subarray(0, AH_LENGTH - CODE_AT);
  return sameCode(octetsOf(code), right);
}

/** The first four bits of a group's address. */
const MULTICAST = 0xe;

/** The packet without what routers may change on its way, and without the code. */
function coveredOf(packet: Uint8Array, headerLength: number): Uint8Array {
  const covered = packet.slice();
  covered[1] = 0;
  covered.fill(0, 6, 8);
  if (packet[DESTINATION_AT]! >> 4 !== MULTICAST) covered[TTL_AT] = 0;
  covered.fill(0, 10, 12);
  covered.fill(0, headerLength + CODE_AT, headerLength + AH_LENGTH);
  return covered;
}
