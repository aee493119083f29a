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

/** Counts a dropped packet, keeps it for the status and says so once. */
export function countRejection(
  world: World,
  router: Router,
  rejection: Rejection,
  source: IpAddress,
  now: number,
): void {
  router.rejected = { rejection, source, at: now };
  const counter = COUNTERS[rejection.kind];
  if (counter !== null) router.counters[counter]++;
  if (router.reported.has(rejection.kind)) return;
  router.reported.add(rejection.kind);
  world.out.log(message.rejected(router.config.name, rejection, source, router.config.version));
}
