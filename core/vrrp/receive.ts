/**
 * The checks that a received packet must pass before the state machine hears of it, in keepalived's order
 * (`vrrp_check_packet`): the first that fails decides which counter goes up.
 */
import { headerIsAuthentic, type ReceivedHeader } from "../packet/authentication_header.ts";
import type { VrrpInstance } from "../config/model.ts";
import { type IpAddress, isMulticast } from "../net/address.ts";
import type { ChecksumVerdict, DecodedAdvertisement } from "../packet/vrrp.ts";
import { OWNER_PRIORITY } from "./priority.ts";
import type { Signer, TrailerRejection, TrailerVerdict } from "./signer.ts";

/** A VRRP packet with what the IP layer says of it. */
export interface ReceivedPacket {
  readonly source: IpAddress;
  readonly destination: IpAddress;
  /** null where the kernel did not tell. */
  readonly ttl: number | null;
  readonly packet: DecodedAdvertisement;
  readonly header?: ReceivedHeader;
}

/** A packet whose shape is right. */
export type ReadablePacket = Extract<DecodedAdvertisement, { ok: true }>;

/** A packet that passed all checks. */
export interface AcceptedPacket extends ReceivedPacket {
  readonly packet: ReadablePacket;
}

/** Why a packet is dropped. */
export type Rejection =
  | { readonly kind: "length"; readonly error: string }
  | { readonly kind: "ttl"; readonly received: number }
  | { readonly kind: "version"; readonly received: number }
  | { readonly kind: "auth_type_unknown"; readonly received: number }
  | { readonly kind: "auth_type_mismatch"; readonly received: number; readonly expected: number }
  | { readonly kind: "auth_failure" }
  /** `auth_type AH`: the sequence number is one that was there before. */
  | { readonly kind: "header_replayed"; readonly received: number; readonly last: number }
  | { readonly kind: "interval"; readonly received: number; readonly expected: number }
  | { readonly kind: "type"; readonly received: number }
  | { readonly kind: "checksum" }
  | { readonly kind: "cast"; readonly expected: "multicast" | "unicast" }
  | { readonly kind: "not_a_peer" }
  | { readonly kind: "owner_ignores" }
  /** The number or the list of addresses differs from ours (RFC 3768 section 7.1: drop). */
  | {
    readonly kind: "address_list";
    readonly vrid: number;
    readonly expected: number;
    readonly received: number;
    /** The first of ours that the packet lacks; null where the packet only has more. */
    readonly missing: IpAddress | null;
  }
  | TrailerRejection;

/** Things worth a word about a packet that is accepted all the same. */
export type Remark =
  /** Version 3 with another interval than ours. */
  | { readonly kind: "interval"; readonly received: number }
  /** The other side computes the version 3 checksum in another way. */
  | { readonly kind: "checksum_style"; readonly verdict: ChecksumVerdict }
  /** The clock of the sender nears the limit; s, positive where it is behind ours. */
  | { readonly kind: "clock_skew"; readonly skew: number; readonly window: number };

/** The outcome of the checks. */
export type Judgement =
  | { readonly ok: true; readonly packet: ReadablePacket; readonly remarks: readonly Remark[] }
  | { readonly ok: false; readonly rejection: Rejection };

const AUTHENTICATION_TYPES = { none: 0, pass: 1, ah: 2 } as const;
const ADVERTISEMENT = 1;
const REQUIRED_TTL = 255;
const NO_REMARKS: readonly Remark[] = [];

/** What an instance with `auth_hmac` judges trailers with; `wall` is ms since the Unix epoch. */
export interface TrailerJudge {
  readonly signer: Signer;
  readonly wall: number;
}

/** Judges a packet for one instance. `checkAddresses` is false where `skip_check_adv_addr` spares the comparison. */
export function judgePacket(
  config: VrrpInstance,
  received: ReceivedPacket,
  checkAddresses: boolean,
  trailers: TrailerJudge | null = null,
): Judgement {
  const { packet } = received;
  if (!packet.ok) return { ok: false, rejection: { kind: "length", error: packet.error } };
  if (trailers === null && packet.trailer !== undefined) return { ok: false, rejection: UNEXPECTED_TRAILER };
  const early = headerRejection(config, received, packet);
  if (early !== null) return { ok: false, rejection: early };
  const trailer = trailers === null ? NO_TRAILER : judgeTrailer(config, received, packet, trailers);
  if (!trailer.ok) return trailer;
  const rejection = authenticationRejection(config, packet, received.header) ??
    contentRejection(config, packet) ??
    originRejection(config, received) ??
    (checkAddresses ? addressRejection(config, packet) : null) ??
    peerRejection(config, received);
  if (rejection !== null) return { ok: false, rejection };
  return { ok: true, packet, remarks: remarksOn(config, packet, trailers?.signer ?? null, trailer.skew) };
}

const NO_TRAILER: TrailerVerdict = { ok: true, skew: 0 };

const UNEXPECTED_TRAILER: Rejection = {
  kind: "length",
  error: "28 octets follow the message, as many as auth_hmac adds, which is not configured here",
};

