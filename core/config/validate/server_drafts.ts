/** Half-read `virtual_server` and `real_server` blocks; null is what is handed down or a default fills in. */
import type { Family, IpAddress } from "../../net/address.ts";
import type { SCHEDULERS } from "../keywords/virtual_server.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import type { Forwarding, GroupEntry } from "../virtual_server_model.ts";
import { type CheckerDraft, ScheduleDraft } from "./checker_drafts.ts";
import type { CommandDraft } from "./drafts.ts";

/** `virtual_server_group` */
export interface ServerGroupDraft {
  readonly name: string;
  readonly nameWord: Word;
  readonly entries: GroupEntry[];
}

/** What a service listens to, as written; the group is looked up later. */
export type ServiceDraft =
  | { readonly kind: "address"; readonly address: IpAddress; readonly port: number }
  | { readonly kind: "fwmark"; readonly mark: number }
  | { readonly kind: "group"; readonly name: string };

/** What virtual servers hand down to real servers, and those to checkers. */
export class HandedDown extends ScheduleDraft {
  /** `connect_timeout`, ms */
  timeout: number | null = null;
  virtualHost: string | null = null;
  inhibitOnFailure: boolean | null = null;
  smtpAlert: boolean | null = null;
  snmpName: string | null = null;
}

/** `sorry_server` */
export interface SorryDraft {
  readonly at: Word;
  readonly address: IpAddress;
  readonly port: number | null;
  forwarding: Forwarding | null;
  inhibit: boolean;
}

/** `virtual_server` */
export class VirtualServerDraft extends HandedDown {
  readonly at: Word;
  readonly statement: Statement;
  readonly service: ServiceDraft;
  family: Family | null = null;
  scheduler: (typeof SCHEDULERS)[number] | null = null;
  schedulerFlags: (1 | 2 | 3)[] = [];
  forwarding: Forwarding | null = null;
  onePacket = false;
  persistenceEngine: string | null = null;
  /** ms */
  persistence: number | null = null;
  persistenceMask: { readonly mask: number; readonly family: Family } | null = null;
  protocol: "TCP" | "UDP" | "SCTP" | null = null;
  haSuspend = false;
  omega = false;
  quorumUp: CommandDraft | null = null;
  quorumDown: CommandDraft | null = null;
  quorum = 1;
  hysteresis = 0;
  weight = 1;
  sorryServer: SorryDraft | null = null;
  realServers: RealServerDraft[] = [];

  constructor(at: Word, statement: Statement, service: ServiceDraft) {
    super();
    this.at = at;
    this.statement = statement;
    this.service = service;
  }
}

const NONE: CheckerDraft[] = [];

/** `real_server` */
export class RealServerDraft extends HandedDown {
  readonly at: Word;
  readonly address: IpAddress;
  readonly port: number | null;
  weight: number | null = null;
  forwarding: Forwarding | null = null;
  upperThreshold = 0;
  lowerThreshold = 0;
  notifyUp: CommandDraft | null = null;
  notifyDown: CommandDraft | null = null;
  /** ms */
  slowStart = 0;
  checkers: CheckerDraft[] = NONE;

  constructor(at: Word, address: IpAddress, port: number | null) {
    super();
    this.at = at;
    this.address = address;
    this.port = port;
  }
}
