/** The words of route and rule lines. */
import { type KeywordTable, option } from "./keyword.ts";

const NOT_ACTED = { acted: false };

/** A line of `virtual_routes` or `static_routes`. */
export const ROUTE: KeywordTable = {
  name: "virtual_routes",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("DEST", "B", 0, ["ADDRESS/PREFIX, default, any or all", "required", "where the route leads to"]),
    option("to", "B", 1, ["ADDRESS/PREFIX", "", "the destination, spelt out"]),
    option("default6", "D", 0, ["", "", "old word for default with inet6"], { use: "inet6 default" }),
    ...["unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat"].map((type) =>
      option(type, "B", 0, ["", "unicast", `a route of type ${type}`])
    ),
    option("inet", "C", 0, ["", "where nothing else tells", "an IPv4 route"]),
    option("inet6", "C", 0, ["", "", "an IPv6 route"]),
    option("src", "B", 1, ["ADDRESS", "none", "preferred source address"]),
    option("as", "C", 1, ["[to] ADDRESS", "none", "new destination of NAT and MPLS"], NOT_ACTED),
    option("via", "B", 1, ["[inet|inet6] ADDRESS", "none", "gateway"]),
    option("gw", "B", 1, ["ADDRESS", "none", "the same as via"], { use: "via", deprecated: true }),
    option("or", "C", 1, ["[via] ADDRESS", "none", "second gateway"], { deprecated: true }),
    option("from", "C", 1, ["ADDRESS/PREFIX", "none", "IPv6 source prefix"]),
    option("tos", "C", 1, ["0..255", "0", "type of service"]),
    option("dsfield", "C", 1, ["0..255", "0", "the same as tos"], { use: "tos" }),
    option("table", "B", 1, ["NAME or number", "main", "routing table"]),
    option("protocol", "C", 1, ["NAME or number", "keepalived, 18", "who made the route"]),
    option("scope", "B", 1, ["global, site, link, host, nowhere or 0..255", "the kernel's rule", "scope"]),
    option("metric", "B", 1, ["number", "0", "metric"]),
    option("priority", "B", 1, ["number", "0", "the same as metric"], { use: "metric" }),
    option("preference", "B", 1, ["number", "0", "the same as metric"], { use: "metric" }),
    option("dev", "B", 1, ["INTERFACE", "found by the kernel", "output interface"]),
    option("oif", "B", 1, ["INTERFACE", "found by the kernel", "the same as dev"], { use: "dev" }),
    option("onlink", "B", 0, ["", "off", "take the gateway as on the link"]),
    option("encap", "C", -1, ["ip, ip6, mpls or ila with id, dst, src, tos, ttl, tc, hoplimit, flags", "none", "lightweight tunnel"], NOT_ACTED),
    option("expires", "C", 1, ["seconds", "none", "end of an IPv6 route"]),
    ...["mtu", "advmss", "rtt", "rttvar", "reordering", "cwnd", "ssthresh", "rto_min"].map((metric) =>
      option(metric, "C", 1, ["[lock] number", "none", `the route's ${metric}, locked or not`])
    ),
    ...["hoplimit", "window", "initcwnd", "initrwnd"].map((metric) =>
      option(metric, "C", 1, ["number", "none", `the route's ${metric}`])
    ),
    option("realms", "C", 1, ["REALM or REALM/REALM", "none", "realms"]),
    option("features", "C", 1, ["ecn", "none", "route features"]),
    option("quickack", "C", 1, ["0 or 1", "none", "quick acknowledgements"]),
    option("congctl", "C", 1, ["[lock] NAME", "none", "congestion control"]),
    option("pref", "C", 1, ["low, medium or high", "none", "IPv6 router preference"]),
    option("ttl-propagate", "C", 1, ["enabled or disabled", "none", "MPLS TTL"], NOT_ACTED),
    option("fastopen_no_cookie", "C", 1, ["0 or 1", "none", "TCP fast open without a cookie"]),
    option("add", "C", 0, ["", "prepend", "only where no such route is there"]),
    option("prepend", "C", 0, ["", "prepend", "before the others of its kind"]),
    option("append", "C", 0, ["", "prepend", "behind the others of its kind"]),
    option("nexthop", "C", -1, ["via, dev, weight, onlink, encap, realms, as", "none", "one of several hops; may be repeated"]),
    option("no_track", "B", 0, ["", "off", "stay MASTER when somebody else removes the route"]),
    option("vrf", "C", 1, ["INTERFACE", "none", "the table of a VRF"], NOT_ACTED),
    option("track_group", "C", 1, ["NAME", "none", "instances that fault when the route is lost; static routes alone"]),
  ],
};

