/** The words of the checkers but HTTP: those that many share, and those of each. */
import type {
  BfdCheckDraft,
  DnsDraft,
  FileCheckDraft,
  MiscDraft,
  ScheduleDraft,
  SmtpDraft,
  TargetDraft,
  UdpDraft,
} from "../validate/checker_drafts.ts";
import { entries, type Keyword, type KeywordTable, type Tier } from "./keyword.ts";
import {
  address,
  boolean,
  choice,
  flag,
  leading,
  seconds,
  text,
  UNBOUNDED,
  whole,
  wholeSeconds,
} from "./shape.ts";

const SOFT = { fatalBare: false };

/** The query types of `DNS_CHECK`. */
export const DNS_TYPES = ["A", "NS", "CNAME", "SOA", "MX", "TXT", "AAAA", "RRSIG", "DNSKEY"] as const;

/** What differs in the words that checkers share. */
export interface Shared {
  /** Tier of the words that everybody uses: `connect_port`, `connect_timeout`, `retry`, `delay_before_retry`. */
  readonly common: Tier;
  /** Tier of the others, and of those that few use. */
  readonly rest: Tier;
  readonly rare: Tier;
  /** Defaults, for the documentation. */
  readonly retry: string;
  readonly delay: string;
}

const USUAL: Shared = { common: "B", rest: "B", rare: "C", retry: "1", delay: "1" };

/** When a checker runs. */
export function scheduleWords({ common, rest, rare, retry, delay }: Shared): readonly Keyword[] {
  const word = entries<ScheduleDraft>();
  // deno-fmt-ignore: a row a word
  return [
    word.set("retry", common, "retry", leading(whole(0)), ["number", retry, "further attempts before it counts as down"]),
    word.set("delay_before_retry", common, "delayBeforeRetry", seconds(0, UNBOUNDED), ["decimal seconds", delay, "pause before each of them"]),
    word.set("warmup", rest, "warmup", seconds(0, UNBOUNDED), ["decimal seconds", "delay_loop", "the first check comes at a random time within it"]),
    word.set("delay_loop", rest, "delayLoop", seconds(0.000001, UNBOUNDED), ["decimal seconds", "the real server's", "interval between two checks"]),
    word.set("alpha", rest, "alpha", boolean(), ["[BOOL]", "the real server's", "counts as failed until it has succeeded"]),
    word.set("log_all_failures", rare, "logAllFailures", boolean(), ["[BOOL]", "checker_log_all_failures", "log each failure"]),
  ];
}

/** Where a checker connects to. */
export function targetWords({ common, rest, rare }: Shared): readonly Keyword[] {
  const word = entries<TargetDraft>();
  // deno-fmt-ignore: a row a word
  return [
    word.set("connect_ip", rest, "address", address(), ["ADDRESS", "the real server's", "address to connect to"]),
    word.set("connect_port", common, "port", leading(whole(1, 65535)), ["1..65535", "the real server's", "port to connect to"]),
    word.set("bindto", rest, "sourceAddress", address(), ["ADDRESS", "any", "source address"]),
    word.set("bind_port", rare, "sourcePort", whole(1, 65535), ["1..65535", "any", "source port"]),
    word.set("bind_if", rare, "interface", text("an interface"), ["INTERFACE", "any", "source interface; needed for link-local addresses"]),
    word.set("connect_timeout", common, "timeout", seconds(0.000001), ["decimal seconds", "the real server's, or 5", "for the connection and for each answer"]),
    word.set("fwmark", rare, "mark", whole(0, 0xffffffff), ["number", "0", "firewall mark of the check's packets"]),
  ];
}

const CHECKERS = "virtual_server/real_server";

/** `TCP_CHECK { … }` */
export const TCP_CHECK: KeywordTable = {
  name: `${CHECKERS}/TCP_CHECK`,
  keywords: [...targetWords({ ...USUAL, common: "A" }), ...scheduleWords({ ...USUAL, common: "A" })],
};

/** `PING_CHECK { … }` */
export const PING_CHECK: KeywordTable = {
  name: `${CHECKERS}/PING_CHECK`,
  keywords: [...targetWords(USUAL), ...scheduleWords(USUAL)],
};

const smtp = entries<SmtpDraft>();

