/** Half-read checker blocks; null is what the real server, the virtual server or a default fills in. */
import type { IpAddress } from "../../net/address.ts";
import type { DNS_TYPES } from "../keywords/checker.ts";
import type { ScriptUser } from "../model.ts";
import type { Word } from "../text.ts";
import { type CommandDraft, type Keeps, keeps } from "./drafts.ts";
import { Seen } from "./seen.ts";
import { type TlsDraft, tlsDraft } from "./tracking_drafts.ts";

/**
 * When a checker runs; also what real and virtual servers hand down.
 *
 * A class, as all drafts of which there are thousands: an object that another is spread into takes twice the memory.
 */
export class ScheduleDraft implements Keeps {
  readonly kept: Keeps["kept"] = {};
  readonly seen = new Seen();
  retry: number | null = null;
  /** ms */
  delayBeforeRetry: number | null = null;
  warmup: number | null = null;
  delayLoop: number | null = null;
  alpha: boolean | null = null;
  logAllFailures: boolean | null = null;
}

/** Where a checker connects to. */
export class TargetDraft extends ScheduleDraft {
  address: IpAddress | null = null;
  port: number | null = null;
  sourceAddress: IpAddress | null = null;
  sourcePort: number | null = null;
  interface: string | null = null;
  /** ms */
  timeout: number | null = null;
  mark: number | null = null;
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
export class ConnectDraft extends TargetDraft {
  readonly kind: "tcp" | "ping";

  constructor(kind: "tcp" | "ping") {
    super();
    this.kind = kind;
  }
}

/** `SMTP_CHECK`; each `host` is a further draft. */
export class SmtpDraft extends TargetDraft {
  readonly kind = "smtp";
  heloName: string | null = null;
  hosts: TargetDraft[] = [];
}

/** `DNS_CHECK` */
export class DnsDraft extends TargetDraft {
  readonly kind = "dns";
  type: (typeof DNS_TYPES)[number] = "SOA";
  name = ".";
}

/** `UDP_CHECK` */
export class UdpDraft extends TargetDraft {
  readonly kind = "udp";
  payload: string | null = null;
  requireReply = false;
  reply: string | null = null;
  minReplyLength = 0;
  maxReplyLength = 255;
}

/** `MISC_CHECK` */
export class MiscDraft extends ScheduleDraft {
  readonly kind = "misc";
  command: CommandDraft | null = null;
  /** ms */
  miscTimeout: number | null = null;
  dynamic = false;
  user: ScriptUser | null = null;
  /** The user cannot be used, which removes the checker. */
  badUser = false;
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

/** An HTTP checker before its first line. */
export function httpDraft(tls: boolean): HttpDraft {
  return {
    ...tlsDraft(),
    ...new TargetDraft(),
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
