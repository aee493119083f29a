/** The words of route and rule lines. */
import { type KeywordTable, option } from "./keyword.ts";

const NOT_ACTED = { acted: false };

/** A line of `virtual_routes` or `static_routes`. */
export const ROUTE: KeywordTable = {
  name: "virtual_routes",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("DEST", "B", 0, ["ADDRESS/PREFIX, default, any or all", "required", "where the route leads to"], NOT_ACTED),
    option("to", "B", 1, ["ADDRESS/PREFIX", "", "the destination, spelt out; a type word may stand before"], NOT_ACTED),
    option("default6", "D", 0, ["", "", "old word for default with inet6"], { use: "inet6 default", acted: false }),
    ...["unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "nat"].map((type) =>
      option(type, "B", 0, ["", "unicast", `a route of type ${type}`], NOT_ACTED)
    ),
    option("inet", "C", 0, ["", "where nothing else tells", "an IPv4 route"], NOT_ACTED),
    option("inet6", "C", 0, ["", "", "an IPv6 route"], NOT_ACTED),
    option("src", "B", 1, ["ADDRESS", "none", "preferred source address"], NOT_ACTED),
    option("as", "C", 1, ["[to] ADDRESS", "none", "new destination of NAT and MPLS"], NOT_ACTED),
    option("via", "B", 1, ["[inet|inet6] ADDRESS", "none", "gateway"], NOT_ACTED),
    option("gw", "B", 1, ["ADDRESS", "none", "the same as via"], { use: "via", acted: false }),
    option("or", "C", 1, ["[via] ADDRESS", "none", "second gateway"], NOT_ACTED),
    option("from", "C", 1, ["ADDRESS/PREFIX", "none", "IPv6 source prefix"], NOT_ACTED),
    option("tos", "C", 1, ["0..255", "0", "type of service"], NOT_ACTED),
    option("dsfield", "C", 1, ["0..255", "0", "the same as tos"], { use: "tos", acted: false }),
    option("table", "B", 1, ["NAME or number", "main", "routing table"], NOT_ACTED),
    option("protocol", "C", 1, ["NAME or number", "keepalived, 18", "who made the route"], NOT_ACTED),
    option("scope", "B", 1, ["global, site, link, host, nowhere or 0..255", "the kernel's rule", "scope"], NOT_ACTED),
    option("metric", "B", 1, ["number", "0", "metric"], NOT_ACTED),
    option("priority", "B", 1, ["number", "0", "the same as metric"], { use: "metric", acted: false }),
    option("preference", "B", 1, ["number", "0", "the same as metric"], { use: "metric", acted: false }),
    option("dev", "B", 1, ["INTERFACE", "found by the kernel", "output interface"], NOT_ACTED),
    option("oif", "B", 1, ["INTERFACE", "found by the kernel", "the same as dev"], { use: "dev", acted: false }),
    option("onlink", "B", 0, ["", "off", "take the gateway as on the link"], NOT_ACTED),
    option("encap", "C", -1, ["ip, ip6, mpls or ila with id, dst, src, tos, ttl, tc, hoplimit, flags", "none", "lightweight tunnel"], NOT_ACTED),
    option("expires", "C", 1, ["seconds", "none", "end of an IPv6 route"], NOT_ACTED),
    ...["mtu", "advmss", "rtt", "rttvar", "reordering", "cwnd", "ssthresh", "rto_min"].map((metric) =>
      option(metric, "C", 1, ["[lock] number", "none", `the route's ${metric}, locked or not`], NOT_ACTED)
    ),
    ...["hoplimit", "window", "initcwnd", "initrwnd"].map((metric) =>
      option(metric, "C", 1, ["number", "none", `the route's ${metric}`], NOT_ACTED)
    ),
    option("realms", "C", 1, ["REALM or REALM/REALM", "none", "realms"], NOT_ACTED),
    option("features", "C", 1, ["ecn", "none", "route features"], NOT_ACTED),
    option("quickack", "C", 1, ["0 or 1", "none", "quick acknowledgements"], NOT_ACTED),
    option("congctl", "C", 1, ["[lock] NAME", "none", "congestion control"], NOT_ACTED),
    option("pref", "C", 1, ["low, medium or high", "none", "IPv6 router preference"], NOT_ACTED),
    option("ttl-propagate", "C", 1, ["enabled or disabled", "none", "MPLS TTL"], NOT_ACTED),
    option("fastopen_no_cookie", "C", 1, ["0 or 1", "none", "TCP fast open without a cookie"], NOT_ACTED),
    option("add", "C", 0, ["", "prepend", "only where no such route is there"], NOT_ACTED),
    option("prepend", "C", 0, ["", "prepend", "before the others of its kind"], NOT_ACTED),
    option("append", "C", 0, ["", "prepend", "behind the others of its kind"], NOT_ACTED),
    option("nexthop", "C", -1, ["via, dev, weight, onlink, encap, realms, as", "none", "one of several hops; may be repeated"], NOT_ACTED),
    option("no_track", "B", 0, ["", "off", "stay MASTER when somebody else removes the route"], NOT_ACTED),
    option("vrf", "C", 1, ["INTERFACE", "none", "the table of a VRF"], NOT_ACTED),
    option("track_group", "C", 1, ["NAME", "none", "instances that fault when the route is lost; static routes alone"], NOT_ACTED),
  ],
};

