/** What the options of routes and rules may hold that are kept as they are written. */
import type { KeptValue } from "../model.ts";
import type { HostFacts, RoutingDirectories, RoutingFile } from "../source.ts";
import { parseScaled, parseWhole } from "../values.ts";

/** Where names and numbers come from. */
export interface PathNames {
  readonly facts: HostFacts;
  readonly directories: RoutingDirectories;
}

/** How one value is written. */
interface PathShape {
  /** To follow "it must be". */
  readonly allowed: string;
  readonly fits: (text: string, names: PathNames) => boolean;
}

const whole = (max: number): PathShape => ({
  allowed: max === 0xffffffff ? "a whole number" : `between 0 and ${max}`,
  fits: (text) => parseWhole(text, 0, max).ok,
});

const oneOf = (...words: readonly string[]): PathShape => ({
  allowed: words.length === 1 ? words[0]! : `one of ${words.join(", ")}`,
  fits: (text) => words.includes(text),
});

/** Milliseconds, or seconds where an `s` stands behind them. */
const time = (max: number): PathShape => ({
  allowed: `a time of at most ${max} ms, with ms or s behind it or neither`,
  fits(text) {
    const match = /^(.*?)(?:(ms|msecs?)|(s|secs?))?$/.exec(text)!;
    return match[3] !== undefined
      ? parseScaled(match[1]!, 0, max, 1000).ok
      : parseWhole(match[1]!, 0, max).ok;
  },
});

/** A name of one of iproute2's files, or a number, decimal or `0x…`. */
const named = (file: RoutingFile, max: number, min = 0): PathShape => ({
  allowed: `a name of ${file}, or between ${min} and ${max}`,
  fits(text, { facts, directories }) {
    if (/^(?:\d{1,10}|0x[0-9a-fA-F]{1,8})$/.test(text)) return Number(text) >= min && Number(text) <= max;
    return facts.routingNumber(file, text, directories) !== null;
  },
});

const realm = named("rt_realms", 255);

const REALMS: PathShape = {
  allowed: "REALM or REALM/REALM, each a name of rt_realms or between 0 and 255",
  fits: (text, names) =>
    text.split("/").length <= 2 && text.split("/").every((part) => realm.fits(part, names)),
};

const range = (max: number): PathShape => ({
  allowed: `FIRST-LAST, each between 0 and ${max}`,
  fits: (text) => text.split("-").length <= 2 && text.split("-").every((part) => parseWhole(part, 0, max).ok),
});

/** A range of which both ends must be written. */
const fullRange = (max: number): PathShape => ({
  ...range(max),
  fits: (text, names) => text.includes("-") && range(max).fits(text, names),
});

const NUMBER = whole(0xffffffff);
const DSFIELD = named("rt_dsfield", 255);
const PROTOCOL = named("rt_protos", 255);

const ROUTE_VALUES: Readonly<Record<string, PathShape>> = {
  tos: DSFIELD,
  table: named("rt_tables", 0xffffffff),
  protocol: PROTOCOL,
  mtu: NUMBER,
  advmss: NUMBER,
  rtt: time(960_000),
  rttvar: time(480_000),
  rto_min: time(120_000),
  reordering: NUMBER,
  cwnd: NUMBER,
  ssthresh: NUMBER,
  hoplimit: whole(255),
  window: NUMBER,
  initcwnd: NUMBER,
  initrwnd: NUMBER,
  realms: REALMS,
  features: oneOf("ecn"),
  quickack: whole(1),
  fastopen_no_cookie: whole(1),
  pref: oneOf("low", "medium", "high"),
  expires: NUMBER,
};

const RULE_VALUES: Readonly<Record<string, PathShape>> = {
  tos: DSFIELD,
  table: named("rt_tables", 0xffffffff, 1),
  protocol: PROTOCOL,
  realms: REALMS,
  suppress_prefixlength: NUMBER,
  suppress_ifgroup: named("group", 0xffffffff),
  "tunnel-id": { allowed: "a whole number", fits: (text) => /^\d{1,20}$/.test(text) },
  uidrange: fullRange(0xffffffff),
  sport: range(65_535),
  dport: range(65_535),
  ipproto: { allowed: "the name or number of a protocol", fits: (text) => isProtocol(text) },
  type: oneOf("unicast", "blackhole", "unreachable", "prohibit"),
  goto: NUMBER,
};

/** The transport protocols that a rule may name (IANA's protocol numbers). */
export const IP_PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1,
  igmp: 2,
  ipencap: 4,
  tcp: 6,
  udp: 17,
  dccp: 33,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  "ipv6-icmp": 58,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
};

function isProtocol(text: string): boolean {
  return Object.hasOwn(IP_PROTOCOLS, text) || parseWhole(text, 0, 255).ok;
}

/** What the value of an option would have to be, or null where it may stand. */
export function pathValueProblem(
  kind: "route" | "rule",
  option: string,
  text: string,
  names: PathNames,
): string | null {
  const shapes = kind === "route" ? ROUTE_VALUES : RULE_VALUES;
  const shape = Object.hasOwn(shapes, option) ? shapes[option]! : null;
  return shape === null || shape.fits(text, names) ? null : shape.allowed;
}

/** Where the configuration says that iproute2's names are. */
export function routingDirectories(kept: Readonly<Record<string, KeptValue>>): RoutingDirectories {
  const directory = (word: string, otherwise: string) => {
    const value = kept[word];
    return typeof value === "string" ? value : otherwise;
  };
  return {
    usr: directory("iproute_usr_dir", "/usr/share/iproute2"),
    etc: directory("iproute_etc_dir", "/etc/iproute2"),
  };
}
