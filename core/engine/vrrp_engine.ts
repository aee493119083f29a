/**
 * The VRRP engine: routes events to the functions that know what to do, and keeps the timers.
 */
import { seededNumbers } from "../net/random.ts";
import type { Model } from "../config/model.ts";
import type { IpAddress } from "../net/address.ts";
import { dueRounds } from "../vrrp/neighbours.ts";
import { type AcceptedPacket, judgePacket, type ReadablePacket } from "../vrrp/receive.ts";
import { clearCounters, downInterval, nextDue, type Router, vipLease } from "../vrrp/router.ts";
import { nextLeaseRefresh } from "../vrrp/timers.ts";
import { sendAdvertisement } from "./advertise.ts";
import type { Effect } from "./effect.ts";
import { backupReceives, demote, masterDown, masterReceives } from "./election.ts";
import type { Engine, EngineSnapshot, SnapshotFrame } from "./engine.ts";
import type { Event } from "./event.ts";
import { heardAgain, noteChecksum } from "./heard_before.ts";
import { Host } from "./host.ts";
import {
  addressAdded,
  addressRemoved,
  effectFailed,
  linkChanged,
  linkHeldLongEnough,
  linkPolled,
  linkRemoved,
  routeChanged,
  ruleChanged,
} from "./kernel_notices.ts";
import { restoreObjects } from "./kernel_objects.ts";
import { noLinkStates } from "./link_states.ts";
import * as message from "./message.ts";
import { ObjectIndex } from "./object_index.ts";
import { packetHeard, sessionDue } from "./bfd_sessions.ts";
import { failover, obeyMaintenance } from "./operator.ts";
import { Outbox } from "./outbox.ts";
import { releaseNext } from "./pacer.ts";
import { countRejection } from "./rejections.ts";
import { RouterIndex } from "./router_index.ts";
import { reload, start, stop } from "./lifecycle.ts";
import { fileRead, processCounted, processDelayOver } from "./measured.ts";
import { snapshot, snapshotFrame, snapshotInstances } from "./snapshot.ts";
import type { InstanceStatus } from "./status.ts";
import { NO_STATICS } from "./static_objects.ts";
import { TimerQueue } from "./timer_queue.ts";
import { Touched } from "./touched.ts";
import { runScript, scriptFinished } from "./trackers.ts";
import { announceAddresses, announceElsewhere, renewLeases } from "./transitions.ts";
import { VipIndex } from "./vip_index.ts";
import { type ForeignRouter, noteDelay, type TimedItem, type World } from "./world.ts";

type PacketEvent = Extract<Event, { kind: "advert.received" }>;

/** How long a sleep must be before masters ask themselves whether they missed something, ms. */
const SUSPICIOUS_SLEEP = 100;

/** How many foreign routers are remembered. */
const FOREIGN_LIMIT = 64;

/** A new engine without configuration: it waits for its `start` event. */
export function createVrrpEngine(): Engine {
  return new VrrpEngine();
}

