/**
 * The VRRP advertisement: type and codec of versions 2 (RFC 3768) and 3 (RFC 9568).
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Version| Type  | Virtual Rtr ID|   Priority    |Count IP Addrs |
 * |   Auth Type   |  Adver Int s  |          Checksum             |  version 2
 * |  0    |    Max Adver Int cs   |          Checksum             |  version 3
 * |                    IP addresses, 4 or 16 octets each          |
 * |            Authentication data, 8 octets                      |  version 2 over IPv4 only
 * |            Authentication trailer, 28 octets                  |  with `auth_hmac`, see `vrrp_trailer.ts`
 * ```
 */
import {
  ADDRESS_LENGTH,
  addressFromBytes,
  addressToBytes,
  familyOf,
  type IpAddress,
} from "../net/address.ts";
import { checksumOf, pseudoHeaderSum, sumIsValid, sumWords } from "../net/checksum.ts";
import { VRRP_PROTOCOL } from "./ip.ts";
import { decodeTrailer, type ReceivedTrailer, TRAILER_LENGTH } from "./vrrp_trailer.ts";

/** The VRRPv2 authentication types of RFC 2338 section 10 that are still met in the field. */
export type AuthenticationType = "none" | "pass" | "ah";

/**
 * An advertisement as values.
 *
 * `interval` is in milliseconds: whole seconds on the wire in version 2 (1..255 s), centiseconds in version 3
 * (0.01..40.95 s). `authentication` exists on the wire in version 2 over IPv4 only; the password is up to 8 octets.
 */
export interface Advertisement {
  readonly version: 2 | 3;
  /** Virtual router identifier, 1..255. */
  readonly vrid: number;
  /** 0 says goodbye, 1..254, 255 is the address owner. */
  readonly priority: number;
  /** Advertisement interval in ms. */
  readonly interval: number;
  readonly addresses: readonly IpAddress[];
  readonly authentication: AuthenticationType;
  /** Clear-text password; "" unless `authentication` is "pass". */
  readonly password: string;
}

/** How the checksum of a received packet came out. */
export type ChecksumVerdict =
  | "valid"
  /** Version 3 over IPv4: right only without the pseudo-header (RFC 9568 erratum practice, `v3_checksum_as_v2`). */
  | "valid_without_pseudo_header"
  /** Version 3 unicast over IPv4: right only with the multicast group as the destination (old keepalived). */
  | "valid_for_multicast_group"
  | "invalid";

/**
 * What a received packet says, before anything is believed.
 *
 * The decoder judges shape only. Whether version, type, authentication, interval and checksum are acceptable is the
 * engine's to say, in keepalived's order, so that the right counter goes up.
 */
export type DecodedAdvertisement =
  | {
    readonly ok: true;
    /** Version nibble as received, 0..15. */
    readonly version: number;
    /** Type nibble as received, 0..15; 1 is an advertisement. */
    readonly type: number;
    readonly vrid: number;
    readonly priority: number;
    /** ms */
    readonly interval: number;
    readonly addresses: readonly IpAddress[];
    /** Authentication type octet of version 2 as received; 0 otherwise. */
    readonly authenticationType: number;
    /** The 8 authentication octets of version 2 over IPv4 without trailing zeros, one character an octet. */
    readonly password: string;
    readonly checksum: ChecksumVerdict;
    /** What stands behind the message where that is as long as a trailer of `auth_hmac`. */
    readonly trailer?: ReceivedTrailer;
  }
  | {
    readonly ok: false;
    /** Such as `12 octets are too short for 3 addresses`. */
    readonly error: string;
    /** The VRID where at least two octets were there; null otherwise. */
    readonly vrid: number | null;
  };

/** Octets in front of the addresses. */
const VRRP_HEADER_LENGTH = 8;

/** Octets of authentication data behind the addresses in version 2 over IPv4. */
const AUTHENTICATION_LENGTH = 8;

/** What keepalived before 1.3.7 took for the destination in the checksums of unicast, whatever the destination was. */
export const OLD_UNICAST_GROUP = "224.0.0.18";

