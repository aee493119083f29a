/**
 * The engine of virtual servers: routes events to the functions that know what to do, and keeps the timers.
 *
 * Like the VRRP engine it is synchronous, total and pure. It runs on the main thread: a health check may wait, an
 * advertisement may not.
 */
import { judgeFile } from "../check/file.ts";
import type { LoadBalancerSettings } from "../config/virtual_server_model.ts";
import { due, judgeSuspension, probeEnded } from "./lvs_checks.ts";
import { configure } from "./lvs_configure.ts";
import type { LvsEffect } from "./lvs_effect.ts";
import type { LvsEvent } from "./lvs_event.ts";
import * as message from "./lvs_message.ts";
import { mailServer, notifyPool, notifyServer } from "./lvs_notify.ts";
import { slowStep, vote, weigh } from "./lvs_servers.ts";
import { type LvsSnapshot, lvsSnapshot, NO_COUNTS, type TableCounts } from "./lvs_snapshot.ts";
import { followMasquerade, followRoles } from "./lvs_sync.ts";
import {
  believe,
  followConfiguration,
  followPools,
  planRepair,
  readTable,
  refusedOperation,
  removeAll,
  repair,
} from "./lvs_table.ts";
import {
  type Check,
  log,
  LvsOutbox,
  type LvsWorld,
  type RepairTimer,
  type ServerState,
} from "./lvs_world.ts";
import { TimerQueue } from "./timer_queue.ts";

/** An engine of virtual servers. `now` is ms of CLOCK_MONOTONIC, with fractions, and never goes back. */
export interface LvsEngine {
  /** Takes one event and returns what is to be done, in order. */
  step(event: LvsEvent, now: number): readonly LvsEffect[];
  /** When the next `timer` event is due, or null where none is. */
  nextWakeup(): number | null;
  /** The state as data. `epochOffset` turns monotonic ms into ms since the Unix epoch by addition. */
  snapshot(now: number, epochOffset: number, counts?: TableCounts): LvsSnapshot;
}

/** A new engine without configuration: it waits for its `start` event. */
export function createLvsEngine(): LvsEngine {
  return new VirtualServerEngine();
}

/** ms until the table is read again after the first refusal. */
const FIRST_BACKOFF = 2000;

const NO_SETTINGS: LoadBalancerSettings = {
  timeouts: { tcp: null, tcpFin: null, udp: null },
  flushOnStart: false,
  flushOnStop: "none",
  syncDaemon: null,
  notifyAtStart: false,
  mailPoolChangesOnly: false,
  notifyFifo: null,
  ipvsNamespace: null,
  commandBuffer: null,
  maxChecks: 2000,
};

