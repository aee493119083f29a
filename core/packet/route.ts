/**
 * Routes in rtnetlink messages (linux/rtnetlink.h, rtnetlink(7)).
 *
 * ```
 * | family (1) | dst length (1) | src length (1) | tos (1) |
 * | table (1) | protocol (1) | scope (1) | type (1) | flags (4) | RTA_* attributes
 * ```
 */
import { addressFromBytes, addressToBytes, type Family, familyOf, type IpAddress } from "../net/address.ts";
import { ByteReader, ByteWriter, textToBytes } from "../net/bytes.ts";
import {
  attributeNumber,
  attributeTable,
  encodeNetlink,
  type NetlinkMessage,
  NLM_F,
  writeAttribute,
  writeAttributeU32,
  writeNested,
} from "./netlink.ts";

/** Message types of routes. */
export const RTM_ROUTE = { NEW: 24, DELETE: 25, GET: 26 } as const;

/** Groups that tell of routes. */
export const RTNLGRP_ROUTE = { IPV4: 7, IPV6: 11 } as const;

/** Kinds of routes by their iproute2 names. */
export const ROUTE_TYPES = {
  unicast: 1,
  local: 2,
  broadcast: 3,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
  nat: 10,
} as const;

/** A kind of route. */
export type RouteKind = keyof typeof ROUTE_TYPES;

/** Who made a route or a rule: keepalived's number, 18, so that tools show what they always showed. */
export const RTPROT_KEEPALIVED = 18;

/** Well-known tables. */
export const RT_TABLE = { DEFAULT: 253, MAIN: 254, LOCAL: 255 } as const;

/** Where in a datagram the protocol of a route stands, for socket filters. */
export const ROUTE_PROTOCOL_OFFSET = 21;

/** Names of metrics (RTAX_*) with their numbers. */
export const ROUTE_METRICS: Readonly<Record<string, number>> = {
  mtu: 2,
  window: 3,
  rtt: 4,
  rttvar: 5,
  ssthresh: 6,
  cwnd: 7,
  advmss: 8,
  reordering: 9,
  hoplimit: 10,
  initcwnd: 11,
  features: 12,
  rto_min: 13,
  initrwnd: 14,
  quickack: 15,
  fastopen_no_cookie: 17,
};

const AF = { INET: 2, INET6: 10 } as const;
const RTA = {
  DST: 1,
  SRC: 2,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  FLOW: 11,
  TABLE: 15,
  VIA: 18,
  PREF: 20,
  EXPIRES: 23,
} as const;
const RTAX = { LOCK: 1, CC_ALGO: 16 } as const;
const RTNH_F_ONLINK = 4;
const SCOPE = { UNIVERSE: 0, LINK: 253, HOST: 254, NOWHERE: 255 } as const;
const ROUTE_HEADER_LENGTH = 12;

/** One way of a route. */
export interface RouteHop {
  /** Of either family; null for a directly connected network. */
  readonly gateway: IpAddress | null;
  /** Interface index; 0 leaves it to the kernel. */
  readonly index: number;
  readonly onlink: boolean;
  /** 1..256; counts only where there are several hops. */
  readonly weight: number;
}

/** A route as the kernel is to have it. */
export interface RouteRequest {
  readonly family: Family;
  readonly destination: IpAddress;
  readonly prefixLength: number;
  /** IPv6 source prefix; null matches all. */
  readonly from: { readonly address: IpAddress; readonly prefixLength: number } | null;
  readonly tos: number;
  /** 1..2^32-1 */
  readonly table: number;
  /** 0..255, see {@linkcode RTPROT_KEEPALIVED} */
  readonly protocol: number;
  /** 0..255; null means what iproute2 chooses. */
  readonly scope: number | null;
  readonly type: RouteKind;
  /** Metric; 0 leaves it to the kernel. */
  readonly priority: number;
  /** Preferred source address. */
  readonly source: IpAddress | null;
  /** None for types without a way, one, or several (multipath). */
  readonly hops: readonly RouteHop[];
  /** Metrics by number (see {@linkcode ROUTE_METRICS}), locked or not. */
  readonly metrics: readonly { readonly number: number; readonly value: number; readonly lock: boolean }[];
  readonly congestionControl: string | null;
  /** Realms, 16 bits source and 16 bits destination; null means none. */
  readonly realms: number | null;
  /** IPv6: s until it goes; null for ever. */
  readonly expires: number | null;
  /** IPv6 router preference (RFC 4191); null means medium. */
  readonly preference: "low" | "medium" | "high" | null;
  /** How it joins routes to the same destination, as NLM_F flags see it. */
  readonly placement: "prepend" | "append" | "add";
}

