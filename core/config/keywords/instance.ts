/** The words of `vrrp_instance` and of the blocks within it. */
import type { AuthenticationDraft, HmacDraft } from "../validate/drafts.ts";
import type { InstanceDraft } from "../validate/instance_draft.ts";
import { entries, type KeywordTable } from "./keyword.ts";
import {
  boolean,
  choice,
  flag,
  leading,
  positive,
  seconds,
  text,
  version,
  whole,
  wholeSeconds,
} from "./shape.ts";

const word = entries<InstanceDraft>();

/** `vrrp_instance NAME { … }` */
export const VRRP_INSTANCE: KeywordTable = {
  name: "vrrp_instance",
  // deno-fmt-ignore: a row a word
  keywords: [
    word.own("use_vmac", "B", "custom", ["[[name] IF] [MAC 5/6 octets] [netlink_notify_msg] [group G]", "off", "create macvlan with 00:00:5e:00:01:VRID (02 for v6)"]),
    word.set("use_vmac_addr", "C", "forOtherInterfaces", flag(), ["", "off", "VMACs also for VIPs on other interfaces"]),
    word.set("vmac_xmit_base", "B", "transmitOnBase", flag(), ["", "off", "send and receive adverts on the parent interface"]),
    word.own("use_ipvlan", "C", "custom", ["[[name] IF] [IP] [bridge/private/vepa] [group G]", "off", "create L2 ipvlan for the instance"]),
    word.own("unicast_peer", "A", "list", ["{ IP [min_ttl 0-255] [max_ttl 0-255] per line }", "none (multicast)", "send adverts to these hosts instead of multicast"]),
    word.keep("unicast_fault_no_peer", "C", flag(), ["", "off", "FAULT rather than multicast if unicast keywords lack peers"], { acted: true }),
    word.own("check_unicast_src", "B", "custom", ["", "off; min_ttl and max_ttl set it", "drop adverts whose source is no peer"]),
    word.own("old_unicast_checksum", "C", "custom", ["[never]", "found out", "unicast checksum of version 3 before keepalived 1.3.7"]),
    word.own("native_ipv6", "D", "custom", ["", "", "an IPv6 instance; the family follows from the addresses"]),
    word.own("state", "A", "custom", ["MASTER/BACKUP", "derived: MASTER iff priority 255", "initial wanted state; unknown value becomes BACKUP"]),
    word.own("interface", "A", "custom", ["IFNAME", "required unless unicast+src", "interface VRRP runs on; not loopback"]),
    word.own("vrf", "C", "custom", ["INTERFACE", "none", "VRF of a unicast instance without an interface"], { acted: false }),
    word.set("dont_track_primary", "B", "ignorePrimary", flag(), ["", "off", "ignore own interface link faults"]),
    word.own("track_interface", "A", "list", ["{ IF [weight -253..253 [reverse]] }", "weight 0", "watch interfaces; weight 0 = fault when down"]),
    word.own("track_script", "A", "list", ["{ NAME [weight -253..253 [reverse/noreverse]] }", "script's weight", "bind vrrp_script to instance"]),
    word.own("track_file", "B", "list", ["{ NAME [weight -254..254 [reverse/noreverse]] }", "file's weight (1)", "bind track_file to instance"]),
    word.own("track_process", "B", "list", ["{ NAME [weight -254..254 [reverse/noreverse]] }", "process weight (0)", "bind vrrp_track_process"]),
    word.own("track_bfd", "C", "list", ["{ NAME [weight -253..253 [reverse/noreverse]] }", "bfd weight (0)", "bind bfd_instance"]),
    word.own("mcast_src_ip", "A", "custom", ["IP", "primary interface address", "source address of adverts"]),
    word.own("unicast_src_ip", "A", "custom", ["IP", "primary interface address", "same as mcast_src_ip, marks unicast intent"]),
    word.own("mcast_dst_ip", "C", "custom", ["multicast IP", "vrrp_mcast_group4/6", "per-instance multicast group"]),
    word.set("track_src_ip", "B", "trackSourceAddress", flag(), ["", "off", "FAULT while configured source address is missing"]),
    word.set("virtual_router_id", "A", "vrid", whole(1, 255), ["1..255", "required", "VRID; unique per interface, family, cast type"]),
    word.set("unicast_ttl", "C", "ttl", whole(0, 255), ["0..255", "255 IPv4, kernel IPv6", "TTL of unicast adverts"]),
    word.set("version", "B", "version", version(), ["2/3", "vrrp_version; 3 for IPv6", "protocol version"], { again: "same" }),
    word.set("priority", "A", "priority", whole(1, 255), ["1..255", "100, or 255 if state MASTER", "base election priority; 255 = address owner"], { invalid: 100 }),
    word.set("advert_int", "A", "advertInterval", seconds(0.01, 255), ["0.01..255 s (v2 whole s, v3 <=40.95)", "1", "advertisement interval"]),
    word.own("virtual_ipaddress", "A", "list", ["{ ADDR line }", "warn if none", "advertised VIPs, added while MASTER"]),
    word.own("virtual_ipaddress_excluded", "B", "list", ["{ ADDR line }", "none", "extra addresses moved but not advertised"]),
    word.set("no_virtual_ipaddress", "C", "noAddresses", flag(), ["", "off", "silence warnings for instance without VIPs"]),
    word.set("promote_secondaries", "B", "promoteSecondaries", flag(), ["", "off", "switch the kernel's promote_secondaries on for the interface"]),
    word.keep("linkbeat_use_polling", "D", flag(), ["", "off", "poll the link; now linkbeat_interfaces does"], { acted: true, deprecated: true }),
    word.set("v3_checksum_as_v2", "B", "checksumWithoutPseudoHeader", boolean(), ["[BOOL]", "that of global_defs", "no pseudo-header in v3 IPv4 checksum"]),
    word.own("virtual_routes", "B", "list", ["{ ROUTE line }", "none", "routes present only while MASTER"]),
    word.own("virtual_rules", "B", "list", ["{ RULE line }", "none", "policy rules present only while MASTER"]),
    word.own("accept", "A", "custom", ["", "on (off in strict unless owner)", "let host receive packets for VIPs"]),
    word.own("no_accept", "B", "custom", ["", "off", "firewall off packets to VIPs when not their owner"]),
    word.set("skip_check_adv_addr", "B", "skipAddressCheck", boolean(), ["[BOOL] (any valid value sets it)", "vrrp_skip_check_adv_addr", "per-instance skip of VIP list check"]),
    word.set("strict_mode", "B", "strict", boolean(), ["[BOOL]", "vrrp_strict", "per-instance strict"]),
    word.own("preempt", "B", "custom", ["", "on", "clear nopreempt"]),
    word.set("nopreempt", "A", "noPreempt", flag(), ["", "off", "stay BACKUP while lower-priority master lives"]),
    word.set("preempt_delay", "A", "preemptDelay", seconds(0, 1000), ["0..1000 s decimal", "0", "wait before replacing a lower-priority master"]),
    word.keep("debug", "C", whole(0, 4), ["0..4", "0", "accepted, no effect"]),
    word.command("notify_backup", "A", "backup", ["CMD [user [group]]", "none", "run on entering BACKUP"]),
    word.command("notify_master", "A", "master", ["CMD [user [group]]", "none", "run on entering MASTER"]),
    word.command("notify_fault", "A", "fault", ["CMD [user [group]]", "none", "run on entering FAULT"]),
    word.command("notify_stop", "A", "stop", ["CMD [user [group]]", "none", "run when daemon stops"]),
    word.own("notify_deleted", "C", "custom", ["[CMD [user [group]]]", "report FAULT", "report DELETED (and run CMD) if removed by reload"]),
    word.command("notify", "A", "any", ["CMD [user [group]]", "none", "every change; appends INSTANCE NAME STATE PRIO"]),
    word.command("notify_master_rx_lower_pri", "C", "masterRxLowerPriority", ["CMD [user [group]]", "none", "master heard a lower-priority advert"]),
    word.set("smtp_alert", "A", "smtpAlert", boolean(), ["[BOOL]", "smtp_alert_vrrp, smtp_alert, else off", "mail on state change"]),
    word.set("notify_priority_changes", "C", "notifyPriorityChanges", boolean(), ["[BOOL]", "that of the group or of global_defs", "FIFO lines for priority changes"]),
    word.keep("lvs_sync_daemon_interface", "D", text("an interface"), ["INTERFACE", "", "now lvs_sync_daemon in global_defs"], { deprecated: true }),
    word.set("garp_master_delay", "A", "garpDelay", leading(wholeSeconds(0)), ["uint s", "that of global_defs, or 5", "delay to second GARP/NA burst"]),
    word.set("garp_master_refresh", "B", "garpRefresh", leading(wholeSeconds(0, 0xffffffff)), ["uint s", "that of global_defs, or 0", "periodic GARP interval while MASTER"]),
    word.set("garp_master_repeat", "B", "garpRepeat", leading(positive()), ["uint>=1", "that of global_defs, or 5", "GARPs per address per burst"]),
    word.set("garp_master_refresh_repeat", "B", "garpRefreshRepeat", leading(positive()), ["uint>=1", "that of global_defs, or 1", "GARPs per refresh"]),
    word.set("garp_lower_prio_delay", "B", "garpLowerPriorityDelay", leading(wholeSeconds(0)), ["uint s", "that of global_defs; 0 in strict mode", "second burst delay after lower advert"]),
    word.set("garp_lower_prio_repeat", "B", "garpLowerPriorityRepeat", leading(whole(0)), ["uint", "that of global_defs; 0 in strict mode", "burst size after lower advert"]),
    word.set("down_timer_adverts", "C", "downTimerAdverts", whole(1, 100), ["1..100", "that of global_defs, or 3", "missed adverts before takeover"]),
    word.keep("timer_expired_backup", "C", whole(1, 254, 254), ["[1..254]", "off; bare is 254", "self-demote when scheduled late (needs nopreempt)"]),
    word.keep("thread_timer_expired", "D", whole(1, 254, 254), ["[1..254]", "", "wrong spelling from release notes"], { use: "timer_expired_backup" }),
    word.own("garp_extra_if", "C", "custom", ["[all] 0..86400 s", "global", "pause between GARPs on VMACs of VIPs, with all on each further interface"], { fatalBare: false }),
    word.own("vmac_garp_intvl", "D", "custom", ["[all] SECONDS", "", "old name of garp_extra_if"], { use: "garp_extra_if", deprecated: true, fatalBare: false }),
    word.set("lower_prio_no_advert", "B", "lowerPriorityNoAdvert", boolean(), ["[BOOL]", "that of global_defs; on in strict mode", "master stays silent to lower-priority adverts"]),
    word.set("higher_prio_send_advert", "B", "higherPrioritySendAdvert", boolean(), ["[BOOL]", "that of global_defs; off in strict mode", "advert once before yielding"]),
    word.set("owner_ignore_adverts", "C", "ownerIgnoreAdverts", boolean(), ["[BOOL]", "that of global_defs; on in strict mode", "owner discards received adverts"]),
    word.set("kernel_rx_buf_size", "C", "receiveBuffer", whole(0), ["bytes", "vrrp_rx_bufs_policy", "its share of the receive buffer for advertisements"], { fatalBare: false }),
    word.own("authentication", "A", "block", ["{ block }", "none", "v2 authentication block"]),
    word.own("auth_hmac", "C", "block", ["{ block }", "none", "keepalived-only HMAC-SHA256 trailer on adverts, since v2.4.0"]),
  ],
};