/** A line of `virtual_rules` or `static_rules`. */
export const RULE: KeywordTable = {
  name: "virtual_rules",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("from", "B", 1, ["ADDRESS/PREFIX or all", "all", "source"]),
    option("to", "B", 1, ["ADDRESS/PREFIX or all", "all", "destination"]),
    option("table", "B", 1, ["NAME or number", "required unless an action stands there", "table to look up"]),
    option("lookup", "B", 1, ["NAME or number", "", "the same as table"], { use: "table" }),
    option("not", "C", 0, ["", "off", "turn the selector round"]),
    option("preference", "B", 1, ["number", "assigned", "place among the rules"]),
    option("order", "B", 1, ["number", "assigned", "the same as preference"], { use: "preference" }),
    option("priority", "B", 1, ["number", "assigned", "the same as preference"], { use: "preference" }),
    option("tos", "C", 1, ["0..255", "0", "type of service"]),
    option("dsfield", "C", 1, ["0..255", "0", "the same as tos"], { use: "tos" }),
    option("fwmark", "B", 1, ["MARK[/MASK]", "none", "mark of the firewall"]),
    option("realms", "C", 1, ["REALM or REALM/REALM", "none", "realms"]),
    option("suppress_prefixlength", "C", 1, ["number", "none", "pass over routes with a shorter prefix"]),
    option("sup_pl", "C", 1, ["number", "none", "the same"], { use: "suppress_prefixlength" }),
    option("suppress_ifgroup", "C", 1, ["NAME or number", "none", "pass over routes through an interface group"]),
    option("sup_group", "C", 1, ["NAME or number", "none", "the same"], { use: "suppress_ifgroup" }),
    option("iif", "B", 1, ["INTERFACE", "any", "input interface"]),
    option("dev", "B", 1, ["INTERFACE", "any", "the same as iif"], { use: "iif" }),
    option("oif", "C", 1, ["INTERFACE", "any", "output interface"]),
    option("tunnel-id", "C", 1, ["number", "none", "tunnel identifier"]),
    option("uidrange", "C", 1, ["FIRST-LAST", "none", "user ids"]),
    option("l3mdev", "C", 0, ["", "off", "look up the table of the layer 3 master device"]),
    option("protocol", "C", 1, ["NAME or number", "keepalived", "who made the rule"]),
    option("ipproto", "C", 1, ["NAME or number", "none", "transport protocol"]),
    option("ip_proto", "C", 1, ["NAME or number", "none", "the same, as the manual spells it"], { use: "ipproto" }),
    option("sport", "C", 1, ["PORT or FIRST-LAST", "none", "source ports"]),
    option("dport", "C", 1, ["PORT or FIRST-LAST", "none", "destination ports"]),
    option("goto", "C", 1, ["number", "", "go on at the rule of that preference"]),
    option("nop", "C", 0, ["", "", "do nothing"]),
    option("type", "C", 1, ["unicast, blackhole, unreachable or prohibit", "unicast", "what happens instead of a lookup"]),
    ...["blackhole", "unreachable", "prohibit"].map((action) =>
      option(action, "C", 0, ["", "", `the same as type ${action}`])
    ),
    option("inet", "C", 0, ["", "where nothing else tells", "an IPv4 rule"]),
    option("inet6", "C", 0, ["", "", "an IPv6 rule"]),
    option("no_track", "C", 0, ["", "off", "stay MASTER when somebody else removes the rule"]),
    option("track_group", "C", 1, ["NAME", "none", "instances that fault when the rule is lost; static rules alone"]),
  ],
};
