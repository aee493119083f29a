/**
 * The authentication trailer behind an advertisement, as keepalived has it since 2.4.2 (draft-cassen-vrrp-auth-hmac).
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |     Type      |    Key ID     |           reserved            |
 * |           seconds of the Unix epoch                           |
 * |     1/65536 of a second       |            Counter            |
 * |           first 16 octets of an HMAC-SHA256                   |
 * ```
 *
 * The code covers a pseudo-header, the message with a checksum of zero, and the trailer with a code of zero; the IP
 * header and the destination are not in it. Over IPv6 the checksum of the message covers the trailer, over IPv4 it
 * does not.
 */
import { addressToBytes, familyOf, type IpAddress } from "../net/address.ts";
import { type HmacSha256, sameCode } from "../net/sha256.ts";

/** Octets of the trailer. */
export const TRAILER_LENGTH = 28;

/** The type octet: HMAC-SHA256 cut to 128 bits, the only one there is. */
export const HMAC_SHA256_TRAILER = 1;

const CODE_AT = 12;
const CODE_LENGTH = 16;
const CHECKSUM_AT = 6;
const PSEUDO_HEADER_LENGTH = 20;
const NO_CODE = new Uint8Array(CODE_LENGTH);

/** A trailer as it was received, with what its code is about; nothing of it is believed yet. */
export interface ReceivedTrailer {
  readonly type: number;
  readonly keyId: number;
  /** Zero from a proper sender. */
  readonly reserved: number;
  /** s since the Unix epoch, modulo 2^32. */
  readonly seconds: number;
  /** 1/65536 s in the high 16 bits, the counter in the low ones. */
  readonly fraction: number;
  /** One character an octet. */
  readonly code: string;
  /** The octets in front of the code that it covers: message without checksum, head of the trailer. */
  readonly covered: string;
}

/** What says which virtual router a code is about. */
export interface TrailerContext {
  readonly version: 2 | 3;
  readonly vrid: number;
  readonly source: IpAddress;
}

/** Reads the last 28 octets of `bytes`; what stands before them is the message. */
export function decodeTrailer(bytes: Uint8Array): ReceivedTrailer {
  const at = bytes.length - TRAILER_LENGTH;
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, TRAILER_LENGTH);
  const covered = bytes.slice(0, at + CODE_AT);
  covered.fill(0, CHECKSUM_AT, CHECKSUM_AT + 2);
  return {
    type: view.getUint8(0),
    keyId: view.getUint8(1),
    reserved: view.getUint16(2),
    seconds: view.getUint32(4),
    fraction: view.getUint32(8),
    code: octetText(bytes.subarray(at + CODE_AT)),
    covered: octetText(covered),
  };
}

/**
 * The trailer of a message, signed.
 *
 * @param message the VRRP message; its checksum may be anything
 * @param sequence seconds in the high 32 bits, then fraction and counter
 */
export function encodeTrailer(
  message: Uint8Array,
  keyId: number,
  sequence: bigint,
  key: HmacSha256,
  context: TrailerContext,
): Uint8Array<ArrayBuffer> {
  const covered = new Uint8Array(message.length + CODE_AT);
  covered.set(message);
  covered.fill(0, CHECKSUM_AT, CHECKSUM_AT + 2);
  covered[message.length] = HMAC_SHA256_TRAILER;
  covered[message.length + 1] = keyId;
  new DataView(covered.buffer).setBigUint64(message.length + 4, sequence);
  const trailer = new Uint8Array(TRAILER_LENGTH);
  trailer.set(covered.subarray(message.length));
  trailer.set(codeOf(covered, key, context), CODE_AT);
  return trailer;
}

/** Whether the code of a trailer is the one that the key gives. */
export function trailerIsAuthentic(
  trailer: ReceivedTrailer,
  key: HmacSha256,
  context: TrailerContext,
): boolean {
  return sameCode(octetsOf(trailer.code), codeOf(octetsOf(trailer.covered), key, context));
}

function codeOf(covered: Uint8Array, key: HmacSha256, context: TrailerContext): Uint8Array {
  return key.authenticate(pseudoHeader(context), covered, NO_CODE).subarray(0, CODE_LENGTH);
}

/** Ties the code to family, version, virtual router and sender, so that it is of no use anywhere else. */
function pseudoHeader({ version, vrid, source }: TrailerContext): Uint8Array {
  const header = new Uint8Array(PSEUDO_HEADER_LENGTH);
  header[0] = familyOf(source);
  header[1] = version;
  header[2] = vrid;
  header.set(addressToBytes(source), 4);
  return header;
}

/** Octets as a text of one character each: an event is plain data, and hexadecimal is slow under a flood. */
export function octetText(octets: Uint8Array): string {
  return String.fromCharCode(...octets);
}

/** The octets of such a text. */
export function octetsOf(text: string): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(text.length);
  for (let i = 0; i < octets.length; i++) octets[i] = text.charCodeAt(i);
  return octets;
}