const authentication = entries<AuthenticationDraft>();

/** `authentication { … }` within an instance. */
export const AUTHENTICATION: KeywordTable = {
  name: "vrrp_instance/authentication",
  // deno-fmt-ignore: a row a word
  keywords: [
    authentication.own("auth_type", "A", "custom", ["PASS/AH", "none", "v2 authentication type"]),
    authentication.own("auth_pass", "A", "custom", ["STRING, first 8 bytes", "none (auth disabled)", "shared password, zero padded"]),
  ],
};

const hmac = entries<HmacDraft>();

/** `auth_hmac { … }` within an instance. */
export const AUTH_HMAC: KeywordTable = {
  name: "vrrp_instance/auth_hmac",
  // deno-fmt-ignore: a row a word
  keywords: [
    hmac.own("key", "C", "custom", ["ID(1..255) VALUE / hex:.. / file:PATH (32..64 bytes)", "required", "signing key, several allowed"]),
    hmac.set("active_key", "C", "activeKey", whole(1, 255), ["1..255", "0 (undefined disables)", "key used to sign"]),
    hmac.set("time_window", "C", "timeWindow", whole(1, 300), ["1..300 s", "max(3*advert_int,5)", "freshness window"]),
    hmac.set("anti_replay", "C", "antiReplay", choice(["time", "monotonic"]), ["time/monotonic", "time", "replay protection mode"]),
    hmac.set("mode", "C", "mode", choice(["enforce", "permissive", "receive-only"]), ["enforce/permissive/receive-only", "enforce", "migration mode"]),
  ],
};