/** What names a route in the kernel's notices. */
export interface RouteRecord {
  readonly kind: "new" | "delete";
  readonly family: Family;
  readonly destination: IpAddress;
  readonly prefixLength: number;
  readonly tos: number;
  readonly table: number;
  readonly protocol: number;
  /** RTN_* number. */
  readonly type: number;
  readonly priority: number;
  readonly gateway: IpAddress | null;
  /** Interface index; 0 where it has none, or several. */
  readonly index: number;
}

const PLACEMENT_FLAGS = {
  prepend: NLM_F.CREATE,
  append: NLM_F.CREATE | NLM_F.APPEND,
  add: NLM_F.CREATE | NLM_F.EXCL,
} as const;

const PREFERENCES = { low: 3, medium: 0, high: 1 } as const;

/** Adds a route; EEXIST where the very same one is there. */
export function encodeNewRoute(request: RouteRequest, sequence = 0): Uint8Array<ArrayBuffer> {
  const flags = NLM_F.REQUEST | NLM_F.ACK | PLACEMENT_FLAGS[request.placement];
  return encodeNetlink({ type: RTM_ROUTE.NEW, flags, sequence }, (writer) => {
    writeHeader(writer, request, request.scope ?? usualScope(request));
    writeSelector(writer, request);
    writeHops(writer, request);
    if (request.source !== null) writeAttribute(writer, RTA.PREFSRC, addressToBytes(request.source));
    if (request.realms !== null) writeAttributeU32(writer, RTA.FLOW, request.realms);
    if (request.metrics.length > 0 || request.congestionControl !== null) writeMetrics(writer, request);
    if (request.preference !== null) {
      writeAttribute(writer, RTA.PREF, Uint8Array.of(PREFERENCES[request.preference]));
    }
    if (request.expires !== null) writeAttributeU32(writer, RTA.EXPIRES, request.expires);
  });
}

/**
 * Removes a route: one that has all that is given.
 *
 * `loosely` leaves the way out, so that a route that led elsewhere is found, too. Only routes of the same protocol
 * are.
 */
export function encodeDeleteRoute(
  request: RouteRequest,
  loosely: boolean,
  sequence = 0,
): Uint8Array<ArrayBuffer> {
  return encodeNetlink({ type: RTM_ROUTE.DELETE, flags: NLM_F.REQUEST | NLM_F.ACK, sequence }, (writer) => {
    writeHeader(writer, request, request.scope ?? SCOPE.NOWHERE);
    writeSelector(writer, request);
    if (!loosely) writeHops(writer, request);
  });
}

/** As iproute2 has it: what is connected is in the scope of the link. */
function usualScope({ family, type, hops }: RouteRequest): number {
  if (family === 6) return SCOPE.UNIVERSE;
  if (type === "local" || type === "nat") return SCOPE.HOST;
  if (type === "broadcast" || type === "multicast") return SCOPE.LINK;
  const connected = type === "unicast" && hops.length <= 1 && (hops[0]?.gateway ?? null) === null;
  return connected ? SCOPE.LINK : SCOPE.UNIVERSE;
}

function writeHeader(writer: ByteWriter, request: RouteRequest, scope: number): void {
  const { family, prefixLength, from, tos, table, protocol, type, hops } = request;
  const onlink = hops.length === 1 && hops[0]!.onlink;
  writer.u8(family === 4 ? AF.INET : AF.INET6).u8(prefixLength).u8(from?.prefixLength ?? 0).u8(tos)
    .u8(table > 0xff ? 0 : table).u8(protocol).u8(scope).u8(ROUTE_TYPES[type])
    .u32(onlink ? RTNH_F_ONLINK : 0);
}

