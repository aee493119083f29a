/**
 * What `ip` said to the kernel, and ours in a form that can be held against it.
 */
import assert from "node:assert/strict";
import { toHex } from "../../../core/net/bytes.ts";
import { decodeAttributes, decodeNetlink, type NetlinkMessage } from "../../../core/packet/netlink.ts";
import { RTM_ROUTE } from "../../../core/packet/route.ts";
import { RTM } from "../../../core/packet/rtnetlink.ts";
import { RTM_RULE } from "../../../core/packet/rule.ts";
import { netlinkExchange } from "./golden.ts";

/** Name of a recorded exchange. */
export type RecordedName = Parameters<typeof netlinkExchange>[0];

const FIXED_LENGTH: Record<number, number> = {
  [RTM.NEWADDR]: 8,
  [RTM.DELADDR]: 8,
  [RTM.NEWLINK]: 16,
  [RTM.DELLINK]: 16,
  [RTM_ROUTE.NEW]: 12,
  [RTM_ROUTE.DELETE]: 12,
  [RTM_RULE.NEW]: 12,
  [RTM_RULE.DELETE]: 12,
};

/** A request as a set: its fixed part and its attributes in no particular order, nested ones included as octets. */
export function parts(message: NetlinkMessage) {
  const length = FIXED_LENGTH[message.type]!;
  const attributes = decodeAttributes(message.payload.subarray(length))
    .map(({ type, value }) => `${type}: ${toHex(value)}`);
  return {
    type: message.type,
    fixed: toHex(message.payload.subarray(0, length)),
    attributes: attributes.sort(),
  };
}

/** The only message of a datagram. */
export function only(datagram: Uint8Array): NetlinkMessage {
  const messages = decodeNetlink(datagram);
  assert.equal(messages.length, 1);
  return messages[0]!;
}

/** The last request of a recorded exchange: the ones before only look the interface up. */
export function recordedRequest(name: RecordedName): NetlinkMessage {
  return only(netlinkExchange(name).toKernel.at(-1)!);
}

/** What the kernel answered. */
export function recordedMessages(name: RecordedName): NetlinkMessage[] {
  return netlinkExchange(name).fromKernel.flatMap(decodeNetlink);
}
