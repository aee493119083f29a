/**
 * Policy rules in rtnetlink messages (linux/fib_rules.h).
 *
 * ```
 * | family (1) | dst length (1) | src length (1) | tos (1) |
 * | table (1) | reserved (2) | action (1) | flags (4) | FRA_* attributes
 * ```
 */
import { addressFromBytes, addressToBytes, type Family, type IpAddress } from "../net/address.ts";
import { ByteReader, ByteWriter, textFromBytes, textToBytes } from "../net/bytes.ts";
import {
  attributeNumber,
  attributeTable,
  encodeNetlink,
  type NetlinkMessage,
  NLM_F,
  writeAttribute,
  writeAttributeU32,
} from "./netlink.ts";

/** Message types of rules. */
export const RTM_RULE = { NEW: 32, DELETE: 33, GET: 34 } as const;

/** Groups that tell of rules. */
export const RTNLGRP_RULE = { IPV4: 8, IPV6: 19 } as const;

/** What a rule does, by iproute2's names; `table` looks a table up. */
export const RULE_ACTIONS = {
  table: 1,
  goto: 2,
  nop: 3,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
} as const;

/** What a rule does. */
export type RuleAction = keyof typeof RULE_ACTIONS;

const AF = { INET: 2, INET6: 10 } as const;
const FRA = {
  DST: 1,
  SRC: 2,
  IIFNAME: 3,
  GOTO: 4,
  PRIORITY: 6,
  FWMARK: 10,
  FLOW: 11,
  TUN_ID: 12,
  SUPPRESS_IFGROUP: 13,
  SUPPRESS_PREFIXLEN: 14,
  TABLE: 15,
  FWMASK: 16,
  OIFNAME: 17,
  L3MDEV: 19,
  UID_RANGE: 20,
  PROTOCOL: 21,
  IP_PROTO: 22,
  SPORT_RANGE: 23,
  DPORT_RANGE: 24,
} as const;
const FIB_RULE_INVERT = 2;
const RULE_HEADER_LENGTH = 12;

/** A prefix that a rule selects by. */
export interface RulePrefix {
  readonly address: IpAddress;
  readonly prefixLength: number;
}

/** A range of numbers, both ends included. */
export interface RuleRange {
  readonly first: number;
  readonly last: number;
}

/** A rule as the kernel is to have it; null is no condition. */
export interface RuleRequest {
  readonly family: Family;
  readonly priority: number;
  readonly action: RuleAction;
  /** 1..2^32-1; 0 where the action looks no table up. */
  readonly table: number;
  readonly protocol: number;
  readonly not: boolean;
  readonly from: RulePrefix | null;
  readonly to: RulePrefix | null;
  readonly tos: number;
  readonly mark: { readonly value: number; readonly mask: number } | null;
  readonly inputInterface: string | null;
  readonly outputInterface: string | null;
  readonly realms: number | null;
  readonly tunnelId: number | null;
  readonly suppressPrefixLength: number | null;
  readonly suppressGroup: number | null;
  readonly l3mdev: boolean;
  readonly users: RuleRange | null;
  readonly ipProtocol: number | null;
  readonly sourcePorts: RuleRange | null;
  readonly destinationPorts: RuleRange | null;
  /** Priority to go on at, with action `goto`. */
  readonly goto: number | null;
}

/** What names a rule in the kernel's notices. */
export interface RuleRecord {
  readonly kind: "new" | "delete";
  readonly family: Family;
  readonly priority: number;
  /** FR_ACT_* number. */
  readonly action: number;
  readonly table: number;
  readonly protocol: number;
  readonly from: RulePrefix | null;
  readonly to: RulePrefix | null;
  readonly mark: number;
  readonly inputInterface: string | null;
}

/** Adds a rule; EEXIST where the very same one is there (the kernel would take it twice otherwise). */
export function encodeNewRule(request: RuleRequest, sequence = 0): Uint8Array<ArrayBuffer> {
  return encode(RTM_RULE.NEW, NLM_F.CREATE | NLM_F.EXCL, request, sequence);
}

/** Removes a rule that has all that is given; of the same protocol only. */
export function encodeDeleteRule(request: RuleRequest, sequence = 0): Uint8Array<ArrayBuffer> {
  return encode(RTM_RULE.DELETE, 0, request, sequence);
}

function encode(
  type: number,
  extraFlags: number,
  request: RuleRequest,
  sequence: number,
): Uint8Array<ArrayBuffer> {
  const flags = NLM_F.REQUEST | NLM_F.ACK | extraFlags;
  return encodeNetlink({ type, flags, sequence }, (writer) => {
    writeHeader(writer, request);
    writePlace(writer, request);
    writeSelectors(writer, request);
    writeTransport(writer, request);
  });
}

