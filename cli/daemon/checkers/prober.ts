/**
 * Runs probes: hands out news about sockets, watches the deadlines, and tells our own stalls from those of servers.
 */
import type { ProbeResult } from "../../../core/check/verdict.ts";
import { TimerQueue } from "../../../core/engine/timer_queue.ts";
import type { ProbeSocket, ProbeSockets } from "../../../ffi/probe_sockets.ts";
import { reasonOf } from "../../exit_codes.ts";
import type { Probe, ProbeHost } from "./probe.ts";

/** ms between two looks at the deadlines while probes are under way. */
const TICK = 50;

/** ms that a look may be late before we count as stalled. */
const STALL = 150;

/** A stall matters to a probe from this share of its time on. */
const STALL_SHARE = 0.25;

/** ms: sockets that call more often than that are listened to together. */
const GATHER = 4;

/** How a probe is begun, and who hears of its end. `duration` is in ms. */
export interface ProbeOrder {
  /** ms for the whole. */
  readonly limit: number;
  readonly begin: (host: ProbeHost) => Probe;
  readonly ended: (result: ProbeResult, duration: number) => void;
}

/** All probes under way. */
export class Prober implements Disposable {
  readonly #sockets: ProbeSockets;
  readonly #now: () => number;
  readonly #running = new Map<number, Running>();
  readonly #byToken = new Map<number, Running>();
  readonly #deadlines = new TimerQueue<Running>();
  #ticker: ReturnType<typeof setInterval> | null = null;
  #lastTick = 0;
  #closed = false;

  /** @param now ms, never going back */
  constructor(sockets: ProbeSockets, now: () => number = () => performance.now()) {
    this.#sockets = sockets;
    this.#now = now;
    this.#listen();
  }

  /** Probes under way. */
  get size(): number {
    return this.#running.size;
  }

  /** Begins a probe; its end is told later, never within this call. */
  start(id: number, order: ProbeOrder): void {
    this.#startTicking();
    const now = this.#now();
    const running: Running = {
      id,
      order,
      startedAt: now,
      stalled: 0,
      limitAt: now + order.limit,
      expiresAt: now + order.limit,
      probe: null,
      result: null,
    };
    this.#running.set(id, running);
    this.#deadlines.set(running, running.expiresAt);
    running.probe = this.#guard(running, () => order.begin(this.#hostOf(running)));
    if (running.result !== null) queueMicrotask(() => this.#finish(running));
  }

  /** Ends a probe that nobody waits for any more. */
  cancel(id: number): void {
    const running = this.#running.get(id);
    if (running !== undefined) this.#drop(running);
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const running of [...this.#running.values()]) this.#drop(running);
    this.#stopTicking();
    this.#sockets.ring();
  }

  #hostOf(running: Running): ProbeHost {
    return {
      watch: ({ token }) => void this.#byToken.set(token, running),
      unwatch: ({ token }: ProbeSocket) => void this.#byToken.delete(token),
      allow: (timeout) => {
        running.expiresAt = Math.min(this.#now() + timeout, running.limitAt);
        if (this.#running.has(running.id)) this.#deadlines.set(running, running.expiresAt);
      },
      end: (result) => {
        if (running.result !== null) return;
        running.result = result;
        // One that ends while it begins is finished by `start`.
        if (running.probe !== null) this.#finish(running);
      },
    };
  }

  /** A defect in a probe is reported, and the end of that probe alone: all others go on. */
  #guard<T>(running: Running, act: () => T): T | null {
    try {
      return act();
    } catch (error) {
      reportError(error);
      this.#hostOf(running).end({ ok: null, reason: `unexpected: ${reasonOf(error)}` });
      return null;
    }
  }

  #finish(running: Running): void {
    const result = running.result;
    if (result === null || !this.#running.has(running.id)) return;
    this.#drop(running);
    const duration = this.#now() - running.startedAt;
    running.order.ended(this.#excused(running, result, duration), duration);
  }

  /** A failure of a probe during which we were not running is not the server's. */
  #excused(running: Running, result: ProbeResult, duration: number): ProbeResult {
    if (result.ok !== false || running.stalled < STALL_SHARE * duration) return result;
    switch (result.kind) {
      case "connect_timeout":
      case "read_timeout":
      case "read":
      case "tls":
        return { ok: null, reason: `this node was not running for ${(running.stalled / 1000).toFixed(1)} s` };
      default:
        return result;
    }
  }

  #drop(running: Running): void {
    this.#running.delete(running.id);
    this.#deadlines.set(running, Infinity);
    this.#guard(running, () => running.probe?.dispose());
  }

  /** Never returns before the end: news about sockets, as it comes. */
  async #listen(): Promise<void> {
    while (!this.#closed) {
      const before = this.#now();
      const tokens = await this.#sockets.wait();
      this.#wake(tokens);
      if (this.#now() - before < GATHER) await new Promise((resolve) => setTimeout(resolve, GATHER));
    }
    this.#sockets[Symbol.dispose]();
  }

  #wake(tokens: readonly number[]): void {
    for (const token of tokens) {
      const running = this.#byToken.get(token);
      if (running !== undefined) this.#guard(running, () => running.probe?.ready());
    }
  }

  #startTicking(): void {
    if (this.#ticker !== null) return;
    this.#lastTick = this.#now();
    this.#ticker = setInterval(() => this.#tick(), TICK);
  }

  #stopTicking(): void {
    if (this.#ticker !== null) clearInterval(this.#ticker);
    this.#ticker = null;
  }

  #tick(): void {
    const now = this.#now();
    const late = now - this.#lastTick - TICK;
    this.#lastTick = now;
    if (late >= STALL) this.#forgive(late);
    // An answer that lies there counts, whatever the deadline says.
    this.#wake(this.#sockets.poll());
    for (const running of this.#deadlines.takeDue(now)) this.#guard(running, () => running.probe?.expire());
    if (this.#running.size === 0) this.#stopTicking();
  }

  /** Time that we were not running is given back to every probe. */
  #forgive(late: number): void {
    for (const running of this.#running.values()) {
      running.stalled += late;
      running.limitAt += late;
      running.expiresAt += late;
      this.#deadlines.set(running, running.expiresAt);
    }
  }
}

interface Running {
  readonly id: number;
  readonly order: ProbeOrder;
  readonly startedAt: number;
  /** ms that we were not running since. */
  stalled: number;
  limitAt: number;
  expiresAt: number;
  probe: Probe | null;
  result: ProbeResult | null;
}
