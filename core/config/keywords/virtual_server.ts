/** The words of `virtual_server` and `real_server`. */
import type { RealServerDraft, VirtualServerDraft } from "../validate/server_drafts.ts";
import { entries, type KeywordTable } from "./keyword.ts";
import {
  boolean,
  choice,
  flag,
  ipFamily,
  leading,
  seconds,
  text,
  UNBOUNDED,
  whole,
  wholeSeconds,
} from "./shape.ts";

const word = entries<VirtualServerDraft>();
const real = entries<RealServerDraft>();

/** The schedulers of IPVS. */
export const SCHEDULERS = [
  "rr",
  "wrr",
  "lc",
  "wlc",
  "lblc",
  "lblcr",
  "sh",
  "mh",
  "dh",
  "fo",
  "ovf",
  "sed",
  "nq",
  "twos",
] as const;

/** `virtual_server ADDRESS PORT { … }` */
export const VIRTUAL_SERVER: KeywordTable = {
  name: "virtual_server",
  // deno-fmt-ignore: a row a word
  keywords: [
    word.set("ip_family", "C", "family", ipFamily(), ["inet/inet6", "from servers", "family of fwmark service with tunnelled servers"]),
    word.set("retry", "B", "retry", whole(1), ["uint>=1", "that of the checker", "default retry count for checkers"]),
    word.set("delay_before_retry", "B", "delayBeforeRetry", seconds(0, UNBOUNDED), ["decimal s", "that of the checker", "default pause between retries"]),
    word.set("warmup", "B", "warmup", seconds(0, UNBOUNDED), ["decimal s, 0 disables", "delay_loop", "max random delay of first check"]),
    word.set("connect_timeout", "B", "timeout", seconds(0.000001), ["decimal s >=0.000001", "5", "default connection timeout"]),
    word.set("delay_loop", "A", "delayLoop", seconds(0.000001, UNBOUNDED), ["decimal s >0", "60", "interval between checks"]),
    word.set("inhibit_on_failure", "B", "inhibitOnFailure", flag(), ["", "off", "set weight 0 instead of removing failed server"]),
    word.set("lb_algo", "A", "scheduler", choice(SCHEDULERS), ["rr/wrr/lc/wlc/lblc/lblcr/sh/mh/dh/fo/ovf/sed/nq/twos", "wlc", "scheduler"]),
    word.set("lvs_sched", "B", "scheduler", choice(SCHEDULERS), ["as lb_algo", "wlc", "the newer spelling"], { use: "lb_algo" }),
    word.own("hashed", "D", "custom", ["", "", "scheduler flag of old; it has no effect"]),
    word.set("ops", "B", "onePacket", flag(), ["", "off", "one-packet scheduling, UDP only"]),
    word.own("flag-1", "C", "custom", ["", "off", "scheduler flag bit 1"]),
    word.own("flag-2", "C", "custom", ["", "off", "scheduler flag bit 2"]),
    word.own("flag-3", "C", "custom", ["", "off", "scheduler flag bit 3"]),
    word.own("sh-port", "C", "custom", ["", "off", "hash source port too (sh)"]),
    word.own("sh-fallback", "C", "custom", ["", "off", "choose another server if unavailable (sh)"]),
    word.own("mh-port", "C", "custom", ["", "off", "hash source port too (mh)"]),
    word.own("mh-fallback", "C", "custom", ["", "off", "choose another server if unavailable (mh)"]),
    word.own("lb_kind", "A", "custom", ["NAT/DR/TUN [type ipip/gue/gre] [port N] [nocsum/csum/remcsum]", "NAT (warns)", "forwarding method"]),
    word.own("lvs_method", "B", "custom", ["as lb_kind", "NAT", "the newer spelling"], { use: "lb_kind" }),
    word.set("persistence_engine", "C", "persistenceEngine", text("an engine"), ["NAME (sip)", "none", "IPVS persistence engine"]),
    word.set("persistence_timeout", "A", "persistence", wholeSeconds(1, 2678400, 360), ["[1..31*86400 s]", "off; bare is 360", "sticky client timeout"]),
    word.own("persistence_granularity", "B", "custom", ["IPv4 mask / IPv6 prefix 1..128", "255.255.255.255 / 128", "client grouping; implies persistence 360"]),
    word.set("protocol", "A", "protocol", choice(["TCP", "UDP", "SCTP"], { fold: true }), ["TCP/UDP/SCTP (case-insensitive)", "UDP", "transport"]),
    word.set("ha_suspend", "B", "haSuspend", flag(), ["", "off", "suspend checks while VIP absent from host"]),
    word.set("smtp_alert", "B", "smtpAlert", boolean(), ["[BOOL]", "smtp_alert_checker, smtp_alert, else off", "mail on quorum changes"]),
    word.set("virtualhost", "B", "virtualHost", text("a host name"), ["STRING", "none", "default Host header"], { fatalBare: false }),
    word.set("snmp_name", "C", "snmpName", text("a name"), ["STRING", "none", "SNMP label"], { acted: false, fatalBare: false }),
    word.set("alpha", "B", "alpha", flag(), ["", "off", "real servers start down until checked"]),
    word.set("omega", "B", "omega", flag(), ["", "off", "run down notifies at shutdown"]),
    word.command("quorum_up", "B", "quorumUp", ["CMD [user [group]]", "none", "run on gaining quorum"]),
    word.command("quorum_down", "B", "quorumDown", ["CMD [user [group]]", "none", "run on losing quorum"]),
    word.set("quorum", "B", "quorum", leading(whole(1, 4294967295)), ["uint>=1", "1", "needed total weight of live servers"], { invalid: 1 }),
    word.set("hysteresis", "B", "hysteresis", leading(whole(0, 4294967295)), ["uint < quorum", "0", "quorum flap margin"]),
    word.set("weight", "B", "weight", leading(whole(1, 2147483647)), ["1..2147483647", "1", "default real server weight"]),
    word.own("sorry_server", "A", "custom", ["IP [PORT]", "none", "used when quorum lost"]),
    word.own("sorry_server_inhibit", "B", "custom", ["", "off", "inhibit_on_failure behaviour for sorry server"]),
    word.own("sorry_server_lvs_method", "C", "custom", ["NAT/DR/TUN ...", "virtual server method", "forwarding method of sorry server"]),
    word.own("real_server", "A", "block", ["IP [PORT] { block }", "port of virtual server", "pool member"], { fatalBare: true }),
  ],
};

