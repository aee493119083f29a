/**
 * The reply to a UDP_CHECK.
 */
import type { UdpChecker } from "../config/virtual_server_model.ts";
import { toHex } from "../net/bytes.ts";
import { failed, PASSED, type Verdict } from "./verdict.ts";

/** The verdict on a reply: its length, and its content as far as both it and the pattern go. */
export function judgeUdpReply(
  { reply, minReplyLength, maxReplyLength }: Pick<UdpChecker, "reply" | "minReplyLength" | "maxReplyLength">,
  datagram: Uint8Array,
): Verdict {
  const { length } = datagram;
  if (length < minReplyLength || length > maxReplyLength) {
    return failed("refused", `the reply has ${length} octets`);
  }
  if (reply === null) return PASSED;
  const found = toHex(datagram.subarray(0, Math.ceil(reply.length / 2)));
  const agrees = [...found].every((digit, i) => {
    const wanted = reply[i]?.toLowerCase();
    return wanted === undefined || wanted === "x" || wanted === digit;
  });
  return agrees ? PASSED : failed("refused", `the reply is ${found}`);
}
