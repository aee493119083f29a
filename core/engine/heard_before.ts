/**
 * What earlier packets of its peers mean to a router: the sequence numbers of `auth_type AH`, and the way in which
 * unicast peers of version 3 compute the checksum.
 */
import type { ChecksumVerdict } from "../packet/vrrp.ts";
import type { Rejection } from "../vrrp/receive.ts";
import type { Router } from "../vrrp/router.ts";
import * as message from "./message.ts";
import type { World } from "./world.ts";

/**
 * Takes note of the sequence number of a packet that is right otherwise; a rejection where it is a replay.
 *
 * Numbers must not fall behind any that was sent or heard, as with keepalived, whose master takes up our number when it
 * hears us; and what was heard once is not heard again. One of two masters whose numbers are the same second of the
 * clock hears the other all the same.
 */
export function heardAgain(router: Router, received: number): Rejection | null {
  const { sequence: last, heardSequence } = router;
  if (received < last || received === heardSequence) return { kind: "header_replayed", received, last };
  router.sequence = received;
  router.heardSequence = received;
  return null;
}

/** Takes note of how the checksum of an accepted packet came out; where nothing is configured, ours follows it. */
export function noteChecksum(world: World, router: Router, verdict: ChecksumVerdict): void {
  const old = verdict === "valid_for_multicast_group";
  if (router.heardOldChecksum === old || !hasChoice(router) || (!old && verdict !== "valid")) return;
  router.heardOldChecksum = old;
  if (router.config.oldUnicastChecksum !== "auto") return;
  router.advertisement = null;
  world.out.log(message.oldChecksum(router.config.name, old));
}

/** Whether the checksum is to be that of keepalived before 1.3.7. */
export function usesOldChecksum(router: Router): boolean {
  if (!hasChoice(router)) return false;
  const { oldUnicastChecksum } = router.config;
  return oldUnicastChecksum === "auto" ? router.heardOldChecksum : oldUnicastChecksum === "always";
}

/** The two ways differ with a pseudo-header of IPv4 and without a group only. */
function hasChoice({ config }: Router): boolean {
  const { version, family, transport, checksumWithoutPseudoHeader } = config;
  return version === 3 && family === 4 && transport.mode === "unicast" && !checksumWithoutPseudoHeader;
}
