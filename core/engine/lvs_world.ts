/**
 * What the engine of virtual servers knows: servers, checks, and the table as the kernel should have it.
 */
import type { CheckRules, CheckState } from "../check/checker.ts";
import type { ProbeResult } from "../check/verdict.ts";
import type {
  Checker,
  LoadBalancerSettings,
  RealServer,
  VirtualServer,
} from "../config/virtual_server_model.ts";
import type { Quorum } from "../lvs/quorum.ts";
import type { IpAddress } from "../net/address.ts";
import type { IpvsService, TableEntry, TableOperation } from "../packet/ipvs.ts";
import type { LvsEffect, ProbingChecker } from "./lvs_effect.ts";
import type { Message } from "./message.ts";
import type { StatusEvent } from "./status.ts";
import type { TimerQueue } from "./timer_queue.ts";

/** One thing that is asked again and again: real servers with an equal checker share it. */
export interface Check {
  readonly kind: "check";
  readonly key: string;
  readonly checker: ProbingChecker;
  readonly rules: CheckRules;
  state: CheckState;
  /** The weight that a dynamic MISC_CHECK asked for last; null where it asked for none. */
  weight: number | null;
  /** The probe under way, or null. */
  probe: number | null;
  /** It is due, and waits for another probe to end. */
  waiting: boolean;
  readonly members: Set<Member>;
  /** How the last probe ended; null before the first. */
  last: { readonly result: ProbeResult; readonly at: number; readonly duration: number } | null;
}

/** A checker of one real server. */
export interface Member {
  readonly server: ServerState;
  readonly checker: Checker;
  /** null for the checkers that are told: files and BFD sessions. */
  readonly check: Check | null;
  /** Its vote, as it counted last; it stands still while the virtual server is suspended. */
  up: boolean;
  /** What it adds to the weight of its server. */
  addition: number;
  /** Why it is down; "" while it is up. */
  reason: string;
}

/** A real server of one virtual server. */
export interface ServerState {
  readonly kind: "server";
  readonly config: RealServer;
  readonly pool: PoolState;
  /** `[10.0.0.11]:tcp:80` */
  readonly name: string;
  members: readonly Member[];
  alive: boolean;
  since: number;
  /** What scripts, FIFOs and mail were told last; null: nothing yet. */
  told: "UP" | "DOWN" | null;
  /** Configured weight with the additions of its checkers. */
  weight: number;
  /** When its slow start began; null: it has its full weight. */
  slowSince: number | null;
}

/** A virtual server. */
export interface PoolState {
  readonly config: VirtualServer;
  readonly identity: string;
  readonly name: string;
  readonly services: readonly IpvsService[];
  servers: readonly ServerState[];
  quorum: Quorum;
  since: number;
  /** `ha_suspend` holds its checks. */
  suspended: boolean;
  /** Entries of the kernel's table that were put right since the start. */
  repairs: number;
}

/** The timer for reading the table back. */
export interface RepairTimer {
  readonly kind: "repair";
  /** ms until the next attempt after a refusal. */
  backoff: number;
  /** Refusals that were logged and have not gone away. */
  readonly refused: Set<string>;
}

/** All of it. */
export interface LvsWorld {
  settings: LoadBalancerSettings;
  pools: ReadonlyMap<string, PoolState>;
  readonly checks: Map<string, Check>;
  /** Numbers in track files, and BFD sessions that are up, as far as they were told. */
  readonly files: Map<string, number>;
  readonly sessions: Map<string, boolean>;
  readonly addresses: Set<IpAddress>;
  readonly masters: Set<string>;
  /** Our services as the kernel should have them by now; null where it has no load balancer. */
  table: Map<string, TableEntry> | null;
  tableReason: string;
  /** Services that several virtual servers have, by their key: a mark in a group that more than one listens to. */
  shared: ReadonlyMap<string, readonly PoolState[]>;
  seed: number;
  readonly timers: TimerQueue<Check | ServerState | RepairTimer>;
  readonly repair: RepairTimer;
  /** Pools whose part of the table may have to change. */
  readonly touched: Set<PoolState>;
  readonly running: Map<number, Check>;
  readonly waiting: Check[];
  nextProbe: number;
  checksDone: number;
  /** Differences that somebody else made in our part of the table, and that were put right. */
  repairs: number;
  /** What was asked for last, so that only a change is asked for again. */
  readonly asked: { roles: string; masquerade: string };
  readonly out: LvsOutbox;
  readonly events: StatusEvent[];
}

/** How many events the status remembers. */
const REMEMBERED = 200;

/** Effects of one step: the table first, people last. */
export class LvsOutbox {
  #operations: TableOperation[] = [];
  #effects: LvsEffect[] = [];
  #changed = false;
  #emptied = false;

  /** The whole table goes, before anything is put into it. */
  emptyTable(): void {
    this.#emptied = true;
  }

  operation(operation: TableOperation): void {
    this.#operations.push(operation);
  }

  /** All at once: a list that a function fills. */
  get operations(): TableOperation[] {
    return this.#operations;
  }

  add(effect: LvsEffect): void {
    this.#effects.push(effect);
  }

  statusChanged(): void {
    this.#changed = true;
  }

  flush(): readonly LvsEffect[] {
    const effects: LvsEffect[] = [];
    if (this.#emptied) effects.push({ kind: "table.flush" });
    if (this.#operations.length > 0) effects.push({ kind: "table.apply", operations: this.#operations });
    for (const effect of this.#effects) effects.push(effect);
    if (this.#changed) effects.push({ kind: "status.changed" });
    this.#operations = [];
    this.#effects = [];
    this.#changed = false;
    this.#emptied = false;
    return effects;
  }
}

/** Logs a message, and remembers it for the status where it is about the state of a server. */
export function log(world: LvsWorld, message: Message, rememberedAt: number | null = null): void {
  world.out.add({ kind: "log", message });
  if (rememberedAt === null) return;
  const { level } = message;
  world.events.push({
    at: rememberedAt,
    level: level === "error" || level === "warning" ? level : "info",
    instance: null,
    text: message.text,
  });
  if (world.events.length > REMEMBERED) world.events.splice(0, world.events.length - REMEMBERED);
}
