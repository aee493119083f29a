/**
 * `keepalived.stats`: the counters of each instance, in keepalived's layout (SIGUSR2).
 */
import type { Status } from "../../core/engine/status.ts";

/** The file's text. */
export function formatStats({ instances }: Pick<Status, "instances">): string {
  return instances.map(({ name, counters }) =>
    `VRRP Instance: ${name}
  Advertisements:
    Received: ${counters.advert_rcvd}
    Sent: ${counters.advert_sent}
  Became master: ${counters.become_master}
  Released master: ${counters.release_master}
  Packet Errors:
    Length: ${counters.packet_len_err}
    TTL: ${counters.ip_ttl_err}
    Invalid Type: ${counters.invalid_type_rcvd}
    Advertisement Interval: ${counters.advert_interval_err}
    Address List: ${counters.addr_list_err}
  Authentication Errors:
    Invalid Type: ${counters.invalid_authtype}
    Type Mismatch: ${counters.authtype_mismatch}
    Failure: ${counters.auth_failure}
  Priority Zero:
    Received: ${counters.pri_zero_rcvd}
    Sent: ${counters.pri_zero_sent}
`
  ).join("");
}
