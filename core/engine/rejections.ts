/**
 * Packets that were dropped: the counter that goes up, and one log line a kind until the next transition.
 */
import type { IpAddress } from "../net/address.ts";
import type { Rejection } from "../vrrp/receive.ts";
import type { CounterName, Router } from "../vrrp/router.ts";
import * as message from "./message.ts";
import type { World } from "./world.ts";

const COUNTERS: Readonly<Record<Rejection["kind"], CounterName | null>> = {
  length: "packet_len_err",
  ttl: "ip_ttl_err",
  version: "version_err",
  auth_type_unknown: "invalid_authtype",
  auth_type_mismatch: "authtype_mismatch",
  auth_failure: "auth_failure",
  header_replayed: "auth_failure",
  interval: "advert_interval_err",
  type: "invalid_type_rcvd",
  checksum: "checksum_err",
  cast: "foreign_source_err",
  not_a_peer: "foreign_source_err",
  address_list: "addr_list_err",
  owner_ignores: null,
  trailer_missing: "auth_ext_missing",
  trailer_malformed: "auth_ext_malformed",
  trailer_unknown_key: "auth_ext_unknown_key",
  trailer_forged: "auth_ext_invalid_hmac",
  trailer_stale: "auth_ext_stale",
  trailer_replayed: "auth_ext_replay",
};

/** Intervals of dropped advertisements that make a second master. */
const PERSISTENT = 3;

/** What of it has been said. */
const TWO_MASTERS = "two_masters";

/** Counts a dropped packet, keeps it for the status and says so once. */
export function countRejection(
  world: World,
  router: Router,
  rejection: Rejection,
  source: IpAddress,
  now: number,
): void {
  router.rejected = { rejection, source, at: now, since: rejectedSince(router, source, now) };
  const counter = COUNTERS[rejection.kind];
  if (counter !== null) router.counters[counter]++;
  warnOfTwoMasters(world, router, rejection, source, now);
  if (router.reported.has(rejection.kind)) return;
  router.reported.add(rejection.kind);
  world.out.log(message.rejected(router.config.name, rejection, source, router.config.version));
}

/** Where two do not understand each other their intervals may differ: one second is usual. */
function usualInterval({ config }: Router): number {
  return Math.max(config.advertInterval, 1000);
}

function rejectedSince(router: Router, source: IpAddress, now: number): number {
  const { rejected } = router;
  const goesOn = rejected !== null && rejected.source === source &&
    now - rejected.at < PERSISTENT * usualInterval(router);
  return goesOn ? rejected.since : now;
}

/** One odd packet is nothing; a router that goes on advertising to a master that drops it is a second master. */
function warnOfTwoMasters(
  world: World,
  router: Router,
  rejection: Rejection,
  source: IpAddress,
  now: number,
): void {
  if (router.state !== "master" || router.reported.has(TWO_MASTERS)) return;
  const begun = Math.max(router.since, router.rejected?.since ?? now);
  if (now - begun < PERSISTENT * usualInterval(router)) return;
  router.reported.add(TWO_MASTERS);
  world.out.log(message.twoMasters(router.config, rejection, source));
}
