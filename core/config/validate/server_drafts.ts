/** Half-read `virtual_server` and `real_server` blocks; null is what is handed down or a default fills in. */
import type { Family, IpAddress } from "../../net/address.ts";
import type { SCHEDULERS } from "../keywords/virtual_server.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import type { Forwarding, GroupEntry } from "../virtual_server_model.ts";
import { type CheckerDraft, NO_SCHEDULE, type ScheduleDraft } from "./checker_drafts.ts";
import type { CommandDraft, Keeps } from "./drafts.ts";
import { Seen } from "./seen.ts";

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
export interface HandedDown extends ScheduleDraft {
  /** `connect_timeout`, ms */
  timeout: number | null;
  virtualHost: string | null;
  inhibitOnFailure: boolean | null;
  smtpAlert: boolean | null;
  snmpName: string | null;
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
export interface VirtualServerDraft extends HandedDown, Keeps {
  readonly at: Word;
  readonly statement: Statement;
  readonly service: ServiceDraft;
  family: Family | null;
  scheduler: (typeof SCHEDULERS)[number] | null;
  schedulerFlags: (1 | 2 | 3)[];
  forwarding: Forwarding | null;
  onePacket: boolean;
  persistenceEngine: string | null;
  /** ms */
  persistence: number | null;
  persistenceMask: { readonly mask: number; readonly family: Family } | null;
  protocol: "TCP" | "UDP" | "SCTP" | null;
  haSuspend: boolean;
  omega: boolean;
  quorumUp: CommandDraft | null;
  quorumDown: CommandDraft | null;
  quorum: number;
  hysteresis: number;
  weight: number;
  sorryServer: SorryDraft | null;
  realServers: RealServerDraft[];
}

/** `real_server` */
export interface RealServerDraft extends HandedDown, Keeps {
  readonly at: Word;
  readonly address: IpAddress;
  readonly port: number | null;
  weight: number | null;
  forwarding: Forwarding | null;
  upperThreshold: number;
  lowerThreshold: number;
  notifyUp: CommandDraft | null;
  notifyDown: CommandDraft | null;
  /** ms */
  slowStart: number;
  checkers: CheckerDraft[];
}

/** Copied in one step, as there are thousands of drafts: a second object to spread costs as much as the first. */
const NOTHING_HANDED_DOWN: Omit<HandedDown, keyof Keeps> = {
  ...NO_SCHEDULE,
  timeout: null,
  virtualHost: null,
  inhibitOnFailure: null,
  smtpAlert: null,
  snmpName: null,
};

/** A virtual server before its first line. */
export function virtualServerDraft(
  at: Word,
  statement: Statement,
  service: ServiceDraft,
): VirtualServerDraft {
  return {
    ...NOTHING_HANDED_DOWN,
    kept: {},
    seen: new Seen(),
    at,
    statement,
    service,
    family: null,
    scheduler: null,
    schedulerFlags: [],
    forwarding: null,
    onePacket: false,
    persistenceEngine: null,
    persistence: null,
    persistenceMask: null,
    protocol: null,
    haSuspend: false,
    omega: false,
    quorumUp: null,
    quorumDown: null,
    quorum: 1,
    hysteresis: 0,
    weight: 1,
    sorryServer: null,
    realServers: [],
  };
}

/** A real server before its first line. */
export function realServerDraft(at: Word, address: IpAddress, port: number | null): RealServerDraft {
  return {
    ...NOTHING_HANDED_DOWN,
    kept: {},
    seen: new Seen(),
    at,
    address,
    port,
    weight: null,
    forwarding: null,
    upperThreshold: 0,
    lowerThreshold: 0,
    notifyUp: null,
    notifyDown: null,
    slowStart: 0,
    checkers: [],
  };
}
