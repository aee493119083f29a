/**
 * Virtual servers in the daemon: their engine, its timers, probes and the kernel's table, on the main thread.
 */
import type { DefaultUser } from "./script_user.ts";
import type { FileChecker, HttpChecker, LoadBalancer } from "../../core/config/virtual_server_model.ts";
import type { LvsEffect } from "../../core/engine/lvs_effect.ts";
import { createLvsEngine, type LvsEngine } from "../../core/engine/lvs_engine.ts";
import type { LvsEvent } from "../../core/engine/lvs_event.ts";
import * as lvsMessage from "../../core/engine/lvs_message.ts";
import type { LvsSnapshot } from "../../core/engine/lvs_snapshot.ts";
import type { Message } from "../../core/engine/message.ts";
import { hostOf } from "../../core/check/http.ts";
import type { ProbeSockets } from "../../ffi/probe_sockets.ts";
import { ConnectionCounts } from "./check_connections.ts";
import type { Balancer } from "./check_table.ts";
import { TrackedFiles } from "./tracked_files.ts";
import type { ProcessGroups } from "./child_process.ts";
import { limitOf, makeProbe, type ProbeTools } from "./checkers/make_probe.ts";
import { Prober } from "./checkers/prober.ts";
import { notice } from "./log.ts";

/** A notice for people. */
export type LvsNotify = Extract<LvsEffect, { kind: "notify" }>;

/** What virtual servers need of the daemon. */
export interface VirtualServerHost {
  readonly log: (message: Message) => void;
  /** Scripts, FIFOs and mail. */
  readonly notify: (notify: LvsNotify) => void;
  readonly statusChanged: () => void;
  readonly scriptUser: () => DefaultUser;
  /** Whether a VRRP instance of this node is master now. */
  readonly isMaster: (instance: string) => Promise<boolean>;
  /** All addresses of this host, asked now and then where `ha_suspend` is used. */
  readonly addresses: () => readonly string[];
  readonly balancer: Balancer;
  readonly masquerade: Masquerade;
  readonly sockets: ProbeSockets;
  /** Programs of MISC_CHECK. */
  readonly groups: ProcessGroups;
}

/** The packet filter's part in FULLNAT. */
export interface Masquerade {
  /** Removes what a daemon that was killed has left behind; nothing there is no failure. */
  sweep(): void;
  set(services: Extract<LvsEffect, { kind: "masquerade.set" }>["services"]): void;
}

/** ms: timers that are due closer together than that go off together. */
const COALESCE = 5;

/** ms between two looks at this host's addresses, where `ha_suspend` needs them. */
const ADDRESS_INTERVAL = 500;

/** ms; the same certificate is complained of once in that time. */
const DAY = 86_400_000;