/** `SMTP_CHECK { … }` */
export const SMTP_CHECK: KeywordTable = {
  name: `${CHECKERS}/SMTP_CHECK`,
  // deno-fmt-ignore: a row a word
  keywords: [
    ...targetWords(USUAL),
    ...scheduleWords(USUAL),
    smtp.set("helo_name", "B", "heloName", text("a name"), ["NAME", "smtpchecker.keepalived.org", "argument of HELO"], SOFT),
    smtp.own("host", "D", "block", ["{ … }", "", "one of several hosts; now each is a checker of its own"]),
  ],
};

const OLD: Shared = { common: "D", rest: "D", rare: "D", retry: "1", delay: "1" };

/** `host { … }` within `SMTP_CHECK`. */
export const SMTP_HOST: KeywordTable = {
  name: `${CHECKERS}/SMTP_CHECK/host`,
  keywords: [...targetWords(OLD), ...scheduleWords(OLD)],
};

const dns = entries<DnsDraft>();

/** `DNS_CHECK { … }` */
export const DNS_CHECK: KeywordTable = {
  name: `${CHECKERS}/DNS_CHECK`,
  // deno-fmt-ignore: a row a word
  keywords: [
    ...targetWords(USUAL),
    ...scheduleWords({ ...USUAL, retry: "3", delay: "delay_loop" }),
    dns.set("type", "B", "type", choice(DNS_TYPES, { fold: true }), [DNS_TYPES.join(", "), "SOA", "type of the query"]),
    dns.set("name", "B", "name", text("a name"), ["NAME", ".", "name of the query"]),
  ],
};

const udp = entries<UdpDraft>();

/** `UDP_CHECK { … }` */
export const UDP_CHECK: KeywordTable = {
  name: `${CHECKERS}/UDP_CHECK`,
  // deno-fmt-ignore: a row a word
  keywords: [
    ...targetWords(USUAL),
    ...scheduleWords(USUAL),
    udp.own("payload", "B", "custom", ["hexadecimal digits", "random octets", "the datagram"], SOFT),
    udp.own("require_reply", "B", "custom", ["[hexadecimal digits, x for any]", "off", "a reply must come, and begin with that"]),
    udp.set("min_reply_length", "C", "minReplyLength", whole(0, 65535), ["0..65535", "0", "shortest reply in octets"]),
    udp.set("max_reply_length", "C", "maxReplyLength", whole(0, 65535), ["0..65535", "255", "longest reply in octets"]),
  ],
};

const misc = entries<MiscDraft>();

/** `MISC_CHECK { … }` */
export const MISC_CHECK: KeywordTable = {
  name: `${CHECKERS}/MISC_CHECK`,
  // deno-fmt-ignore: a row a word
  keywords: [
    ...scheduleWords({ ...USUAL, retry: "0" }),
    misc.command("misc_path", "A", "command", ["COMMAND", "required", "program that decides"], { ...SOFT, again: "last" }),
    misc.set("misc_timeout", "A", "miscTimeout", leading(wholeSeconds(0)), ["seconds", "delay_loop", "it is killed and counts as failed after that"]),
    misc.set("misc_dynamic", "A", "dynamic", flag(), ["", "off", "an exit status of 2..255 sets the weight to that less 2"]),
    misc.own("user", "B", "custom", ["USER [[:]GROUP]", "script_user", "whom it runs as"], SOFT),
  ],
};

const fileCheck = entries<FileCheckDraft>();

/** `FILE_CHECK { … }` */
export const FILE_CHECK: KeywordTable = {
  name: `${CHECKERS}/FILE_CHECK`,
  // deno-fmt-ignore: a row a word
  keywords: [
    fileCheck.set("track_file", "C", "name", text("a track_file"), ["NAME", "required", "the track_file to follow"]),
    fileCheck.own("weight", "C", "custom", ["-2147483647..2147483647 [reverse]", "the track_file's", "what its number is multiplied with"], SOFT),
  ],
};

const bfdCheck = entries<BfdCheckDraft>();

/** `BFD_CHECK { … }` */
export const BFD_CHECK: KeywordTable = {
  name: `${CHECKERS}/BFD_CHECK`,
  // deno-fmt-ignore: a row a word
  keywords: [
    bfdCheck.set("name", "C", "name", text("a bfd_instance"), ["NAME", "required", "the bfd_instance to follow"], SOFT),
    bfdCheck.set("alpha", "C", "alpha", boolean(), ["[BOOL]", "the real server's", "counts as failed until the session is up"]),
  ],
};
