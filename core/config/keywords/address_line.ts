/** The words of the lines that hold addresses, peers and trackers. */
import { type KeywordTable, option } from "./keyword.ts";

/** A line of `virtual_ipaddress`. */
export const VIRTUAL_ADDRESS: KeywordTable = {
  name: "vrrp_instance/virtual_ipaddress",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("ADDR[/PFX]", "A", 0, ["IPv4 or IPv6 address with an optional prefix", "/32 or /128", "the address; first word of its line"]),
    option("dev", "A", 1, ["INTERFACE", "the instance's interface", "interface that carries the address"]),
    option("label", "A", 1, ["NAME of at most 15 characters", "none", "IPv4 label such as eth0:1"]),
    option("brd", "B", 1, ["ADDRESS, + or -", "none", "broadcast address; + sets the host bits, - clears them"]),
    option("broadcast", "B", 1, ["ADDRESS, + or -", "none", "the same as brd"], { use: "brd" }),
    option("scope", "B", 1, ["global, site, link, host, nowhere or 0..255", "global", "scope, IPv4 alone"]),
    option("peer", "C", 1, ["ADDRESS", "none", "the other end of a point-to-point link"]),
    option("use_vmac", "C", 0, ["", "off", "put this address on a VMAC of its own"]),
    option("home", "C", 0, ["", "off", "IPv6 home address flag"]),
    option("-nodad", "C", 0, ["", "duplicate address detection is off", "switch IPv6 duplicate address detection on"]),
    option("mngtmpaddr", "C", 0, ["", "off", "the kernel manages temporary addresses of this one"]),
    option("noprefixroute", "B", 0, ["", "off", "no automatic route to the prefix"]),
    option("autojoin", "C", 0, ["", "off", "the kernel joins the multicast group"]),
    option("no_track", "B", 0, ["", "off", "stay MASTER when somebody else removes the address"]),
    option("preferred_lft", "C", 1, ["SECONDS or forever", "0 for /128, else forever", "IPv6 preferred lifetime"]),
  ],
};

/** A line of `virtual_ipaddress_excluded`: the same. */
export const EXCLUDED_ADDRESS: KeywordTable = {
  name: "vrrp_instance/virtual_ipaddress_excluded",
  keywords: VIRTUAL_ADDRESS.keywords,
};

/** A line of `static_ipaddress`: the same but for `use_vmac`, with a track group. */
export const STATIC_ADDRESS: KeywordTable = {
  name: "static_ipaddress",
  keywords: [
    ...VIRTUAL_ADDRESS.keywords.filter((keyword) => keyword.word !== "use_vmac"),
    option("track_group", "C", 1, ["NAME", "none", "instances that fault when the address is lost"]),
  ],
};

/** A line of `unicast_peer`. */
export const UNICAST_PEER: KeywordTable = {
  name: "vrrp_instance/unicast_peer",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("IPADDR", "A", 0, ["ADDRESS", "", "address of the peer; of the instance's family"]),
    option("min_ttl", "C", 1, ["0..255", "0", "lowest TTL accepted from it"]),
    option("max_ttl", "C", 1, ["0..255", "255", "highest TTL accepted from it"]),
  ],
};

/** A line of `track_interface`, `track_script`, `track_file`, `track_process` or `track_bfd`. */
export const TRACKER: KeywordTable = {
  name: "vrrp_instance/track_*",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("weight", "A", 1, ["-253..253, -254..254 for files and processes", "the tracked object's", "priority change; 0 means FAULT"]),
    option("reverse", "B", 0, ["", "the tracked object's", "the verdict counts the other way round"]),
    option("noreverse", "C", 0, ["", "", "undo the object's own reverse; not for interfaces"]),
  ],
};

/** The words behind `lvs_sync_daemon INTERFACE`. */
export const SYNC_DAEMON: KeywordTable = {
  name: "global_defs/lvs_sync_daemon",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("inst", "B", 1, ["VRRP_INSTANCE", "none: both roles", "instance whose state decides the role"]),
    option("id", "B", 1, ["0..255", "the instance's VRID, or 0", "identifier of the pair"]),
    option("maxlen", "C", 1, ["1..65507", "the kernel's", "longest packet in octets"]),
    option("port", "C", 1, ["1..65535", "8848", "UDP port"]),
    option("ttl", "C", 1, ["1..255", "1", "multicast TTL"]),
    option("group", "C", 1, ["ADDRESS", "224.0.0.81", "multicast group"]),
  ],
};

/** A line of `virtual_server_group`. */
export const SERVER_GROUP: KeywordTable = {
  name: "virtual_server_group",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("ADDR [PORT]", "B", 0, ["ADDRESS [PORT]", "port 0", "one address"]),
    option("A.B.C.D-E [PORT]", "B", 0, ["FIRST-LAST_PART [PORT]", "", "a range within the last octet or group"]),
    option("A.B.C.D-E.F.G.H [PORT]", "C", 0, ["FIRST-LAST [PORT]", "", "a range"]),
    option("A.B.C.D/NN [PORT]", "C", 0, ["ADDRESS/PREFIX [PORT]", "", "all addresses of a prefix"]),
    option("fwmark", "B", 1, ["MARK [inet|inet6]", "", "what the firewall marks so"]),
  ],
};