/** A line of `virtual_rules` or `static_rules`. */
export const RULE: KeywordTable = {
  name: "virtual_rules",
  // deno-fmt-ignore: a row a word
  keywords: [
    option("from", "B", 1, ["ADDRESS/PREFIX or all", "all", "source"], NOT_ACTED),
    option("to", "B", 1, ["ADDRESS/PREFIX or all", "all", "destination"], NOT_ACTED),
    option("table", "B", 1, ["NAME or number", "required unless an action stands there", "table to look up"], NOT_ACTED),
    option("lookup", "B", 1, ["NAME or number", "", "the same as table"], { use: "table", acted: false }),
    option("not", "C", 0, ["", "off", "turn the selector round"], NOT_ACTED),
    option("preference", "B", 1, ["number", "assigned", "place among the rules"], NOT_ACTED),
    option("order", "B", 1, ["number", "assigned", "the same as preference"], { use: "preference", acted: false }),
    option("priority", "B", 1, ["number", "assigned", "the same as preference"], { use: "preference", acted: false }),
    option("tos", "C", 1, ["0..255", "0", "type of service"], NOT_ACTED),
    option("dsfield", "C", 1, ["0..255", "0", "the same as tos"], { use: "tos", acted: false }),
    option("fwmark", "B", 1, ["MARK[/MASK]", "none", "mark of the firewall"], NOT_ACTED),
    option("realms", "C", 1, ["REALM or REALM/REALM", "none", "realms"], NOT_ACTED),
    option("suppress_prefixlength", "C", 1, ["number", "none", "pass over routes with a shorter prefix"], NOT_ACTED),
    option("sup_pl", "C", 1, ["number", "none", "the same"], { use: "suppress_prefixlength", acted: false }),
    option("suppress_ifgroup", "C", 1, ["NAME or number", "none", "pass over routes through an interface group"], NOT_ACTED),
    option("sup_group", "C", 1, ["NAME or number", "none", "the same"], { use: "suppress_ifgroup", acted: false }),
    option("iif", "B", 1, ["INTERFACE", "any", "input interface"], NOT_ACTED),
    option("dev", "B", 1, ["INTERFACE", "any", "the same as iif"], { use: "iif", acted: false }),
    option("oif", "C", 1, ["INTERFACE", "any", "output interface"], NOT_ACTED),
    option("tunnel-id", "C", 1, ["number", "none", "tunnel identifier"], NOT_ACTED),
    option("uidrange", "C", 1, ["FIRST-LAST", "none", "user ids"], NOT_ACTED),
    option("l3mdev", "C", 0, ["", "off", "look up the table of the layer 3 master device"], NOT_ACTED),
    option("protocol", "C", 1, ["NAME or number", "keepalived", "who made the rule"], NOT_ACTED),
    option("ipproto", "C", 1, ["NAME or number", "none", "transport protocol"], NOT_ACTED),
    option("ip_proto", "C", 1, ["NAME or number", "none", "the same, as the manual spells it"], { use: "ipproto", acted: false }),
    option("sport", "C", 1, ["PORT or FIRST-LAST", "none", "source ports"], NOT_ACTED),
    option("dport", "C", 1, ["PORT or FIRST-LAST", "none", "destination ports"], NOT_ACTED),
    option("goto", "C", 1, ["number", "", "go on at the rule of that preference"], NOT_ACTED),
    option("nop", "C", 0, ["", "", "do nothing"], NOT_ACTED),
    option("type", "C", 1, ["unicast, blackhole, unreachable or prohibit", "unicast", "what happens instead of a lookup"], NOT_ACTED),
    ...["blackhole", "unreachable", "prohibit"].map((action) =>
      option(action, "C", 0, ["", "", `the same as type ${action}`], NOT_ACTED)
    ),
    option("inet", "C", 0, ["", "where nothing else tells", "an IPv4 rule"], NOT_ACTED),
    option("inet6", "C", 0, ["", "", "an IPv6 rule"], NOT_ACTED),
    option("no_track", "C", 0, ["", "off", "stay MASTER when somebody else removes the rule"], NOT_ACTED),
    option("track_group", "C", 1, ["NAME", "none", "instances that fault when the rule is lost; static rules alone"], NOT_ACTED),
  ],
};
