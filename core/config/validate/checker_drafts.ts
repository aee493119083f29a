/** Half-read checker blocks; null is what the real server, the virtual server or a default fills in. */
import type { IpAddress } from "../../net/address.ts";
import type { DNS_TYPES } from "../keywords/checker.ts";
import type { ScriptUser } from "../model.ts";
import type { Word } from "../text.ts";
import { type CommandDraft, type Keeps, keeps } from "./drafts.ts";
import { Seen } from "./seen.ts";
import { type TlsDraft, tlsDraft } from "./tracking_drafts.ts";

/** When a checker runs; also what real and virtual servers hand down. */
export interface ScheduleDraft extends Keeps {
  retry: number | null;
  /** ms */
  delayBeforeRetry: number | null;
  warmup: number | null;
  delayLoop: number | null;
  alpha: boolean | null;
  logAllFailures: boolean | null;
}

/** Where a checker connects to. */
export interface TargetDraft extends ScheduleDraft {
  address: IpAddress | null;
  port: number | null;
  sourceAddress: IpAddress | null;
  sourcePort: number | null;
  interface: string | null;
  /** ms */
  timeout: number | null;
  mark: number | null;
}

/** `HTTP_GET` and `SSL_GET` */
export interface HttpDraft extends TargetDraft, TlsDraft {
  readonly kind: "http";
  readonly tls: boolean;
  virtualHost: string | null;
  protocol: "1.0" | "1.0C" | "1.1" | "2";
  sni: boolean;
  /** An empty name is the bare word. */
  sniName: string | null;
  fastRecovery: boolean;
  closeNotify: boolean;
  urls: UrlDraft[];
}

/** `url` */
export interface UrlDraft extends Keeps {
  readonly at: Word;
  path: string | null;
  digest: string | null;
  statusCodes: { first: number; last: number }[] | null;
  virtualHost: string | null;
  regex: string | null;
  regexInverted: boolean;
  regexOptions: string[];
  regexMinOffset: number;
  regexMaxOffset: number | null;
  closeNotify: boolean | null;
  method: string;
  headers: { name: string; value: string }[];
  body: string | null;
  json: { pointer: string; value: unknown } | null;
}

/** `TCP_CHECK` and `PING_CHECK` */
export interface ConnectDraft extends TargetDraft {
  readonly kind: "tcp" | "ping";
}

/** `SMTP_CHECK`; each `host` is a draft of its own. */
export interface SmtpDraft extends TargetDraft {
  readonly kind: "smtp";
  heloName: string | null;
  hosts: TargetDraft[];
}

/** `DNS_CHECK` */
export interface DnsDraft extends TargetDraft {
  readonly kind: "dns";
  type: (typeof DNS_TYPES)[number];
  name: string;
}

/** `UDP_CHECK` */
export interface UdpDraft extends TargetDraft {
  readonly kind: "udp";
  payload: string | null;
  requireReply: boolean;
  reply: string | null;
  minReplyLength: number;
  maxReplyLength: number;
}

/** `MISC_CHECK` */
export interface MiscDraft extends ScheduleDraft {
  readonly kind: "misc";
  readonly at: Word;
  command: CommandDraft | null;
  /** ms */
  miscTimeout: number | null;
  dynamic: boolean;
  user: ScriptUser | null;
  /** The user cannot be used, which removes the checker. */
  badUser: boolean;
}

/** `FILE_CHECK` */
export interface FileCheckDraft extends Keeps {
  readonly kind: "file";
  readonly at: Word;
  name: string | null;
  weight: number | null;
  reverse: boolean | null;
}

/** `BFD_CHECK` */
export interface BfdCheckDraft extends Keeps {
  readonly kind: "bfd";
  readonly at: Word;
  name: string | null;
  alpha: boolean | null;
}

/** Any checker. */
export type CheckerDraft =
  | HttpDraft
  | ConnectDraft
  | SmtpDraft
  | DnsDraft
  | UdpDraft
  | MiscDraft
  | FileCheckDraft
  | BfdCheckDraft;

/** What a schedule says that is wholly handed down. */
export const NO_SCHEDULE: Omit<ScheduleDraft, keyof Keeps> = {
  retry: null,
  delayBeforeRetry: null,
  warmup: null,
  delayLoop: null,
  alpha: null,
  logAllFailures: null,
};

/** A schedule that is wholly handed down. */
export function scheduleDraft(): ScheduleDraft {
  return { ...NO_SCHEDULE, ...keeps() };
}

/** A target that is wholly handed down. */
export function targetDraft(): TargetDraft {
  return {
    ...NO_SCHEDULE,
    kept: {},
    seen: new Seen(),
    address: null,
    port: null,
    sourceAddress: null,
    sourcePort: null,
    interface: null,
    timeout: null,
    mark: null,
  };
}

/** An HTTP checker before its first line. */
export function httpDraft(tls: boolean): HttpDraft {
  return {
    ...tlsDraft(),
    ...targetDraft(),
    kind: "http",
    tls,
    virtualHost: null,
    protocol: "1.0",
    sni: false,
    sniName: null,
    fastRecovery: false,
    closeNotify: false,
    urls: [],
  };
}

/** A url before its first line. */
export function urlDraft(at: Word): UrlDraft {
  return {
    ...keeps(),
    at,
    path: null,
    digest: null,
    statusCodes: null,
    virtualHost: null,
    regex: null,
    regexInverted: false,
    regexOptions: [],
    regexMinOffset: 0,
    regexMaxOffset: null,
    closeNotify: null,
    method: "GET",
    headers: [],
    body: null,
    json: null,
  };
}
