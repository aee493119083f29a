/**
 * What the engine of virtual servers wants done: one of its two doors (the other is `lvs_event.ts`).
 *
 * As in `effect.ts`, effects are plain data, performed in the order given.
 */
import type {
  BfdChecker,
  Checker,
  FileChecker,
  LoadBalancerSettings,
} from "../config/virtual_server_model.ts";
import type { Command } from "../config/model.ts";
import type { IpAddress } from "../net/address.ts";
import type { IpvsDaemon, IpvsProtocol, TableOperation } from "../packet/ipvs.ts";
import type { Message } from "./message.ts";

/** A checker that asks; the others are told. */
export type ProbingChecker = Exclude<Checker, FileChecker | BfdChecker>;

/** A service whose traffic leaves with our own address as its source, for FULLNAT. */
export interface MasqueradedService {
  /** What the client called, or the mark of its packets. */
  readonly service:
    | {
      readonly kind: "address";
      readonly protocol: IpvsProtocol;
      readonly address: IpAddress;
      readonly port: number;
    }
    | { readonly kind: "fwmark"; readonly mark: number };
  /** The real servers. */
  readonly servers: readonly IpAddress[];
}

/** All that the engine can ask for. */
export type LvsEffect =
  /** Change the kernel's table; each refusal comes back as `table.refused`. */
  | { readonly kind: "table.apply"; readonly operations: readonly TableOperation[] }
  /** Empty the kernel's table, whoever filled it. */
  | { readonly kind: "table.flush" }
  /** Read the kernel's table; comes back as `table.reading`. */
  | { readonly kind: "table.read" }
  /** Set the idle times of connections; what they were comes back with `timeouts.restore`. */
  | { readonly kind: "timeouts.set"; readonly timeouts: LoadBalancerSettings["timeouts"] }
  | { readonly kind: "timeouts.restore" }
  /** The roles of the sync daemon that shall run, and no others. */
  | { readonly kind: "sync.set"; readonly roles: readonly IpvsDaemon[] }
  /** The services that FULLNAT is for, and no others. */
  | { readonly kind: "masquerade.set"; readonly services: readonly MasqueradedService[] }
  /** Make one attempt; comes back as `probe.ended`. `step` chooses the url of an HTTP checker. */
  | {
    readonly kind: "probe.start";
    readonly probe: number;
    readonly checker: ProbingChecker;
    readonly step: number;
  }
  /** Nobody waits for it any more; it does not come back. */
  | { readonly kind: "probe.cancel"; readonly probe: number }
  /** Something that people are told: a script, a line for the FIFOs, a mail. */
  | {
    readonly kind: "notify";
    readonly object: "VS" | "RS";
    /** The virtual server, and the real server where it is about one. */
    readonly virtualServer: string;
    readonly realServer: string | null;
    readonly state: "UP" | "DOWN";
    readonly command: Command | null;
    /** Without its newline; null where only a mail is sent. */
    readonly fifo: string | null;
    readonly mail: { readonly subject: string; readonly body: string } | null;
  }
  | { readonly kind: "log"; readonly message: Message }
  /** Something in the status changed that a watcher wants to see at once. */
  | { readonly kind: "status.changed" }
  /** After `stop`: everything was let go. */
  | { readonly kind: "stopped" };