class VrrpEngine implements Engine {
  #world: World = {
    global: NO_SETTINGS,
    tellsAll: false,
    routers: new Map(),
    groups: new Map(),
    scripts: new Map(),
    files: new Map(),
    processes: new Map(),
    sessions: new Map(),
    random: seededNumbers(0),
    host: new Host(),
    linkStates: noLinkStates(),
    out: new Outbox(),
    packets: new WeakMap(),
    messages: new WeakMap(),
    leases: new WeakMap(),
    vips: new VipIndex(),
    objects: new ObjectIndex(),
    statics: NO_STATICS,
    links: new Map(),
    settings: new Map(),
    reported: new Set(),
    touched: new Touched(),
    pacers: new Map(),
    paces: new Map(),
    events: [],
    foreign: new Map(),
    discarded: 0,
    delays: [],
    startupUntil: null,
    maintenance: { all: false, names: [] },
    stopped: false,
    epochOffset: 0,
    wall: 0,
  };
  #timers = new TimerQueue<TimedItem>();
  readonly #setTimer = (item: TimedItem) => this.#timers.set(item, dueTime(item));
  readonly #index = new RouterIndex();
  #now = 0;

  step(event: Event, now: number): readonly Effect[] {
    this.#now = now;
    this.#world.wall = now + this.#world.epochOffset;
    this.#noticeSleep(now);
    this.#take(event, now);
    this.#world.touched.drain(this.#setTimer);
    return this.#world.out.flush(event.kind === "timer");
  }

  nextWakeup(): number | null {
    if (this.#world.out.hasMore) return this.#now;
    const { startupUntil } = this.#world;
    const { nextAt } = this.#timers;
    // BFD sessions begin without waiting for the startup delay of VRRP.
    if (startupUntil !== null) return nextAt === null ? startupUntil : Math.min(startupUntil, nextAt);
    return nextAt;
  }

  takesOverNext(): boolean {
    if (this.#world.out.hasMore || this.#world.startupUntil !== null) return false;
    const { next, nextAt } = this.#timers;
    return next !== null && "masterDownAt" in next && next.masterDownAt === nextAt;
  }

  snapshot(now: number, epochOffset: number): EngineSnapshot {
    return snapshot(this.#world, now, epochOffset);
  }

  snapshotInstances(first: number, count: number, epochOffset: number): readonly InstanceStatus[] {
    return snapshotInstances(this.#world, first, count, epochOffset);
  }

  snapshotFrame(epochOffset: number): SnapshotFrame {
    return snapshotFrame(this.#world, epochOffset);
  }

  #take(event: Event, now: number): void {
    const world = this.#world;
    switch (event.kind) {
      case "start":
        start(world, event, now);
        this.#reindex();
        return;
      case "reload":
        reload(world, event, now);
        this.#reindex();
        return;
      case "stop":
        stop(world, now);
        this.#reindex();
        return;
      case "failover":
        failover(world, event.instances, event.hold, now);
        return;
      case "maintenance":
        obeyMaintenance(world, event.order, now);
        return;
      case "counters.clear":
        for (const router of world.routers.values()) clearCounters(router);
        return;
      case "clock.set":
        world.epochOffset = event.epochOffset;
        return;
      case "timer":
        this.#timer(now);
        return;
      case "advert.received":
        this.#receive(event, now);
        return;
      case "bfd.received":
        packetHeard(world, event, now);
        return;
      case "link.changed":
        linkChanged(world, event.link, now);
        return;
      case "link.polled":
        linkPolled(world, event.interface, event.up, now);
        return;
      case "link.removed":
        linkRemoved(world, event.name, now);
        return;
      case "address.added":
        addressAdded(world, event.address, now);
        return;
      case "address.removed":
        addressRemoved(world, event.address, now);
        return;
      case "route.added":
      case "route.removed":
        routeChanged(world, event.kind === "route.added", event.route, now);
        return;
      case "rule.added":
      case "rule.removed":
        ruleChanged(world, event.kind === "rule.added", event.rule, now);
        return;
      case "routes.overrun":
        restoreObjects(world, "all");
        return;
      case "script.finished":
        scriptFinished(world, event.script, event.outcome, now);
        return;
      case "file.read":
        fileRead(world, event.file, event.value, now);
        return;
      case "process.counted":
        processCounted(world, event.process, event.count, now);
        return;
      case "effect.failed":
        effectFailed(world, event, now);
        return;
      default:
        event satisfies never;
    }
  }

  /** After `start`, `reload` and `stop`: the routers are others. */
  #reindex(): void {
    this.#index.clear();
    this.#timers = new TimerQueue();
    for (const router of this.#world.routers.values()) {
      this.#index.add(router);
      this.#world.touched.add(router);
    }
    for (const run of this.#world.scripts.values()) this.#world.touched.add(run);
    for (const run of this.#world.processes.values()) this.#world.touched.add(run);
    for (const run of this.#world.sessions.values()) this.#world.touched.add(run);
    for (const pacer of this.#world.pacers.values()) this.#world.touched.add(pacer);
    for (const held of this.#world.linkStates.held.values()) this.#world.touched.add(held);
  }

  /**
   * A master that slept longer than others wait for it gives way before it says a word: somebody else may be
   * master by now, and will tell us.
   */
  #noticeSleep(now: number): void {
    const { nextAt } = this.#timers;
    if (nextAt === null || now - nextAt < SUSPICIOUS_SLEEP) return;
    for (const router of this.#world.routers.values()) {
      const late = router.advertiseAt === null ? 0 : now - router.advertiseAt;
      if (router.state !== "master" || late < downInterval(router)) continue;
      this.#world.out.log(message.sleptAsMaster(router.config.name, late));
      demote(this.#world, router, now, `this node was not running for ${message.seconds(late)} s`);
    }
  }

  #timer(now: number): void {
    const world = this.#world;
    if (world.startupUntil !== null && now >= world.startupUntil) {
      world.out.log(message.startupDelayOver());
      world.startupUntil = null;
      start(world, null, now);
      return;
    }
    if (this.#timers.nextAt !== null) noteDelay(world, now, now - this.#timers.nextAt);
    for (const item of this.#timers.takeDue(now)) {
      if ("verdict" in item) runScript(world, item, now);
      else if ("tally" in item) processDelayOver(world, item, now);
      else if ("session" in item) sessionDue(world, item, now);
      else if ("queue" in item) releaseNext(world, item, now);
      else if ("held" in item) linkHeldLongEnough(world, item, now);
      else this.#routerTimer(item, now);
      world.touched.add(item);
    }
  }

  #routerTimer(router: Router, now: number): void {
    const world = this.#world;
    if (router.masterDownAt !== null && router.masterDownAt <= now) masterDown(world, router, now);
    if (router.advertiseAt !== null && router.advertiseAt <= now) {
      sendAdvertisement(world, router);
      const next = router.advertiseAt + router.config.advertInterval;
      if (next <= now) world.out.overload();
      // The grid is absolute, so that the interval does not drift; after a gap it begins anew.
      router.advertiseAt = next > now ? next : now + router.config.advertInterval;
    }
    const due = dueRounds(router.announcements, router.config.announce, now);
    router.announcements = due.rest;
    announceAddresses(world, router, due.rounds);
    if (due.elsewhere) announceElsewhere(world, router);
    if (router.leaseRefreshAt !== null && router.leaseRefreshAt <= now) {
      renewLeases(world, router);
      router.leaseRefreshAt = nextLeaseRefresh(vipLease(router), now);
    }
  }

  #receive(event: PacketEvent, now: number): void {
    const world = this.#world;
    const { source } = event;
    const router = this.#index.find(event);
    if (router === undefined) {
      this.#foreign(event, now);
      return;
    }
    if (router.state === "init" || router.state === "fault" || world.startupUntil !== null) return;
    router.counters.advert_rcvd++;
    const heard = isAccepted(router.accepted, event)
      ? router.accepted.packet
      : this.#judge(router, event, now);
    if (heard === null) return;
    if (heard.priority === 0) router.counters.pri_zero_rcvd++;
    if (router.state === "backup") backupReceives(world, router, heard, source, now);
    else masterReceives(world, router, heard, source, now);
    const { version } = router.config;
    router.heard = { address: source, priority: heard.priority, version, interval: heard.interval, at: now };
    world.touched.add(router);
  }

  /** Judges a packet and says what there is to say about it; null where it is dropped. */
  #judge(router: Router, event: PacketEvent, now: number): ReadablePacket | null {
    const { out, wall } = this.#world;
    const { signer, config } = router;
    const complete = mustCheckAddresses(router, event.source);
    const judgement = judgePacket(config, event, complete, signer === null ? null : { signer, wall });
    if (!judgement.ok) {
      countRejection(this.#world, router, judgement.rejection, event.source, now);
      return null;
    }
    const { packet, remarks } = judgement;
    const { header } = event;
    if (header !== undefined) {
      const replay = heardAgain(router, header.sequence);
      if (replay !== null) {
        countRejection(this.#world, router, replay, event.source, now);
        return null;
      }
    }
    noteChecksum(this.#world, router, packet.checksum);
    const plain = signer === null && header === undefined;
    router.accepted = plain && complete && remarks.length === 0 ? { ...event, packet } : null;
    for (const remark of remarks) {
      if (router.reported.has(remark.kind)) continue;
      router.reported.add(remark.kind);
      out.log(message.remarked(config.name, remark, event.source));
    }
    return packet;
  }

  #foreign(event: PacketEvent, now: number): void {
    const { foreign, global, out } = this.#world;
    const { packet } = event;
    this.#world.discarded++;
    if (!packet.ok || (packet.version !== 2 && packet.version !== 3)) return;
    const key = `${event.interface} ${packet.vrid} ${event.source}`;
    const known = foreign.get(key);
    if (known === undefined && global.logUnknownVrids) {
      out.log(message.unknownVrid(packet.vrid, event.interface));
    }
    if (known === undefined && foreign.size >= FOREIGN_LIMIT) return;
    const router: ForeignRouter = {
      address: event.source,
      priority: packet.priority,
      version: packet.version,
      interval: packet.interval,
      at: now,
      interface: event.interface,
      vrid: packet.vrid,
      count: (known?.count ?? 0) + 1,
    };
    foreign.set(key, router);
  }
}

const NO_SETTINGS: Model["global"] = {
  routerId: "",
  notificationEmail: [],
  notificationEmailFrom: "",
  smtpServer: null,
  smtpConnectTimeout: 0,
  scriptSecurity: false,
  scriptUser: null,
  startupDelay: 0,
  notifyPriorityChanges: false,
  statesOnReload: false,
  logUnknownVrids: false,
  dynamicInterfaces: false,
  vipLease: true,
  garpInterval: 0,
  gnaInterval: 0,
};

/** Whether this very packet was accepted last: the edge gives the same object for the same octets. */
function isAccepted(accepted: AcceptedPacket | null, event: PacketEvent): accepted is AcceptedPacket {
  return accepted !== null && accepted.packet === event.packet && accepted.source === event.source &&
    accepted.destination === event.destination && accepted.ttl === event.ttl;
}

function dueTime(item: TimedItem): number {
  return "dueAt" in item ? item.dueAt ?? Infinity : nextDue(item);
}

/** `skip_check_adv_addr` spares the comparison for the master that was accepted before; a master always compares. */
function mustCheckAddresses(router: Router, source: IpAddress): boolean {
  return !router.config.skipAddressCheck || router.state === "master" || router.master !== source;
}