/** A unicast sender must be a peer: whoever has the key could speak for any address otherwise. */
function judgeTrailer(
  config: VrrpInstance,
  received: ReceivedPacket,
  packet: ReadablePacket,
  { signer, wall }: TrailerJudge,
): TrailerVerdict | { readonly ok: false; readonly rejection: Rejection } {
  const { version, vrid, transport } = config;
  const { source } = received;
  const foreign = transport.mode === "unicast" && !transport.peers.some(({ address }) => address === source);
  if (packet.trailer !== undefined && foreign) return { ok: false, rejection: { kind: "not_a_peer" } };
  return signer.judge(packet.trailer ?? null, { version, vrid, source }, wall);
}

function headerRejection(
  config: VrrpInstance,
  received: ReceivedPacket,
  packet: ReadablePacket,
): Rejection | null {
  const { ttl } = received;
  if (config.transport.mode === "multicast" && ttl !== null && ttl !== REQUIRED_TTL) {
    return { kind: "ttl", received: ttl };
  }
  if (packet.version !== config.version) return { kind: "version", received: packet.version };
  return null;
}

function authenticationRejection(
  config: VrrpInstance,
  packet: ReadablePacket,
  header: ReceivedHeader | undefined,
): Rejection | null {
  if (config.version !== 2 || config.family !== 4) return null;
  const expected = AUTHENTICATION_TYPES[config.authentication.type];
  const received = packet.authenticationType;
  if (received > AUTHENTICATION_TYPES.ah) return { kind: "auth_type_unknown", received };
  if (received !== expected) return { kind: "auth_type_mismatch", received, expected };
  const { authentication } = config;
  if (authentication.type === "none") return null;
  const key = passwordOctets(authentication.password);
  const right = authentication.type === "pass"
    ? packet.password === key
    : header !== undefined && headerIsAuthentic(header, key);
  return right ? null : { kind: "auth_failure" };
}

/** A password as the decoder presents one: its UTF-8 octets, one character each, at most 8 of them. */
export function passwordOctets(password: string): string {
  if (/^[ -~]*$/.test(password)) return password.slice(0, 8);
  const octets = encodeURIComponent(password).replace(
    /%([0-9A-F]{2})/g,
    (_, hex: string) => String.fromCharCode(Number(`0x${hex}`)),
  );
  return octets.slice(0, 8);
}

function contentRejection(config: VrrpInstance, packet: ReadablePacket): Rejection | null {
  if (config.version === 2 && packet.interval !== config.advertInterval) {
    return { kind: "interval", received: packet.interval, expected: config.advertInterval };
  }
  if (packet.type !== ADVERTISEMENT) return { kind: "type", received: packet.type };
  if (packet.checksum === "invalid" || isUnwanted(config, packet)) return { kind: "checksum" };
  return null;
}

/** `old_unicast_checksum never` */
function isUnwanted({ oldUnicastChecksum }: VrrpInstance, { checksum }: ReadablePacket): boolean {
  return oldUnicastChecksum === "never" && checksum === "valid_for_multicast_group";
}

function originRejection(config: VrrpInstance, received: ReceivedPacket): Rejection | null {
  const { transport } = config;
  if (isMulticast(received.destination) !== (transport.mode === "multicast")) {
    return { kind: "cast", expected: transport.mode };
  }
  if (config.ownerIgnoreAdverts && config.priority === OWNER_PRIORITY) return { kind: "owner_ignores" };
  return null;
}

function peerRejection(
  { transport, checkUnicastSource }: VrrpInstance,
  received: ReceivedPacket,
): Rejection | null {
  if (transport.mode === "multicast" || !checkUnicastSource) return null;
  const peer = transport.peers.find(({ address }) => address === received.source);
  if (peer === undefined) return { kind: "not_a_peer" };
  const ttl = received.ttl ?? REQUIRED_TTL;
  if (ttl < (peer.minTtl ?? 0) || ttl > (peer.maxTtl ?? 255)) return { kind: "ttl", received: ttl };
  return null;
}

function remarksOn(
  config: VrrpInstance,
  packet: ReadablePacket,
  signer: Signer | null,
  skew: number,
): readonly Remark[] {
  const remarks: Remark[] = [];
  if (signer !== null && signer.isFarApart(skew)) {
    remarks.push({ kind: "clock_skew", skew, window: config.hmac?.timeWindow ?? 0 });
  }
  if (config.version === 3 && packet.interval !== config.advertInterval) {
    remarks.push({ kind: "interval", received: packet.interval });
  }
  const withPseudoHeader = config.oldUnicastChecksum === "always" ? "valid_for_multicast_group" : "valid";
  const usual = config.checksumWithoutPseudoHeader ? "valid_without_pseudo_header" : withPseudoHeader;
  if (config.version === 3 && config.family === 4 && packet.checksum !== usual) {
    remarks.push({ kind: "checksum_style", verdict: packet.checksum });
  }
  return remarks.length === 0 ? NO_REMARKS : remarks;
}

function addressRejection(config: VrrpInstance, packet: ReadablePacket): Rejection | null {
  const expected = config.addresses.length;
  const received = packet.addresses.length;
  if (expected === received && config.addresses.every(({ address }, i) => address === packet.addresses[i])) {
    return null;
  }
  const heard = new Set(packet.addresses);
  const missing = config.addresses.find(({ address }) => !heard.has(address))?.address ?? null;
  if (expected === received && missing === null) return null;
  return { kind: "address_list", vrid: config.vrid, expected, received, missing };
}