function writeHeader(writer: ByteWriter, request: RuleRequest): void {
  const { family, from, to, tos, table, action, not } = request;
  writer.u8(family === 4 ? AF.INET : AF.INET6).u8(to?.prefixLength ?? 0).u8(from?.prefixLength ?? 0).u8(tos)
    .u8(table > 0xff ? 0 : table).zeros(2).u8(RULE_ACTIONS[action])
    .u32(not ? FIB_RULE_INVERT : 0);
}

/** Where the rule stands and what it leads to. */
function writePlace(writer: ByteWriter, request: RuleRequest): void {
  const { priority, table, protocol, goto, suppressPrefixLength, suppressGroup, l3mdev } = request;
  writeAttributeU32(writer, FRA.PRIORITY, priority);
  if (table !== 0) writeAttributeU32(writer, FRA.TABLE, table);
  writeAttribute(writer, FRA.PROTOCOL, Uint8Array.of(protocol));
  if (goto !== null) writeAttributeU32(writer, FRA.GOTO, goto);
  if (suppressPrefixLength !== null) writeAttributeU32(writer, FRA.SUPPRESS_PREFIXLEN, suppressPrefixLength);
  if (suppressGroup !== null) writeAttributeU32(writer, FRA.SUPPRESS_IFGROUP, suppressGroup);
  if (l3mdev) writeAttribute(writer, FRA.L3MDEV, Uint8Array.of(1));
}

function writeSelectors(writer: ByteWriter, request: RuleRequest): void {
  const { from, to, mark, inputInterface, outputInterface, realms, tunnelId, users } = request;
  if (from !== null) writeAttribute(writer, FRA.SRC, addressToBytes(from.address));
  if (to !== null) writeAttribute(writer, FRA.DST, addressToBytes(to.address));
  if (mark !== null) {
    writeAttributeU32(writer, FRA.FWMARK, mark.value);
    writeAttributeU32(writer, FRA.FWMASK, mark.mask);
  }
  if (inputInterface !== null) writeAttribute(writer, FRA.IIFNAME, textToBytes(`${inputInterface}\0`));
  if (outputInterface !== null) writeAttribute(writer, FRA.OIFNAME, textToBytes(`${outputInterface}\0`));
  if (realms !== null) writeAttributeU32(writer, FRA.FLOW, realms);
  // The tunnel identifier alone is in network order: 64 bits.
  if (tunnelId !== null) {
    writeAttribute(writer, FRA.TUN_ID, new ByteWriter("big").u64(BigInt(tunnelId)).finish());
  }
  if (users !== null) {
    writeAttribute(writer, FRA.UID_RANGE, new ByteWriter("little").u32(users.first).u32(users.last).finish());
  }
}

function writeTransport(writer: ByteWriter, request: RuleRequest): void {
  const { ipProtocol, sourcePorts, destinationPorts } = request;
  if (ipProtocol !== null) writeAttribute(writer, FRA.IP_PROTO, Uint8Array.of(ipProtocol));
  if (sourcePorts !== null) writeAttribute(writer, FRA.SPORT_RANGE, range16(sourcePorts));
  if (destinationPorts !== null) writeAttribute(writer, FRA.DPORT_RANGE, range16(destinationPorts));
}

function range16({ first, last }: RuleRange): Uint8Array {
  return new ByteWriter("little").u16(first).u16(last).finish();
}

/** The rule that a message is about, or null where it is about something else or makes no sense. */
export function decodeRule(message: NetlinkMessage): RuleRecord | null {
  if (message.type !== RTM_RULE.NEW && message.type !== RTM_RULE.DELETE) return null;
  if (message.payload.length < RULE_HEADER_LENGTH) return null;
  const reader = new ByteReader(message.payload, "little");
  const code = reader.u8();
  const family = code === AF.INET ? 4 : code === AF.INET6 ? 6 : null;
  if (family === null) return null;
  const [toLength, fromLength] = [reader.u8(), reader.u8()];
  reader.skip(1);
  const table = reader.u8();
  reader.skip(2);
  const action = reader.u8();
  const attributes = attributeTable(message.payload.subarray(RULE_HEADER_LENGTH));
  const input = attributes.get(FRA.IIFNAME);
  return {
    kind: message.type === RTM_RULE.NEW ? "new" : "delete",
    family,
    priority: attributeNumber(attributes.get(FRA.PRIORITY)) ?? 0,
    action,
    table: attributeNumber(attributes.get(FRA.TABLE)) ?? table,
    protocol: attributeNumber(attributes.get(FRA.PROTOCOL)) ?? 0,
    from: readPrefix(attributes.get(FRA.SRC), family, fromLength),
    to: readPrefix(attributes.get(FRA.DST), family, toLength),
    mark: attributeNumber(attributes.get(FRA.FWMARK)) ?? 0,
    inputInterface: input === undefined ? null : textFromBytes(input),
  };
}

function readPrefix(value: Uint8Array | undefined, family: Family, prefixLength: number): RulePrefix | null {
  if (value?.length !== (family === 4 ? 4 : 16)) return null;
  return { address: addressFromBytes(value), prefixLength };
}
