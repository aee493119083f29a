/** The checker blocks of a real server, as they are written. */
import {
  BFD_CHECK,
  DNS_CHECK,
  FILE_CHECK,
  MISC_CHECK,
  PING_CHECK,
  SMTP_CHECK,
  SMTP_HOST,
  TCP_CHECK,
  UDP_CHECK,
} from "../keywords/checker.ts";
import type { Word } from "../text.ts";
import { missingValue, readBlock, type Readers, type Reading } from "./block.ts";
import {
  type CheckerDraft,
  ConnectDraft,
  DnsDraft,
  type FileCheckDraft,
  MiscDraft,
  SmtpDraft,
  TargetDraft,
  UdpDraft,
} from "./checker_drafts.ts";
import { readUser } from "./command.ts";
import { error } from "./context.ts";
import { keeps } from "./drafts.ts";
import { readHttpChecker } from "./http_checker.ts";
import type { RealServerDraft } from "./server_drafts.ts";
import { readWeight } from "./weight_line.ts";

type ServerReading = Reading<RealServerDraft>;

/** Readers of the checker words of `real_server`. */
export const CHECKER_READERS: Readers<RealServerDraft> = {
  TCP_CHECK: (reading) => readConnect(reading, "tcp"),
  PING_CHECK: (reading) => readConnect(reading, "ping"),
  HTTP_GET: (reading) => readHttpChecker(reading, false),
  SSL_GET: (reading) => readHttpChecker(reading, true),
  SMTP_CHECK: readSmtp,
  DNS_CHECK: readDns,
  UDP_CHECK: readUdp,
  MISC_CHECK: readMisc,
  FILE_CHECK: readFile,
  BFD_CHECK: readBfd,
};

function statementsOf(reading: ServerReading) {
  return reading.statement.block?.statements ?? [];
}

/** Adds a checker to its real server. */
export function addChecker({ draft }: ServerReading, checker: CheckerDraft): void {
  // An array that grows takes room for 17, and nearly all servers have one.
  if (draft.checkers.length === 0) draft.checkers = [checker];
  else draft.checkers.push(checker);
}

/** Reports a checker that lacks what it needs; it is left out. */
export function incomplete(reading: ServerReading, what: string): void {
  error(
    reading.context,
    reading.word,
    "incomplete-checker",
    `Cannot use ${reading.word.text}: ${what}; it is skipped`,
  );
}

function readConnect(reading: ServerReading, kind: "tcp" | "ping"): void {
  const draft = new ConnectDraft(kind);
  readBlock(reading.context, statementsOf(reading), kind === "tcp" ? TCP_CHECK : PING_CHECK, {}, draft);
  addChecker(reading, draft);
}

function readSmtp(reading: ServerReading): void {
  const draft = new SmtpDraft();
  readBlock(reading.context, statementsOf(reading), SMTP_CHECK, SMTP_READERS, draft);
  addChecker(reading, draft);
}

const SMTP_READERS: Readers<SmtpDraft> = {
  host({ context, draft, statement }) {
    const host = new TargetDraft();
    readBlock(context, statement.block?.statements ?? [], SMTP_HOST, {}, host);
    draft.hosts.push(host);
  },
};

function readDns(reading: ServerReading): void {
  const draft = new DnsDraft();
  readBlock(reading.context, statementsOf(reading), DNS_CHECK, {}, draft);
  addChecker(reading, draft);
}

function readUdp(reading: ServerReading): void {
  const draft = new UdpDraft();
  readBlock(reading.context, statementsOf(reading), UDP_CHECK, UDP_READERS, draft);
  if (draft.minReplyLength > draft.maxReplyLength) {
    const at = draft.seen.get("max_reply_length") ?? draft.seen.get("min_reply_length") ?? reading.word;
    error(reading.context, at, "bad-length", "Cannot use a max_reply_length below min_reply_length", {
      inForce: `max_reply_length ${draft.minReplyLength}`,
    });
    draft.maxReplyLength = draft.minReplyLength;
  }
  addChecker(reading, draft);
}

const UDP_READERS: Readers<UdpDraft> = {
  payload(reading) {
    if (reading.values.length === 0) return missingValue(reading);
    reading.draft.payload = readHex(reading, false) ?? reading.draft.payload;
  },
  require_reply(reading) {
    reading.draft.requireReply = true;
    if (reading.values.length > 0) reading.draft.reply = readHex(reading, true) ?? reading.draft.reply;
  },
};

/** Octets as hexadecimal digits; blanks end an octet, so `Ab12f 3` is `ab120f03`. `x` is any digit in a reply. */
function readHex(reading: Reading<UdpDraft>, wild: boolean): string | null {
  const faulty = reading.values.find(({ text }) =>
    !(wild ? /^[0-9a-fA-FxX]+$/ : /^[0-9a-fA-F]+$/).test(text)
  );
  if (faulty === undefined) return reading.values.map(hexOctets).join("");
  const allowed = wild ? "hexadecimal digits, x for any" : "hexadecimal digits";
  error(
    reading.context,
    faulty,
    "bad-value",
    `Cannot use ${reading.word.text} ${faulty.text} as it must be ${allowed}`,
    {
      allowed,
    },
  );
  return null;
}

function hexOctets({ text }: Word): string {
  const digits = text.toLowerCase();
  const odd = digits.length % 2 === 1;
  return odd ? `${digits.slice(0, -1)}0${digits.slice(-1)}` : digits;
}

function readMisc(reading: ServerReading): void {
  const draft = new MiscDraft();
  readBlock(reading.context, statementsOf(reading), MISC_CHECK, MISC_READERS, draft);
  if (draft.command === null) incomplete(reading, "no misc_path is set");
  else if (draft.badUser) incomplete(reading, "its user cannot be used");
  else addChecker(reading, draft);
}

const MISC_READERS: Readers<MiscDraft> = {
  user(reading) {
    if (reading.values.length === 0) return missingValue(reading);
    const user = readUser(reading.context, reading.values, null);
    if (user === undefined) reading.draft.badUser = true;
    else reading.draft.user = user;
  },
};

function readFile(reading: ServerReading): void {
  const draft: FileCheckDraft = {
    ...keeps(),
    kind: "file",
    at: reading.word,
    name: null,
    weight: null,
    reverse: null,
  };
  readBlock(reading.context, statementsOf(reading), FILE_CHECK, FILE_READERS, draft);
  if (draft.name === null) incomplete(reading, "no track_file is set");
  else if (!reading.context.trackFiles.has(draft.name)) {
    incomplete(reading, `there is no track_file ${draft.name}`);
  } else addChecker(reading, draft);
}

const FILE_READERS: Readers<FileCheckDraft> = { weight: (reading) => readWeight(reading, 0x7fffffff) };

function readBfd(reading: ServerReading): void {
  const draft = { ...keeps(), kind: "bfd" as const, at: reading.word, name: null, alpha: null };
  readBlock(reading.context, statementsOf(reading), BFD_CHECK, {}, draft);
  if (draft.name === null) incomplete(reading, "no name is set");
  else addChecker(reading, draft);
}