/** Destination, source prefix, table and metric: what a route is found by. */
function writeSelector(writer: ByteWriter, request: RouteRequest): void {
  const { destination, prefixLength, from, table, priority } = request;
  if (prefixLength > 0) writeAttribute(writer, RTA.DST, addressToBytes(destination));
  if (from !== null) writeAttribute(writer, RTA.SRC, addressToBytes(from.address));
  writeAttributeU32(writer, RTA.TABLE, table);
  if (priority !== 0) writeAttributeU32(writer, RTA.PRIORITY, priority);
}

function writeHops(writer: ByteWriter, { family, hops }: RouteRequest): void {
  if (hops.length > 1) return writeMultipath(writer, family, hops);
  const [hop] = hops;
  if (hop === undefined) return;
  writeGateway(writer, family, hop);
  if (hop.index !== 0) writeAttributeU32(writer, RTA.OIF, hop.index);
}

/** A gateway of the other family has an attribute of its own (RFC 5549). */
function writeGateway(writer: ByteWriter, family: Family, { gateway }: RouteHop): void {
  if (gateway === null) return;
  const octets = addressToBytes(gateway);
  if (familyOf(gateway) === family) return void writeAttribute(writer, RTA.GATEWAY, octets);
  const via = new ByteWriter("little").u16(familyOf(gateway) === 4 ? AF.INET : AF.INET6).bytes(octets);
  writeAttribute(writer, RTA.VIA, via.finish());
}

/** `struct rtnexthop` each: length, flags, weight less one, interface, then its gateway. */
function writeMultipath(writer: ByteWriter, family: Family, hops: readonly RouteHop[]): void {
  const inner = new ByteWriter("little");
  for (const hop of hops) {
    const start = inner.length;
    inner.u16(0).u8(hop.onlink ? RTNH_F_ONLINK : 0).u8(hop.weight - 1).i32(hop.index);
    writeGateway(inner, family, hop);
    inner.patchU16(start, inner.length - start).align(4);
  }
  writeAttribute(writer, RTA.MULTIPATH, inner.finish());
}

function writeMetrics(writer: ByteWriter, { metrics, congestionControl }: RouteRequest): void {
  const locked = metrics.reduce((bits, { number, lock }) => lock ? bits | (1 << number) : bits, 0);
  writeNested(writer, RTA.METRICS, () => {
    if (locked !== 0) writeAttributeU32(writer, RTAX.LOCK, locked);
    for (const { number, value } of metrics) writeAttributeU32(writer, number, value);
    if (congestionControl !== null) {
      writeAttribute(writer, RTAX.CC_ALGO, textToBytes(`${congestionControl}\0`));
    }
  });
}

/** The route that a message is about, or null where it is about something else or makes no sense. */
export function decodeRoute(message: NetlinkMessage): RouteRecord | null {
  if (message.type !== RTM_ROUTE.NEW && message.type !== RTM_ROUTE.DELETE) return null;
  if (message.payload.length < ROUTE_HEADER_LENGTH) return null;
  const reader = new ByteReader(message.payload, "little");
  const code = reader.u8();
  const family = code === AF.INET ? 4 : code === AF.INET6 ? 6 : null;
  if (family === null) return null;
  const prefixLength = reader.u8();
  reader.skip(1);
  const [tos, table, protocol] = [reader.u8(), reader.u8(), reader.u8()];
  reader.skip(1);
  const type = reader.u8();
  const attributes = attributeTable(message.payload.subarray(ROUTE_HEADER_LENGTH));
  return {
    kind: message.type === RTM_ROUTE.NEW ? "new" : "delete",
    family,
    destination: readAddress(attributes.get(RTA.DST), family) ?? (family === 4 ? "0.0.0.0" : "::"),
    prefixLength,
    tos,
    table: attributeNumber(attributes.get(RTA.TABLE)) ?? table,
    protocol,
    type,
    priority: attributeNumber(attributes.get(RTA.PRIORITY)) ?? 0,
    gateway: readAddress(attributes.get(RTA.GATEWAY), family) ?? readVia(attributes.get(RTA.VIA)),
    index: attributeNumber(attributes.get(RTA.OIF)) ?? 0,
  };
}

function readAddress(value: Uint8Array | undefined, family: Family): IpAddress | null {
  return value?.length === (family === 4 ? 4 : 16) ? addressFromBytes(value) : null;
}

function readVia(value: Uint8Array | undefined): IpAddress | null {
  return value?.length === 6 || value?.length === 18 ? addressFromBytes(value.subarray(2)) : null;
}
