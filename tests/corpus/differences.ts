/**
 * Where our judgement of keepalived's own sample files differs from `keepalived -t`, and why.
 *
 * A row without a reason is a defect; a row that does not hold any more makes the test fail too.
 */

/** One difference. */
export interface Difference {
  /** File of the corpus; `*` is any. */
  readonly file: string;
  /** What keepalived says and we do not, or the other way round. */
  readonly about: "exit" | "line";
  /** The pattern that keepalived's message matches, for lines that we say nothing about. */
  readonly message: RegExp;
  readonly reason: string;
}

/** All known differences. */
export const DIFFERENCES: readonly Difference[] = [
  {
    file: "*",
    about: "line",
    message: /^No script set for vrrp_script/,
    reason: "keepalived names the closing brace of the block, we its name",
  },
];

/** The words that keepalived 2.2.7, which the oracle is, does not know yet; a file that uses one differs by right. */
export const NEWER_WORDS: readonly string[] = [
  "auth_hmac",
  "dbus_no_interface_name",
  "iproute_etc_dir",
  "iproute_usr_dir",
  "json_dump_file",
  "json_version",
  "multihop",
  "no_virtual_ipaddress",
  "owner_ignore_adverts",
  "set_supplementary_groups",
  "sni_name",
  "snmp_rs_stats_update_interval",
  "snmp_vs_stats_update_interval",
  "state_dump_file",
  "stats_dump_file",
  "thread_timer_expired",
  "timer_expired_backup",
  "tls_compliant",
  "use_symlink_paths",
  "v3_checksum_as_v2",
  "vrrp_delay_after_boot",
  "vrrp_ipsets",
  "vrrp_owner_ignore_adverts",
];