/** `real_server ADDRESS PORT { … }` */
export const REAL_SERVER: KeywordTable = {
  name: "virtual_server/real_server",
  // deno-fmt-ignore: a row a word
  keywords: [
    real.set("weight", "A", "weight", leading(whole(0, 2147483647)), ["0..2147483647", "that of the virtual server, or 1", "IPVS weight"]),
    real.own("lvs_method", "B", "custom", ["NAT/DR/TUN ...", "virtual server method", "per-server forwarding method"]),
    real.set("uthreshold", "C", "upperThreshold", leading(whole(0, 4294967295)), ["uint", "0", "upper connection limit"]),
    real.set("lthreshold", "C", "lowerThreshold", leading(whole(0, 4294967295)), ["uint", "0", "lower connection limit"]),
    real.set("inhibit_on_failure", "B", "inhibitOnFailure", boolean(), ["[BOOL]", "that of the virtual server", "weight 0 instead of removal"]),
    real.command("notify_up", "B", "notifyUp", ["CMD [user [group]]", "none", "run when server comes up"]),
    real.command("notify_down", "B", "notifyDown", ["CMD [user [group]]", "none", "run when server goes down"]),
    real.set("alpha", "B", "alpha", boolean(), ["[BOOL]", "that of the virtual server", "start down"]),
    real.set("retry", "B", "retry", whole(1), ["uint>=1", "that of the virtual server", "default retry for its checkers"]),
    real.set("delay_before_retry", "B", "delayBeforeRetry", seconds(0, UNBOUNDED), ["decimal s", "that of the virtual server", "default retry pause"]),
    real.set("warmup", "B", "warmup", seconds(0, UNBOUNDED), ["decimal s", "that of the virtual server", "first check random delay"]),
    real.set("connect_timeout", "B", "timeout", seconds(0.000001), ["decimal s", "that of the virtual server, or 5", "default connect timeout"]),
    real.set("delay_loop", "B", "delayLoop", seconds(0.000001, UNBOUNDED), ["decimal s", "that of the virtual server", "check interval"]),
    real.set("smtp_alert", "B", "smtpAlert", boolean(), ["[BOOL]", "that of global_defs, else on", "mail on up/down"]),
    real.set("virtualhost", "B", "virtualHost", text("a host name"), ["STRING", "that of the virtual server", "default Host header"], { fatalBare: false }),
    real.set("snmp_name", "C", "snmpName", text("a name"), ["STRING", "none", "SNMP label"], { acted: false, fatalBare: false }),
    real.own("MISC_CHECK", "A", "block", ["{ block }", "", "script check"]),
    real.own("SMTP_CHECK", "B", "block", ["{ block }", "", "SMTP dialogue check"]),
    real.own("TCP_CHECK", "A", "block", ["{ block }", "", "TCP connect check"]),
    real.own("PING_CHECK", "B", "block", ["{ block }", "", "ICMP echo check"]),
    real.own("UDP_CHECK", "B", "block", ["{ block }", "", "UDP probe check"]),
    real.own("HTTP_GET", "A", "block", ["{ block }", "", "HTTP request check"]),
    real.own("SSL_GET", "A", "block", ["{ block }", "", "HTTPS request check"]),
    real.own("DNS_CHECK", "B", "block", ["{ block }", "", "DNS query over UDP check"]),
    real.own("FILE_CHECK", "C", "block", ["{ block }", "", "track_file driven check"]),
    real.own("BFD_CHECK", "C", "block", ["{ block }", "", "BFD session driven check"]),
    // A word of ours, unknown to keepalived:
    real.set("slow_start", "B", "slowStart", seconds(0), ["decimal seconds", "0: at once", "after a failure the weight grows to its full value over that time"], { ours: true }),
  ],
};