const ADVERTISEMENT = 1;
const AUTHENTICATION_CODE: Readonly<Record<AuthenticationType, number>> = { none: 0, pass: 1, ah: 2 };

/** What the checksum of an outgoing packet depends on besides the advertisement. */
export interface EncodeOptions {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** Version 3 over IPv4: leave the pseudo-header out (`v3_checksum_as_v2`). */
  readonly checksumWithoutPseudoHeader: boolean;
  /** What goes behind the message: over IPv6 its checksum covers that too. */
  readonly trailer?: Uint8Array | null;
}

/**
 * The VRRP message, that is, the payload of the IP packet, with its checksum, and with a trailer where there is one.
 *
 * The password is written one octet a character (Latin-1) and cut at 8 octets.
 *
 * @throws {RangeError} for values that the version cannot carry; a validated configuration has none
 */
export function encodeAdvertisement(advert: Advertisement, options: EncodeOptions): Uint8Array<ArrayBuffer> {
  const family = familyOf(options.source);
  const authenticated = advert.version === 2 && family === 4;
  const authenticationAt = VRRP_HEADER_LENGTH + advert.addresses.length * ADDRESS_LENGTH[family];
  const length = authenticationAt + (authenticated ? AUTHENTICATION_LENGTH : 0);
  const { trailer = null } = options;
  const packet = new Uint8Array(length + (trailer === null ? 0 : trailer.length));
  const message = packet.subarray(0, length);
  message[0] = (advert.version << 4) | ADVERTISEMENT;
  message[1] = octet("VRID", advert.vrid);
  message[2] = octet("priority", advert.priority);
  message[3] = octet("address count", advert.addresses.length);
  writeInterval(message, advert, authenticated);
  for (const [i, address] of advert.addresses.entries()) {
    if (familyOf(address) !== family) {
      throw new RangeError(`Cannot encode ${address}: IPv${family} is expected`);
    }
    message.set(addressToBytes(address), VRRP_HEADER_LENGTH + i * ADDRESS_LENGTH[family]);
  }
  if (authenticated) writePassword(message.subarray(authenticationAt), advert.password);
  if (trailer !== null) packet.set(trailer, length);
  const summed = family === 4 ? message : packet;
  const checksum = checksumOf(sumWords(summed, pseudoHeaderFor(advert.version, summed.length, options)));
  message[6] = checksum >> 8;
  message[7] = checksum & 0xff;
  return packet;
}

function octet(what: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= 255) return value;
  throw new RangeError(`Cannot encode ${what} ${value}: 0 to 255 is expected`);
}

function writeInterval(message: Uint8Array, advert: Advertisement, authenticated: boolean): void {
  if (advert.version === 2) {
    message[4] = authenticated ? AUTHENTICATION_CODE[advert.authentication] : 0;
    message[5] = octet("interval in s", Math.round(advert.interval / 1000));
    return;
  }
  const centiseconds = Math.round(advert.interval / 10);
  if (centiseconds < 0 || centiseconds > 0xfff) {
    throw new RangeError(`Cannot encode interval ${advert.interval} ms: 10 to 40950 is expected`);
  }
  message[4] = centiseconds >> 8;
  message[5] = centiseconds & 0xff;
}

function writePassword(field: Uint8Array, password: string): void {
  const length = Math.min(password.length, field.length);
  for (let i = 0; i < length; i++) field[i] = password.charCodeAt(i) & 0xff;
}

/** The sum of the pseudo-header where the version and family have one: IPv6 always, IPv4 in version 3 by default. */
function pseudoHeaderFor(version: number, length: number, options: EncodeOptions): number {
  const family = familyOf(options.source);
  if (family === 4 && (version === 2 || options.checksumWithoutPseudoHeader)) return 0;
  return pseudoHeaderSum(options.source, options.destination, VRRP_PROTOCOL, length);
}

/** Where a received packet came from and went to, which its checksum and its address family depend on. */
export interface DecodeOptions {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** The multicast group of the interface: some old senders of unicast take it into the checksum. */
  readonly multicastGroup?: IpAddress | null;
  /** Where the checksum is known to be right already. */
  readonly skipChecksum?: boolean;
}

