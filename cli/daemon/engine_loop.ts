/**
 * The synchronous loop of the engine thread: sleep, hear, step, perform.
 *
 * The order inside a turn is what makes it safe. The clock is read before the sockets are, and timers run last, with
 * that same reading: whatever arrived before `now` has been heard before a timer that is due at `now` fires, so that
 * our own stall is never taken for the silence of a master.
 */
import type { Engine } from "../../core/engine/engine.ts";
import type { Effect } from "../../core/engine/effect.ts";
import type { Event, MaintenanceOrder, Readings } from "../../core/engine/event.ts";
import type { Model } from "../../core/config/model.ts";
import { type Failure, type Outlets, perform, performAdditions, runLength } from "./dispatch.ts";
import type { EngineKernel } from "./engine_kernel.ts";
import { LinkInventory } from "./link_inventory.ts";
import { Outbox } from "./outbox.ts";
import { StatusSlices } from "./status_slices.ts";
import type { EngineCommand, EngineReport, LoopLag } from "./thread_messages.ts";

/** Packets read from one socket before the clock is read again. */
const PACKETS_PER_LOOK = 64;

/**
 * ms that hearing may take before due timers get their turn, at least. A loop that woke late may take as long as it
 * was late, since that is how long packets have been piling up, but no longer than `LONGEST_HEARING`: under a flood
 * that outruns us the timers must fire all the same.
 */
const SHORTEST_HEARING = 2;
const LONGEST_HEARING = 200;

/**
 * ms that a timer may be late and still have no second look before it: what the sleep reported as it ended is then as
 * fresh as makes no difference. Anything longer may have been a stall between the sleep and the clock.
 */
const ON_TIME = 0.5;

/**
 * ms before a takeover at which memory is refreshed: a thread that slept for seconds finds the processor's caches full of
 * other things, and is several times slower than one that was awake just now. The refreshing itself takes about one.
 */
const WARM_UP = 5;

/** ms by which the wall clock may go another way than ours before the engine is told. */
const CLOCK_JUMP = 20;

/** Refusals that cause further refused effects in one go; more than that is a defect, not news. */
const FAILURE_GENERATIONS = 8;

/** Reads what has input, at a time; true where there may be more. */
type Hearer = (now: number) => boolean;

/** How the loop is run. */
export interface LoopOptions {
  /** Report every event and effect as a line of JSON. */
  readonly record: boolean;
  /** ms between two `alive` reports; 0 means none. */
  readonly aliveInterval: number;
}

/** What the loop calls; both must return within about 1 ms. */
export interface LoopHooks {
  /** Shortly before a takeover; it must have no consequences. */
  readonly warmUp?: () => void;
  /** A timer was late by that many ms, noticeably. */
  readonly wasLate?: (late: number) => void;
}

/** One engine, one kernel, and the turns between them. */
export class EngineLoop {
  readonly #engine: Engine;
  readonly #kernel: EngineKernel;
  readonly #options: LoopOptions;
  readonly #outbox: Outbox;
  readonly #outlets: Outlets;
  readonly #inventory = new LinkInventory();
  readonly #decoder = new TextDecoder();
  readonly #slices: StatusSlices;
  /** What is done where a descriptor has input; true where it may hold more. */
  readonly #hearers = new Map<number, Hearer>();
  /** Those of them that come and go: the sockets of instances and of BFD sessions. */
  readonly #endpoints = new Set<number>();
  readonly #lag: { last: number; max: number } = { last: 0, max: 0 };
  readonly #warmUp: () => void;
  readonly #wasLate: (late: number) => void;
  #aliveAt = 0;
  /** The last reading of the clock in the turn before. */
  #clock = 0;
  /** The offset to the wall clock that the engine was told; null where no instance asks for it. */
  #epochOffset: number | null = null;

