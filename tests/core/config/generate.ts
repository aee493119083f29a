/** Random configurations, made from the keyword tables: mostly valid words in mostly right places. */
import { KEYWORD_TABLES } from "../../../core/config/keywords/all.ts";
import type { Keyword, KeywordTable } from "../../../core/config/keywords/keyword.ts";

/** A small generator of pseudo-random numbers (mulberry32), so that a failure can be repeated by its seed. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const VALUES = [
  ..."0 1 2 3 5 7 10 60 100 254 255 256 1000 65535 0.5 1.25 0.000001 3.1 40 -1 -20 on off yes no x".split(
    " ",
  ),
  ..."10.0.0.1 10.0.0.2 fe80::1 2001:db8::1 239.1.1.1 ff02::5 eth0 eth1 lo /tmp/x /bin/true MASTER BACKUP"
    .split(" "),
  ..."PASS AH NAT DR TUN rr wrr sh mh TCP udp inet inet6 1.0 1.1 2 A SOA MTU 1.0C GET root all never VS"
    .split(" "),
  ..."A B C f p s b g secret 255.255.255.0 64 0x10 0xff 12345678901 a:b ümlaut 密码 a#b".split(" "),
  '"two words"',
  '"a # b"',
  '"quo te"',
  '""',
];

const COMMANDS = [
  "/bin/true",
  '"/bin/check -a \'b c\' \\"d\\" \\\\e $HOME"',
  '"/bin/x" root',
  '"/bin/x y" root root',
  "'</dev/tcp/127.0.0.1/80'",
  '"tab\\there\\nline"',
];

const ADDRESSES = [
  "10.0.0.1",
  "10.0.0.7/24 dev eth1 label eth1:x brd + scope link",
  "10.0.0.8/16 broadcast - no_track noprefixroute",
  "10.0.0.9 peer 10.0.0.10",
  "fe80::1",
  "2001:db8::1/64 -nodad home preferred_lft 5 mngtmpaddr",
  "10.0.0.300",
  "10.0.0.2 laber x",
  "10.0.0.3 use_vmac autojoin track_group g",
];

const ROUTES = [
  "10.5.0.0/16 via 10.0.0.2 dev eth0",
  "default via 10.0.0.2",
  "src 10.0.0.1 to 10.6.0.0/16 via 10.0.0.2 dev eth0 table 5 metric 3 onlink",
  "blackhole 10.9.0.0/16 no_track",
  "inet6 default via fe80::1 dev eth0 mtu lock 1400 pref high",
  "10.10.0.0/16 nexthop via 10.0.0.2 dev eth0 weight 2 nexthop via 10.0.0.3 dev eth1",
  "10.11.0.0/16 encap ip id 5 dst 10.0.0.1 dev eth0 track_group g",
  "prohibit 10.12.0.0/16 scope host realms 1/2",
];

const RULES = [
  "from 10.5.0.0/16 table 100",
  "to 2001:db8::/32 lookup main priority 5 iif eth0 no_track",
  "from all fwmark 5/0xff table 7 preference 99 track_group g",
  "from 10.0.0.1 blackhole preference 3",
  "not from 10.0.0.0/8 type prohibit preference 3 uidrange 5-7",
];

const TRACKERS = [
  "s",
  "s weight 5",
  "s weight -254 reverse",
  "f weight 254",
  "f noreverse",
  "p",
  "b weight 3",
  "eth1",
  "eth0",
  "…",
];

/** Lines for list blocks, by their word. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  virtual_ipaddress: ADDRESSES,
  virtual_ipaddress_excluded: ADDRESSES,
  static_ipaddress: ADDRESSES,
  virtual_routes: ROUTES,
  static_routes: ROUTES,
  virtual_rules: RULES,
  static_rules: RULES,
  track_interface: TRACKERS,
  track_script: TRACKERS,
  track_file: TRACKERS,
  track_process: TRACKERS,
  track_bfd: TRACKERS,
  group: ["A", "B", "A B", "C", "I0", "I1 I2"],
  unicast_peer: ["10.0.0.2", "10.0.0.3 min_ttl 5 max_ttl 255", "fe80::2", "x"],
  notification_email: ["a@b", '"A B <a@b>" c@d', "'x y'"],
  interfaces: ["eth0", "eth1 eth2"],
  linkbeat_interfaces: ["eth0", "eth1 MII", "eth2 X"],
  interface_up_down_delays: ["eth0 1 2", "eth1 0.5", "eth2 300"],
  virtual_server_group: [
    "10.0.0.1 80",
    "10.0.0.2-9 81",
    "10.0.0.16/28 82",
    "fwmark 7 inet",
    "fwmark 8",
    "2001:db8::1-ff 80",
  ],
};

/** Lines for words that a reader of their own understands. */
const CUSTOM: Readonly<Record<string, readonly string[]>> = {
  lb_kind: ["NAT", "DR", "TUN", "TUN type gue port 55 csum", "TUN type gre", "FULLNAT", "x"],
  sorry_server: ["10.0.0.99 80", "10.0.0.98", "fe80::99 80"],
  use_vmac: ["", "vrrp.5", "name v 00:11:22:33:44:55", "00:11:22:33:44 netlink_notify_msg group 5"],
  lvs_sync_daemon: ["eth0 I0 id 5", "eth0 inst A maxlen 100", "eth0 port 8848 ttl 3 group 239.1.1.1"],
  lvs_timeouts: ["tcp 5 udp 7", "tcpfin 9"],
  init_file: ["", "5", "5 overwrite", "overwrite"],
  process: ["nginx", '"/usr/sbin/a b" -x "y z"'],
  status_code: ["200", "200-299 301", "99"],
  digest: ["9b3a0c85a887a256d6939da88aabd8cd", "x"],
  regex: ['"a(b|c)\\\\d$"', "'quoted \"x\"'"],
  regex_options: ["caseless multiline"],
  header: ['"X-A: b c"', '"bad"'],
  body: ['"{\\"a\\": 1}"'],
  json: ["/a/b 1", '/a "x y"'],
  payload: ["0a0b", "Ab12f 3"],
  require_reply: ["", "0x0a", "xx 0a"],
  key: ["1 0123456789abcdef0123456789abcdef", "2 hex:00"],
  persistence_granularity: ["255.255.255.0", "64"],
  smtp_server: ["10.0.0.1", "mail 587"],
  script_user: ["root", "root root"],
  umask: ["022", "IRUSR|IWGRP"],
  garp_extra_if: ["5", "all 7"],
};