/**
 * What a VRRP message says; never throws.
 *
 * The length must be that of the announced addresses and authentication data, no less and no more, as keepalived has
 * it: `bytes` is the IP payload without the padding of a short Ethernet frame. What is longer by a trailer of
 * `auth_hmac` is read with that, and whoever does not use it refuses it. A message of a version other than 2 and 3 has
 * no shape that could be wrong beyond the header, so that it reaches the engine and is counted there as what it is.
 */
export function decodeAdvertisement(bytes: Uint8Array, options: DecodeOptions): DecodedAdvertisement {
  if (bytes.length < VRRP_HEADER_LENGTH) {
    const vrid = bytes.length < 2 ? null : bytes[1]!;
    return { ok: false, error: `${bytes.length} octets are too short for a VRRP header`, vrid };
  }
  const version = bytes[0]! >> 4;
  const family = familyOf(options.source);
  const authenticated = version === 2 && family === 4;
  const authenticationAt = VRRP_HEADER_LENGTH + bytes[3]! * ADDRESS_LENGTH[family];
  const length = authenticationAt + (authenticated ? AUTHENTICATION_LENGTH : 0);
  const known = version === 2 || version === 3;
  const trailed = known && bytes.length === length + TRAILER_LENGTH;
  if (known && bytes.length !== length && !trailed) {
    return { ok: false, error: wrongLength(bytes, length, authenticated), vrid: bytes[1]! };
  }
  const message = bytes.subarray(0, length);
  const decoded: DecodedAdvertisement = {
    ok: true,
    version,
    type: bytes[0]! & 0x0f,
    vrid: bytes[1]!,
    priority: bytes[2]!,
    interval: readInterval(bytes, version),
    addresses: readAddresses(message.subarray(VRRP_HEADER_LENGTH, authenticationAt), ADDRESS_LENGTH[family]),
    authenticationType: version === 2 ? bytes[4]! : 0,
    password: authenticated ? readPassword(message.subarray(authenticationAt)) : "",
    checksum: options.skipChecksum
      ? "valid"
      : judgeChecksum(trailed && family === 6 ? bytes : message, version, options),
  };
  return trailed ? { ...decoded, trailer: decodeTrailer(bytes) } : decoded;
}

function wrongLength(bytes: Uint8Array, expected: number, authenticated: boolean): string {
  const count = bytes[3]!;
  const addresses = `${count} ${count === 1 ? "address" : "addresses"}`;
  const kind = bytes.length < expected ? "short" : "long";
  return `${bytes.length} octets are too ${kind} for ${addresses}${
    authenticated ? " and authentication" : ""
  }`;
}

function readInterval(bytes: Uint8Array, version: number): number {
  return version === 2 ? bytes[5]! * 1000 : (((bytes[4]! & 0x0f) << 8) | bytes[5]!) * 10;
}

function readAddresses(field: Uint8Array, size: number): IpAddress[] {
  const addresses: IpAddress[] = [];
  for (let at = 0; at + size <= field.length; at += size) {
    addresses.push(addressFromBytes(field.subarray(at, at + size)));
  }
  return addresses;
}

function readPassword(field: Uint8Array): string {
  let length = field.length;
  while (length > 0 && field[length - 1] === 0) length--;
  return String.fromCharCode(...field.subarray(0, length));
}

function judgeChecksum(message: Uint8Array, version: number, options: DecodeOptions): ChecksumVerdict {
  const sum = sumWords(message);
  const pseudoHeader = (destination: IpAddress) =>
    pseudoHeaderSum(options.source, destination, VRRP_PROTOCOL, message.length);
  if (familyOf(options.source) === 6) {
    return sumIsValid(sum + pseudoHeader(options.destination)) ? "valid" : "invalid";
  }
  if (version === 2) return sumIsValid(sum) ? "valid" : "invalid";
  if (sumIsValid(sum + pseudoHeader(options.destination))) return "valid";
  if (sumIsValid(sum)) return "valid_without_pseudo_header";
  const group = options.multicastGroup ?? null;
  if (group !== null && sumIsValid(sum + pseudoHeader(group))) return "valid_for_multicast_group";
  return "invalid";
}
