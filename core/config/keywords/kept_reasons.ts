/** Why nothing acts on a word that is accepted. */
const SNMP = "ha has no SNMP; its figures are at /metrics and /status";
const DBUS = "ha has no D-Bus; /status, /events and the control socket tell the same";
const ONE_THREAD = "checks share a thread with scripts and mail, which no priority may hold up";
const NO_MARKS =
  "each address of a virtual_server_group is a service of its own in IPVS, so that no marks are needed";
const LATE = "every instance listens once more after a timer that was late, and gives way after a long sleep";
const ROUTE_OPTION = "a route with it is not made, and the log says so";

/** One sentence without full stop for each word, or for that of one block. */
const REASONS: Readonly<Record<string, string>> = {
  namespace_with_ipsets: "the sets of nf_tables are used, which every kernel has in every namespace",
  checker_process_name: "checks run in the process itself, whose name is process_name",
  lvs_process_name: "checks run in the process itself, whose name is process_name",
  bfd_process_name: "BFD sessions run on the engine thread, whose name is vrrp_process_name",
  checker_priority: ONE_THREAD,
  checker_rt_priority: ONE_THREAD,
  checker_cpu_affinity: ONE_THREAD,
  checker_rlimit_rtime: "no thread with checks has a real-time priority",
  checker_rlimit_rttime: "no thread with checks has a real-time priority",
  nftables_ipvs: NO_MARKS,
  nftables_ipvs_priority: NO_MARKS,
  nftables_ipvs_start_fwmark: NO_MARKS,
  snmp_socket: SNMP,
  enable_traps: SNMP,
  enable_snmp_vrrp: SNMP,
  enable_snmp_keepalived: SNMP,
  enable_snmp_rfc: SNMP,
  enable_snmp_rfcv2: SNMP,
  enable_snmp_rfcv3: SNMP,
  enable_snmp_checker: SNMP,
  snmp_vs_stats_update_interval: SNMP,
  snmp_rs_stats_update_interval: SNMP,
  snmp_name: SNMP,
  enable_dbus: DBUS,
  dbus_service_name: DBUS,
  dbus_no_interface_name: DBUS,
  lvs_netlink_monitor_rcv_bufs: "one monitor serves all; its buffer is vrrp_netlink_monitor_rcv_bufs",
  lvs_netlink_monitor_rcv_bufs_force: "one monitor serves all; its buffer is vrrp_netlink_monitor_rcv_bufs",
  config_save_dir: "nothing is written around reloads; ha config and ha dump print both at any time",
  tmp_config_directory: "one process reads the files once, so that there is no copy to keep",
  "vrrp_instance/vrf": "a unicast instance needs an interface here",
  debug: "it has no effect in keepalived either",
  timer_expired_backup: LATE,
  thread_timer_expired: LATE,
  lvs_sync_daemon_interface: "lvs_sync_daemon in global_defs took its place, and says what this cannot",
  "virtual_routes/as": ROUTE_OPTION,
  "virtual_routes/encap": ROUTE_OPTION,
  "virtual_routes/ttl-propagate": "the route is made without it, since MPLS is not supported",
  "virtual_routes/vrf": "a route with it is not made; name the table of the VRF with table instead",
};

/** Why nothing acts on a word of a block (`vrrp_instance/vrf`); null where nobody says. */
export function reasonFor(key: string): string | null {
  return REASONS[key] ?? REASONS[key.slice(key.lastIndexOf("/") + 1)] ?? null;
}