class VirtualServerEngine implements LvsEngine {
  readonly #world: LvsWorld = {
    settings: NO_SETTINGS,
    pools: new Map(),
    checks: new Map(),
    files: new Map(),
    sessions: new Map(),
    addresses: new Set(),
    masters: new Set(),
    table: null,
    tableReason: "",
    shared: new Map(),
    seed: 0,
    timers: new TimerQueue<Check | ServerState | RepairTimer>(),
    repair: { kind: "repair", backoff: FIRST_BACKOFF, refused: new Set() },
    touched: new Set(),
    running: new Map(),
    waiting: [],
    nextProbe: 1,
    checksDone: 0,
    repairs: 0,
    asked: { roles: "[]", masquerade: "[]" },
    out: new LvsOutbox(),
    events: [],
  };
  #timeouts = JSON.stringify(NO_SETTINGS.timeouts);

  step(event: LvsEvent, now: number): readonly LvsEffect[] {
    this.#take(event, now);
    followPools(this.#world, now);
    return this.#world.out.flush();
  }

  nextWakeup(): number | null {
    return this.#world.timers.nextAt;
  }

  snapshot(now: number, epochOffset: number, counts: TableCounts = NO_COUNTS): LvsSnapshot {
    return lvsSnapshot(this.#world, { now, epochOffset }, counts);
  }

  #take(event: LvsEvent, now: number): void {
    const world = this.#world;
    switch (event.kind) {
      case "start":
        return this.#start(event, now);
      case "reload":
        return this.#reload(event, now);
      case "stop":
        return this.#stop(event.keepTable, now);
      case "timer":
        return this.#timer(now);
      case "probe.ended":
        return probeEnded(world, event.probe, event.result, { at: now, duration: event.duration });
      case "table.reading":
        repair(world, event.table, now);
        followRoles(world);
        return followMasquerade(world);
      case "table.refused":
        return refusedOperation(world, event.operation, event.reason, now);
      case "address.added":
      case "address.removed":
        return this.#address(event.kind === "address.added", event.address, now);
      case "file.read":
        return this.#file(event.name, event.value, now);
      case "bfd.changed":
        return this.#session(event.name, event.up, now);
      case "instance.changed":
        if (event.master) world.masters.add(event.instance);
        else world.masters.delete(event.instance);
        return followRoles(world);
      default:
        event satisfies never;
    }
  }

  #start(event: Extract<LvsEvent, { kind: "start" }>, now: number): void {
    const world = this.#world;
    const { settings } = event.loadBalancer;
    world.seed = event.seed;
    for (const address of event.addresses) world.addresses.add(address);
    log(world, message.initializing(false));
    const flush = settings.flushOnStart && event.table.ok;
    if (flush) world.out.emptyTable();
    configure(world, event.loadBalancer, now);
    believe(world, flush ? { ok: true, entries: [] } : event.table);
    this.#followSettings(now);
  }

  #reload(event: Extract<LvsEvent, { kind: "reload" }>, now: number): void {
    const world = this.#world;
    log(world, message.initializing(true));
    configure(world, event.loadBalancer, now);
    believe(world, event.table);
    this.#followSettings(now);
  }

  #followSettings(now: number): void {
    const world = this.#world;
    followConfiguration(world, now);
    followRoles(world);
    followMasquerade(world);
    planRepair(world, now);
    world.out.statusChanged();
    if (world.table === null) return;
    const timeouts = JSON.stringify(world.settings.timeouts);
    if (timeouts === this.#timeouts) return;
    this.#timeouts = timeouts;
    world.out.add({ kind: "timeouts.set", timeouts: world.settings.timeouts });
  }

  #stop(keepTable: boolean, now: number): void {
    const world = this.#world;
    for (const probe of world.running.keys()) world.out.add({ kind: "probe.cancel", probe });
    world.running.clear();
    if (!keepTable) {
      this.#sayShuttingDown(now);
      this.#letGo();
    }
    world.pools = new Map();
    world.touched.clear();
    world.checks.clear();
    for (const item of world.timers.takeDue(Infinity)) world.timers.set(item, Infinity);
    world.out.add({ kind: "stopped" });
  }

  /** What is kept goes on serving: nobody hears that it is down. */
  #sayShuttingDown(now: number): void {
    const world = this.#world;
    for (const pool of world.pools.values()) {
      const { omega } = pool.config;
      for (const server of pool.servers) {
        log(world, message.shuttingDown(server.name, pool.name), now);
        if (!omega || !server.alive) continue;
        notifyServer(world, server, "DOWN");
        mailServer(world, server, "DOWN", "=> Shutting down <=");
      }
      if (omega && pool.quorum === "up") notifyPool(world, pool, "DOWN", "Shutting down");
    }
  }

  #letGo(): void {
    const world = this.#world;
    removeAll(world);
    if (world.asked.roles !== "[]") world.out.add({ kind: "sync.set", roles: [] });
    if (world.asked.masquerade !== "[]") world.out.add({ kind: "masquerade.set", services: [] });
    if (this.#timeouts !== JSON.stringify(NO_SETTINGS.timeouts)) world.out.add({ kind: "timeouts.restore" });
  }

  #timer(now: number): void {
    const world = this.#world;
    for (const item of world.timers.takeDue(now)) {
      if (item.kind === "check") due(world, item, now);
      else if (item.kind === "server") slowStep(world, item, now);
      else {
        planRepair(world, now);
        readTable(world);
      }
    }
  }

  #address(here: boolean, address: string, now: number): void {
    const world = this.#world;
    if (here) world.addresses.add(address);
    else world.addresses.delete(address);
    for (const pool of world.pools.values()) {
      if (pool.config.haSuspend) judgeSuspension(world, pool, now);
    }
  }

  #file(name: string, value: number, now: number): void {
    const world = this.#world;
    world.files.set(name, value);
    for (const server of allServers(world)) {
      for (const member of server.members) {
        const { checker } = member;
        if (checker.kind !== "file" || checker.name !== name) continue;
        const { up, weight } = judgeFile(checker, value);
        member.addition = weight;
        weigh(world, server, now);
        if (up === member.up) continue;
        log(world, message.fileChecked(name, server.name, up), now);
        const reason = up ? "" : `file ${checker.file} says ${value}`;
        vote(world, member, { up, reason, news: true, mail: fileMail(up) }, now);
      }
    }
  }

  #session(name: string, up: boolean, now: number): void {
    const world = this.#world;
    world.sessions.set(name, up);
    for (const pool of world.pools.values()) {
      for (const { members, name: service } of pool.servers) {
        for (const member of members) {
          const { checker } = member;
          if (checker.kind !== "bfd" || checker.name !== name || member.up === up) continue;
          log(world, message.sessionChecked(name, service, pool.name, up), now);
          const reason = up ? "" : `BFD session ${name} is down`;
          vote(world, member, { up, reason, news: true, mail: sessionMail(name, up) }, now);
        }
      }
    }
  }
}

function sessionMail(name: string, up: boolean): string {
  return `=> BFD CHECK ${name} ${up ? "succeeded" : "failed"} on service <=`;
}

function fileMail(up: boolean): string {
  return up ? "=> CHECK succeed on service <=" : "=> CHECK failed on service <=";
}

function* allServers({ pools }: LvsWorld): Generator<ServerState> {
  for (const { servers } of pools.values()) yield* servers;
}
