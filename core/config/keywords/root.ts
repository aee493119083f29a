/** The words that stand outside all blocks. */
import type { RootDraft } from "../validate/drafts.ts";
import { entries, type KeywordTable } from "./keyword.ts";
import { flag, text, wholeSeconds } from "./shape.ts";

const word = entries<RootDraft>();

/** The root level of a configuration. */
export const ROOT: KeywordTable = {
  name: "(root)",
  // deno-fmt-ignore: a row a word
  keywords: [
    word.keep("linkbeat_use_polling", "C", flag(), ["", "off", "poll the link state of all interfaces of instances, besides listening to netlink"], { acted: true }),
    word.set("net_namespace", "B", "networkNamespace", text("a name"), ["NAME", "none", "run inside this network namespace; a reload does not change it"], { fatalBare: false, again: "first" }),
    word.set("net_namespace_ipvs", "C", "ipvsNamespace", text("a name", ""), ["[NAME]", "that of net_namespace; bare is the default one", "namespace whose IPVS table is programmed"]),
    word.keep("namespace_with_ipsets", "C", flag(), ["", "off", "allow ipsets in a namespace on kernels before 3.13"]),
    word.set("use_pid_dir", "B", "usePidDirectory", flag(), ["", "off", "put pid files into a directory of their own"]),
    word.set("instance", "B", "instanceName", text("a name"), ["NAME", "none", "name added to pid files, run directory and syslog name, under the name keepalived"], { fatalBare: false, again: "first" }),
    word.set("child_wait_time", "B", "childWaitTime", wholeSeconds(0, 0xffffffff), ["SECONDS", "5", "how long a stop waits for the engine thread before it removes the addresses without it"]),
    word.own("global_defs", "A", "block", ["{ … }", "", "settings of the whole daemon"]),
    word.own("track_group", "C", "block", ["NAME { … }", "", "instances that watch static addresses, routes and rules"]),
    word.own("static_ipaddress", "B", "list", ["{ ADDRESS … }", "none", "addresses added at start and removed at stop, never moved"]),
    word.own("static_routes", "B", "list", ["{ ROUTE … }", "none", "routes added at start and removed at stop"]),
    word.own("static_rules", "B", "list", ["{ RULE … }", "none", "policy rules added at start and removed at stop"]),
    word.own("vrrp_sync_group", "A", "block", ["NAME { … }", "", "instances that change state together"]),
    word.own("garp_group", "C", "block", ["{ … }", "", "gratuitous ARP pacing that several interfaces share"]),
    word.own("linkbeat_interfaces", "C", "list", ["{ INTERFACE [MII|ETHTOOL|IOCTL] … }", "none", "interfaces whose link is polled"]),
    word.own("vrrp_instance", "A", "block", ["NAME { … }", "", "one virtual router: a VRID on an interface"]),
    word.own("vrrp_script", "A", "block", ["NAME { … }", "", "a command whose exit status drives instances"], { fatalBare: true }),
    word.own("vrrp_track_process", "B", "block", ["NAME { … }", "", "watches the number of running processes"], { fatalBare: true }),
    word.own("interface_up_down_delays", "C", "list", ["{ INTERFACE DOWN_SECONDS [UP_SECONDS] … }", "none", "how long a change of an interface must last before it counts"]),
    word.own("SSL", "C", "block", ["{ … }", "none", "certificates of SSL_GET"]),
    word.own("virtual_server_group", "B", "block", ["NAME { … }", "", "a reusable list of addresses, ranges and marks"], { fatalBare: true }),
    word.own("virtual_server", "A", "block", ["ADDRESS [PORT] { … }, fwmark MARK { … }, group NAME { … }", "", "one load-balanced service and its real servers"], { fatalBare: true }),
    word.own("bfd_instance", "C", "block", ["NAME { … }", "", "a BFD session (RFC 5880) that can be tracked"]),
    word.own("track_file", "B", "block", ["NAME { … }", "", "a file that holds a number"], { fatalBare: true }),
    word.own("vrrp_track_file", "D", "block", ["NAME { … }", "", "old name of track_file"], { use: "track_file", fatalBare: true }),
  ],
};