  constructor(
    engine: Engine,
    kernel: EngineKernel,
    post: (reports: readonly EngineReport[]) => void,
    options: LoopOptions,
    hooks: LoopHooks = {},
  ) {
    this.#warmUp = hooks.warmUp ?? (() => {});
    this.#wasLate = hooks.wasLate ?? (() => {});
    this.#engine = engine;
    this.#kernel = kernel;
    this.#options = options;
    this.#outbox = new Outbox(post, () => {
      // The offset first: the other way round the sum falls short of a whole millisecond, and stamps jump back by one.
      const offset = kernel.epochOffset();
      return offset + kernel.now();
    });
    this.#slices = new StatusSlices(engine, kernel, (report) => this.#outbox.add(report));
    this.#outlets = {
      adverts: kernel.adverts,
      bfd: kernel.bfd,
      addresses: kernel.addresses,
      announcer: kernel.announcer,
      routes: kernel.routes,
      virtualLinks: kernel.virtualLinks,
      settings: kernel.settings,
      filter: kernel.filter,
      inventory: this.#inventory,
      forwardsIpv6: kernel.forwardsIpv6,
      hand: (effect) => this.#outbox.hand(effect),
    };
  }

  /** How late timers fired. */
  get lag(): LoopLag {
    return this.#lag;
  }

  /** Takes stock of the host and starts the engine. */
  start(
    model: Model,
    readings: Readings = NO_READINGS,
    maintenance: MaintenanceOrder = NO_MAINTENANCE,
  ): void {
    this.#kernel.adverts.acceptEveryVrid(model.global.logUnknownVrids);
    for (const notice of this.#kernel.links.snapshot()) this.#inventory.apply(notice);
    this.#watch(this.#kernel.links.descriptor, (now) => this.#hearLinks(now));
    this.#watch(this.#kernel.routeWatch.descriptor, (now) => this.#hearRoutes(now));
    this.#watch(this.#kernel.commandDescriptor, (now) => this.#hearCommands(now));
    const { links, addresses } = this.#inventory;
    this.#tellTime(model);
    const seed = this.#kernel.seed();
    const start = { model, links, addresses, readings, maintenance, seed };
    this.#step({ kind: "start", ...start }, this.#kernel.now());
    this.#outbox.add({ kind: "ready" });
    this.#outbox.flush();
  }

  /** Sleeps until there is something to do, does it. */
  turn(): void {
    const due = this.#engine.nextWakeup();
    const woken = this.#sleep(due);
    const now = this.#kernel.now();
    this.#keepTime(now);
    const late = due === null ? 0 : now - due;
    this.#hear(late > ON_TIME ? this.#kernel.sleeper.look() : woken, now, late);
  }

  #sleep(due: number | null): readonly number[] {
    const { sleeper } = this.#kernel;
    if (due !== null && due <= this.#clock) return sleeper.look();
    if (this.#slices.wantTurn(due)) return sleeper.look();
    const early = due !== null && this.#engine.takesOverNext() ? this.#sleepBefore(due) : null;
    if (early !== null) return early;
    return this.#sleepUntil(due);
  }

  #sleepUntil(time: number | null): readonly number[] {
    const { sleeper } = this.#kernel;
    if (this.#options.aliveInterval === 0) return sleeper.sleep(time);
    return sleeper.sleep(time === null ? this.#aliveAt : Math.min(time, this.#aliveAt));
  }

  /**
   * Sleeps until shortly before a takeover and warms up, unless something happens; null where it is too late for that.
   *
   * The clock is not read before the sleep: the last turn's reading says well enough whether there is time for one.
   */
  #sleepBefore(due: number): readonly number[] | null {
    const early = due - WARM_UP;
    if (this.#clock >= early) return null;
    const ready = this.#sleepUntil(early);
    if (ready.length > 0) return ready;
    const now = this.#kernel.now();
    if (now >= early && due - now > WARM_UP / 2) this.#warmUp();
    return ready;
  }

  #hear(ready: readonly number[], now: number, late: number): void {
    const heardAt = this.#hearAll(ready, now, late);
    this.#clock = heardAt;
    const due = this.#engine.nextWakeup();
    if (due !== null && due <= heardAt) {
      this.#noteLag(heardAt - due);
      this.#step({ kind: "timer" }, heardAt);
    } else if (late > 0) {
      // What was heard moved the deadline that we slept past; the stall was none the less.
      this.#noteLag(late);
    }
    this.#stayAlive(heardAt);
    this.#slices.proceed(this.#engine.nextWakeup(), this.#lag);
    this.#outbox.flush();
  }

  /** Reads every descriptor that has input; returns the clock reading before which nothing is left unread. */
  #hearAll(ready: readonly number[], now: number, late: number): number {
    const limit = now + Math.min(LONGEST_HEARING, Math.max(SHORTEST_HEARING, late));
    let clock = now;
    let pending = ready;
    for (;;) {
      let more = pending.length >= this.#kernel.sleeper.capacity;
      for (const descriptor of pending) if (this.#hearOne(descriptor, clock)) more = true;
      if (!more) return clock;
      // What is still queued may be older than this reading; only the hearing limit lets timers pass it.
      clock = this.#kernel.now();
      if (clock > limit) return clock;
      pending = this.#kernel.sleeper.look();
    }
  }

  /** Reads one descriptor; true where it may hold more. One that was closed in this very turn is no longer known. */
  #hearOne(descriptor: number, now: number): boolean {
    const hear = this.#hearers.get(descriptor);
    return hear !== undefined && hear(now);
  }

  #hearAdverts(descriptor: number, now: number): boolean {
    const packets = this.#kernel.adverts.receive(descriptor, PACKETS_PER_LOOK);
    for (const { interface: name, source, destination, ttl, packet, header } of packets) {
      const heard = { kind: "advert.received", interface: name, source, destination, ttl, packet } as const;
      this.#step(header === undefined ? heard : { ...heard, header }, now);
    }
    return packets.length === PACKETS_PER_LOOK;
  }

  #hearSessions(descriptor: number, now: number): boolean {
    const packets = this.#kernel.bfd.receive(descriptor, PACKETS_PER_LOOK);
    for (const packet of packets) this.#step({ kind: "bfd.received", ...packet }, now);
    return packets.length === PACKETS_PER_LOOK;
  }

  #hearLinks(now: number): boolean {
    const read = this.#kernel.links.read();
    const notices = read === "overrun" ? this.#inventory.missed(this.#kernel.links.snapshot()) : read;
    for (const notice of notices) {
      if (this.#inventory.apply(notice)) this.#step(notice, now);
    }
    return notices.length > 0;
  }

  /** What happened to links explains what happened to routes, so that it is heard first. */
  #hearRoutes(now: number): boolean {
    while (this.#hearLinks(now));
    const notices = this.#kernel.routeWatch.read();
    if (notices === "overrun") this.#step({ kind: "routes.overrun" }, now);
    else for (const notice of notices) this.#step(notice, now);
    return false;
  }

  #hearCommands(now: number): boolean {
    for (const frame of this.#kernel.readCommands()) {
      this.#obey(JSON.parse(this.#decoder.decode(frame)) as EngineCommand, now);
    }
    return false;
  }

  #obey(command: EngineCommand, now: number): void {
    switch (command.kind) {
      case "event":
        if (command.event.kind === "reload") this.#tellTime(command.event.model);
        this.#step(command.event, now);
        if (command.event.kind === "reload") this.#reloaded(command.event.model);
        return;
      case "status":
        this.#slices.ask(command.id);
        return;
      case "stall":
        while (this.#kernel.now() < now + command.ms);
        return;
      case "crash":
        throw new TypeError("Cannot go on: the test hook asked for a crash");
      default:
        command satisfies never;
    }
  }

  /** Only signed advertisements hang on the wall clock, and the sequence numbers of authentication headers. */
  #tellTime(model: Model): void {
    this.#epochOffset = null;
    const unsigned = model.instances.every(({ hmac, authentication }) =>
      hmac === null && authentication.type !== "ah"
    );
    if (unsigned) return;
    this.#epochOffset = -Infinity;
    this.#keepTime(this.#kernel.now());
  }

  /** Tells the engine once the wall clock has gone another way than ours. */
  #keepTime(now: number): void {
    if (this.#epochOffset === null) return;
    const epochOffset = this.#kernel.epochOffset();
    if (Math.abs(epochOffset - this.#epochOffset) < CLOCK_JUMP) return;
    this.#epochOffset = epochOffset;
    this.#step({ kind: "clock.set", epochOffset }, now);
  }

  #reloaded(model: Model): void {
    this.#kernel.adverts.acceptEveryVrid(model.global.logUnknownVrids);
    this.#slices.restart();
  }

  /** One event through the engine, its effects through the ports, and what those refused through the engine again. */
  #step(event: Event, now: number): void {
    let failures = this.#perform(event, now);
    for (let generation = 0; failures.length > 0; generation++) {
      if (generation === FAILURE_GENERATIONS) return this.#giveUp(failures);
      failures = failures.flatMap((failure) => this.#perform(failure, now));
    }
  }

  #perform(event: Event, now: number): readonly Failure[] {
    if (this.#options.record) this.#record(now, { event });
    const effects = this.#engine.step(event, now);
    let failures: Failure[] | null = null;
    let opened = false;
    for (let i = 0; i < effects.length;) {
      const effect = effects[i]!;
      const count = runLength(effects, i);
      if (this.#options.record) {
        for (const one of effects.slice(i, i + count)) this.#record(now, { effect: one });
      }
      const refused = count === 1 ? perform(this.#outlets, effect) : performAdditions(
        this.#outlets,
        effects.slice(i, i + count) as Parameters<typeof performAdditions>[1],
      );
      i += count;
      if (refused.length > 0) (failures ??= []).push(...refused);
      if (effect.kind === "advert.listen" || effect.kind === "bfd.open") opened = true;
      // At once: the number of a closed descriptor may be the next one to be opened.
      else if (effect.kind === "advert.unlisten" || effect.kind === "bfd.close") this.#watchEndpoints();
    }
    if (opened) this.#watchEndpoints();
    return failures ?? NO_FAILURES;
  }

  #giveUp([first]: readonly Failure[]): void {
    const { instance, effect, subject, reason } = first!;
    const text =
      `(${instance}) Giving up on ${effect} of ${subject}, which was refused again and again: ${reason}`;
    const message = {
      level: "error",
      code: "daemon.gave_up",
      text,
      fields: { instance, effect, subject },
    } as const;
    this.#outbox.hand({ kind: "log", message });
  }

  #watch(descriptor: number, hear: Hearer): void {
    this.#hearers.set(descriptor, hear);
    this.#kernel.sleeper.watch(descriptor);
  }

  #watchEndpoints(): void {
    const sessions = new Set(this.#kernel.bfd.descriptors);
    const open = new Set([...this.#kernel.adverts.descriptors, ...sessions]);
    for (const descriptor of this.#endpoints) {
      if (open.has(descriptor)) continue;
      this.#endpoints.delete(descriptor);
      this.#hearers.delete(descriptor);
      this.#kernel.sleeper.forget(descriptor);
    }
    for (const descriptor of open) {
      if (this.#endpoints.has(descriptor)) continue;
      this.#endpoints.add(descriptor);
      const isSession = sessions.has(descriptor);
      this.#watch(
        descriptor,
        (now) => isSession ? this.#hearSessions(descriptor, now) : this.#hearAdverts(descriptor, now),
      );
    }
  }

  #noteLag(late: number): void {
    this.#lag.last = late;
    if (late > this.#lag.max) this.#lag.max = late;
    if (late > ON_TIME) this.#wasLate(late);
  }

  #stayAlive(now: number): void {
    const { aliveInterval } = this.#options;
    if (aliveInterval === 0 || now < this.#aliveAt) return;
    this.#aliveAt = now + aliveInterval;
    this.#outbox.add({ kind: "alive" });
  }

  #record(now: number, entry: { event: Event } | { effect: Effect }): void {
    this.#outbox.add({ kind: "record", line: JSON.stringify({ now, ...entry }) });
  }
}

const NO_FAILURES: readonly Failure[] = [];
const NO_MAINTENANCE: MaintenanceOrder = { all: false, names: [] };
const NO_READINGS: Readings = { files: {}, processes: {} };
