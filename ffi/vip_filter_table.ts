/**
 * What the tables of the packet filter hold before any address is blocked.
 */
import {
  counter,
  duplicate,
  equals,
  type Expression,
  KEY_TYPE,
  lookUp,
  META,
  meta,
  newBaseChain,
  newRule,
  newSet,
  newTable,
  NF_HOOK,
  type NftMessage,
  type NftTable,
  PAYLOAD,
  payload,
  REGISTER,
  VERDICT,
  verdict,
} from "../core/packet/nf_tables.ts";

/** What marks a table as ours. */
export const COMMENT = "made by ha";

/** Blocked addresses. */
export const VIP_SET = "vips";
/** Blocked link-local addresses, each with its interface. */
export const LINK_LOCAL_SET = "vips_link_local";
/** Virtual interfaces with their parents. */
export const REPORT_MAP = "vmac_map";
/** Virtual interfaces, in the table of IPv6. */
export const VIRTUAL_SET = "vmac_set";

const { FIRST, SECOND, BEHIND_FIRST } = REGISTER;
const IPPROTO_IGMP = 2;
const IPPROTO_ICMPV6 = 58;
const ICMPV6 = {
  REPORT_1: 131,
  DONE_1: 132,
  SOLICIT_ROUTER: 133,
  SOLICIT: 135,
  ADVERTISE: 136,
  REPORT_2: 143,
};

/** Offsets of the addresses and the protocol in an IP header. */
const IPV4 = { PROTOCOL: 9, SOURCE: 12, DESTINATION: 16, LENGTH: 4 } as const;
const IPV6 = { SOURCE: 8, DESTINATION: 24, LENGTH: 16 } as const;

/** Makes one rule of a chain; its last expression is the verdict. */
type MakeRule = (chain: string, expressions: readonly Expression[]) => NftMessage;

/**
 * The messages that make a table with its sets, chains and rules; the first one makes the table alone. With `counters`
 * each rule counts the packets that it is about.
 */
export function tableMessages(
  table: NftTable,
  family: 4 | 6,
  priority: number,
  counters: boolean,
): NftMessage[] {
  const rule: MakeRule = (chain, expressions) =>
    newRule(table, chain, [
      ...expressions.slice(0, -1),
      ...(counters ? [counter()] : []),
      ...expressions.slice(-1),
    ]);
  const interfaceKey = { type: KEY_TYPE.INTERFACE, length: 4 };
  const common = [
    newTable(table, COMMENT),
    newSet(table, REPORT_MAP, interfaceKey, 1, interfaceKey),
    newBaseChain(table, "in", NF_HOOK.INPUT, priority),
    newBaseChain(table, "out", NF_HOOK.OUTPUT, priority),
  ];
  return [...common, ...(family === 4 ? content4(table, rule) : content6(table, rule))];
}

function content4(table: NftTable, rule: MakeRule): NftMessage[] {
  const drop = (chain: string, offset: number) =>
    rule(chain, [
      payload(PAYLOAD.NETWORK, offset, IPV4.LENGTH, FIRST),
      lookUp(VIP_SET, FIRST),
      verdict(VERDICT.DROP),
    ]);
  const isIgmp = [
    payload(PAYLOAD.NETWORK, IPV4.PROTOCOL, 1, FIRST),
    equals(FIRST, Uint8Array.of(IPPROTO_IGMP)),
  ];
  return [
    newSet(table, VIP_SET, { type: KEY_TYPE.IPV4, length: IPV4.LENGTH }, 2),
    drop("in", IPV4.DESTINATION),
    // First: a report's source is the first address of its interface, and that is a VIP.
    rule("out", [...isIgmp, ...leaveByParent(IPV4.DESTINATION, IPV4.LENGTH)]),
    drop("out", IPV4.SOURCE),
  ];
}

/** Neighbour discovery is never blocked: who asks for a VIP gets an answer from its master, accept mode or not. */
function content6(table: NftTable, rule: MakeRule): NftMessage[] {
  const discovery = (chain: string) =>
    [ICMPV6.SOLICIT, ICMPV6.ADVERTISE].map((type) =>
      rule(chain, [...isIcmp6(type), verdict(VERDICT.ACCEPT)])
    );
  const drop = (chain: string, offset: number, end: number) => [
    rule(chain, [
      payload(PAYLOAD.NETWORK, offset, IPV6.LENGTH, FIRST),
      meta(end, BEHIND_FIRST),
      lookUp(LINK_LOCAL_SET, FIRST),
      verdict(VERDICT.DROP),
    ]),
    rule(chain, [
      payload(PAYLOAD.NETWORK, offset, IPV6.LENGTH, FIRST),
      lookUp(VIP_SET, FIRST),
      verdict(VERDICT.DROP),
    ]),
  ];
  const reports = [ICMPV6.REPORT_1, ICMPV6.DONE_1, ICMPV6.REPORT_2].map((type) =>
    rule("out", [...isIcmp6(type), ...leaveByParent(IPV6.DESTINATION, IPV6.LENGTH)])
  );
  return [
    newSet(table, VIP_SET, { type: KEY_TYPE.IPV6, length: IPV6.LENGTH }, 2),
    newSet(table, LINK_LOCAL_SET, { type: KEY_TYPE.IPV6_AND_INTERFACE, length: IPV6.LENGTH + 4 }, 3),
    newSet(table, VIRTUAL_SET, { type: KEY_TYPE.INTERFACE, length: 4 }, 4),
    ...discovery("in"),
    ...drop("in", IPV6.DESTINATION, META.INPUT_INTERFACE),
    ...discovery("out"),
    ...reports,
    rule("out", [
      ...isIcmp6(ICMPV6.SOLICIT_ROUTER),
      meta(META.OUTPUT_INTERFACE, FIRST),
      lookUp(VIRTUAL_SET, FIRST),
      verdict(VERDICT.DROP),
    ]),
    ...drop("out", IPV6.SOURCE, META.OUTPUT_INTERFACE),
  ];
}

function isIcmp6(type: number): Expression[] {
  return [
    meta(META.PROTOCOL, FIRST),
    equals(FIRST, Uint8Array.of(IPPROTO_ICMPV6)),
    payload(PAYLOAD.TRANSPORT, 0, 1, FIRST),
    equals(FIRST, Uint8Array.of(type)),
  ];
}

/**
 * Where the packet leaves by a virtual interface, a copy goes to the same destination out of its parent, and the
 * packet itself nowhere.
 */
function leaveByParent(destination: number, length: number): Expression[] {
  return [
    meta(META.OUTPUT_INTERFACE, FIRST),
    lookUp(REPORT_MAP, FIRST, FIRST),
    payload(PAYLOAD.NETWORK, destination, length, SECOND),
    duplicate(SECOND, FIRST),
    verdict(VERDICT.DROP),
  ];
}