/** The tables of blocks within blocks. */
function tableOf(parent: KeywordTable, word: string): KeywordTable | undefined {
  const name = parent.name === "(root)" ? word : `${parent.name}/${word}`;
  return KEYWORD_TABLES.find((table) => table.name === name);
}

/** A configuration of a few blocks. */
export function randomConfig(seed: number): string {
  const random = randomNumbers(seed);
  const pick = <T>(items: readonly T[]): T => items[random(items.length)]!;
  const lines: string[] = [];
  const some = (from: readonly string[]) => Array.from({ length: random(4) }, () => pick(from));

  const simple = (keyword: Keyword): string => {
    if (keyword.value.kind !== "simple") return "";
    const { shape } = keyword.value;
    if (shape.bare !== undefined && random(2) === 0) return "";
    const fitting = VALUES.filter((value) => shape.parse(value.replaceAll('"', "")).ok);
    return random(20) === 0 || fitting.length === 0 ? pick(VALUES) : pick(fitting);
  };

  const statement = (table: KeywordTable, keyword: Keyword, head: string): void => {
    const kind = keyword.value.kind;
    if (kind === "list" || (kind === "block" && LISTS[keyword.word] !== undefined)) {
      lines.push(`${head} {`, ...some(LISTS[keyword.word] ?? VALUES), "}");
    } else if (kind === "block") {
      const inner = tableOf(table, keyword.word);
      lines.push(`${head} {`);
      if (inner !== undefined) block(inner);
      lines.push("}");
    } else if (kind === "command") lines.push(`${head} ${pick(COMMANDS)}`);
    else if (kind === "custom") lines.push(`${head} ${pick(CUSTOM[keyword.use ?? keyword.word] ?? VALUES)}`);
    else lines.push(`${head} ${simple(keyword)}`);
  };

  const names: Readonly<Record<string, () => string>> = {
    real_server: () => ` 10.0.0.${random(9)} ${pick(["80", "81", ""])}`,
    vrrp_instance: () => ` I${random(4)}`,
    vrrp_sync_group: () => ` G${random(3)}`,
    vrrp_script: () => " s",
    track_file: () => " f",
    vrrp_track_file: () => " f",
    vrrp_track_process: () => " p",
    bfd_instance: () => " b",
    track_group: () => " g",
    virtual_server_group: () => " g",
    virtual_server: () => pick([` 10.0.0.${random(9)} 80`, " fwmark 5", " group g", " 2001:db8::5 0"]),
  };

  const block = (table: KeywordTable): void => {
    for (const required of REQUIRED[table.name] ?? []) if (random(10) > 0) lines.push(required);
    for (let count = random(8); count > 0; count--) {
      const keyword = pick(table.keywords);
      statement(table, keyword, keyword.word + (names[keyword.word]?.() ?? ""));
    }
  };

  lines.push('vrrp_script s { script "/bin/true" }', "track_file f { file /tmp/f }");
  lines.push(
    "vrrp_track_process p { process x }",
    "bfd_instance b { neighbor_ip 10.0.0.1 }",
    "track_group g { group { I0 } }",
  );
  const root = KEYWORD_TABLES[0]!;
  for (let count = 1 + random(8); count > 0; count--) {
    const keyword = pick(root.keywords);
    statement(root, keyword, keyword.word + (names[keyword.word]?.() ?? ""));
  }
  return lines.join("\n") + "\n";
}

/** What a block is hardly of use without. */
const REQUIRED: Readonly<Record<string, readonly string[]>> = {
  vrrp_instance: ["interface eth0", "virtual_router_id 7", "virtual_ipaddress {\n10.0.0.1\n}"],
  virtual_server: ["protocol TCP", "lb_kind NAT", "real_server 10.0.0.20 80 {\nTCP_CHECK {\n}\n}"],
  "virtual_server/real_server/HTTP_GET": ["url {\npath /\n}"],
  "virtual_server/real_server/SSL_GET": ["url {\npath /\n}"],
  "virtual_server/real_server/HTTP_GET/url": ["path /x"],
  "virtual_server/real_server/SSL_GET/url": ["path /x"],
  "virtual_server/real_server/MISC_CHECK": ['misc_path "/bin/true x"'],
  "virtual_server/real_server/FILE_CHECK": ["track_file f"],
  "virtual_server/real_server/BFD_CHECK": ["name b"],
  "vrrp_instance/authentication": ["auth_type PASS", "auth_pass secret"],
  vrrp_track_process: ["process x"],
  bfd_instance: ["neighbor_ip 10.0.0.5"],
  track_file: ["file /tmp/f"],
  garp_group: ["garp_interval 0.5"],
};