/** The virtual servers of one daemon. */
export class VirtualServers {
  readonly #host: VirtualServerHost;
  readonly #engine: LvsEngine = createLvsEngine();
  readonly #prober: Prober;
  readonly #files = new TrackedFiles({
    tell: (name, value) => this.tell({ kind: "file.read", name, value }),
    warn: (text) => this.#host.log(lvsWarning(text)),
  });
  readonly #tools: ProbeTools;
  readonly #connections: ConnectionCounts;
  readonly #complained = new Map<string, number>();
  /** Events that came up while effects were performed. */
  readonly #queue: LvsEvent[] = [];
  #busy = false;
  #alarm: { readonly at: number; readonly timer: ReturnType<typeof setTimeout> } | null = null;
  #addressTimer: ReturnType<typeof setInterval> | null = null;
  #addresses = new Set<string>();
  #stopped = false;
  /** The instance that the sync daemon follows. */
  #syncInstance: string | null = null;
  /** Which instance was asked last whether it is master, and what it said; null while none was. */
  #told: { readonly instance: string; readonly master: boolean } | null = null;
  #asking = false;
  #askAgain = false;

  constructor(host: VirtualServerHost) {
    this.#host = host;
    this.#prober = new Prober(host.sockets);
    this.#connections = new ConnectionCounts(() => host.balancer.records());
    this.#tools = {
      sockets: host.sockets,
      scriptUser: host.scriptUser,
      groups: host.groups,
      sawCertificate: (checker, end) => this.#sawCertificate(checker, end),
      random: (length) => crypto.getRandomValues(new Uint8Array(length)),
    };
  }

  /** Begins; `sessions` is what is known of BFD sessions by then. */
  start(loadBalancer: LoadBalancer, sessions: ReadonlyMap<string, boolean> = new Map()): void {
    for (const [name, up] of sessions) this.tell({ kind: "bfd.changed", name, up });
    const addresses = needsAddresses(loadBalancer) ? this.#host.addresses() : [];
    this.#addresses = new Set(addresses);
    this.#host.masquerade.sweep();
    const [seed] = crypto.getRandomValues(new Uint32Array(1));
    this.tell({ kind: "start", loadBalancer, table: this.#host.balancer.read(), addresses, seed: seed! });
    this.#follow(loadBalancer);
  }

  reload(loadBalancer: LoadBalancer): void {
    this.tell({ kind: "reload", loadBalancer, table: this.#host.balancer.read() });
    this.#follow(loadBalancer);
  }

  /** Lets go of everything, synchronously; with `keepTable` the kernel goes on balancing. */
  stop(keepTable: boolean): void {
    if (this.#stopped) return;
    this.tell({ kind: "stop", keepTable });
    this.#stopped = true;
    this.#disarm();
    this.#files[Symbol.dispose]();
    if (this.#addressTimer !== null) clearInterval(this.#addressTimer);
    this.#prober[Symbol.dispose]();
    this.#host.groups.signal("SIGKILL");
    this.#host.balancer[Symbol.dispose]();
  }

  /** The state as data, with the kernel's connection counts. */
  snapshot(): LvsSnapshot {
    const now = performance.now();
    return this.#engine.snapshot(now, Date.now() - now, this.#connections.lookup(now));
  }

  /** The state of some VRRP instance changed: the sync daemon may follow it. */
  instancesChanged(): void {
    if (this.#syncInstance === null) return;
    this.#askAgain = this.#asking;
    if (!this.#asking) this.#askMaster(this.#syncInstance);
  }

  async #askMaster(instance: string): Promise<void> {
    this.#asking = true;
    const master = await this.#host.isMaster(instance);
    this.#asking = false;
    if (instance !== this.#told?.instance || master !== this.#told.master) {
      this.#told = { instance, master };
      this.tell({ kind: "instance.changed", instance, master });
    }
    if (this.#askAgain) this.instancesChanged();
  }

  /** Something happened. */
  tell(event: LvsEvent): void {
    if (this.#stopped) return;
    this.#queue.push(event);
    if (this.#busy) return;
    this.#busy = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        for (const effect of this.#engine.step(next, performance.now())) this.#perform(effect);
      }
    } finally {
      this.#busy = false;
    }
    this.#arm();
  }

  #perform(effect: LvsEffect): void {
    const { balancer } = this.#host;
    switch (effect.kind) {
      case "table.apply":
        for (const refusal of balancer.apply(effect.operations)) this.#queue.push(refusal);
        return;
      case "table.flush":
        return balancer.flush();
      case "table.read":
        this.#queue.push({ kind: "table.reading", table: balancer.read() });
        return;
      case "timeouts.set":
        return balancer.setTimeouts(effect.timeouts);
      case "timeouts.restore":
        return balancer.restoreTimeouts();
      case "sync.set":
        return balancer.setRoles(effect.roles);
      case "masquerade.set":
        return this.#host.masquerade.set(effect.services);
      case "probe.start":
        return this.#probe(effect);
      case "probe.cancel":
        return this.#prober.cancel(effect.probe);
      case "notify":
        return this.#host.notify(effect);
      case "log":
        return this.#host.log(effect.message);
      case "status.changed":
        return this.#host.statusChanged();
      case "stopped":
        return;
      default:
        effect satisfies never;
    }
  }

  #probe({ probe, checker, step }: Extract<LvsEffect, { kind: "probe.start" }>): void {
    this.#prober.start(probe, {
      limit: limitOf(checker),
      begin: (host) => makeProbe(this.#tools, checker, step, host),
      ended: (result, duration) => this.tell({ kind: "probe.ended", probe, result, duration }),
    });
  }

  #arm(): void {
    const next = this.#stopped ? null : this.#engine.nextWakeup();
    if (next === null) return this.#disarm();
    // One that goes off too early finds nothing to do, which is cheaper than to set it anew each time.
    if (this.#alarm !== null && this.#alarm.at <= next) return;
    this.#disarm();
    const wait = Math.max(COALESCE, next - performance.now());
    const timer = setTimeout(() => {
      this.#alarm = null;
      this.tell({ kind: "timer" });
    }, Math.min(wait, 2 ** 31 - 1));
    this.#alarm = { at: next, timer };
  }

  #disarm(): void {
    if (this.#alarm !== null) clearTimeout(this.#alarm.timer);
    this.#alarm = null;
  }

  /** What a configuration wants to be watched. */
  #follow(loadBalancer: LoadBalancer): void {
    this.#syncInstance = loadBalancer.settings.syncDaemon?.instance ?? null;
    this.instancesChanged();
    this.#files.watch(new Map(fileCheckers(loadBalancer).map(({ name, file }) => [name, file])));
    if (!needsAddresses(loadBalancer)) {
      if (this.#addressTimer !== null) clearInterval(this.#addressTimer);
      this.#addressTimer = null;
      return;
    }
    this.#lookAtAddresses();
    this.#addressTimer ??= setInterval(() => this.#lookAtAddresses(), ADDRESS_INTERVAL);
  }

  #lookAtAddresses(): void {
    const now = new Set(this.#host.addresses());
    for (const address of now) {
      if (!this.#addresses.has(address)) this.tell({ kind: "address.added", address });
    }
    for (const address of this.#addresses) {
      if (!now.has(address)) this.tell({ kind: "address.removed", address });
    }
    this.#addresses = now;
  }

  #sawCertificate({ tls, target }: HttpChecker, end: number): void {
    const now = Date.now();
    const name = hostOf(target);
    const left = end - now;
    if (tls === null || left > tls.expiryWarning || now - (this.#complained.get(name) ?? 0) < DAY) return;
    this.#complained.set(name, now);
    this.#host.log(lvsMessage.certificateEnds(name, Math.floor(left / DAY)));
  }
}

/** A warning of the edge. */
export function lvsWarning(text: string): Message {
  return notice("warning", "lvs.warning", text);
}

function needsAddresses({ virtualServers }: LoadBalancer): boolean {
  return virtualServers.some(({ haSuspend }) => haSuspend);
}

function fileCheckers({ virtualServers }: LoadBalancer): FileChecker[] {
  return virtualServers.flatMap(({ realServers }) =>
    realServers.flatMap(({ checkers }) => checkers.filter((checker) => checker.kind === "file"))
  );
}
