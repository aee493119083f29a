/**
 * Status on demand in slices, so that showing a thousand instances never makes an advertisement late.
 *
 * Most of the cost is carrying the snapshot over to the other thread. So it goes in slices of a few instances, one a
 * turn of the loop, and only in turns after which no timer is due soon. A loop that is never idle still answers:
 * after a number of turns without a gap a slice goes anyway.
 */
import type { Engine } from "../../core/engine/engine.ts";
import type { InstanceStatus } from "../../core/engine/status.ts";
import type { EngineReport, LoopLag, SnapshotFrame } from "./thread_messages.ts";

/** Instances a slice: about a quarter of a millisecond of work. */
const SLICE = 16;

/** ms until the next timer that a slice needs. */
const GAP = 0.5;

/** Turns without such a gap after which a slice goes all the same. */
const PATIENCE = 20;

interface Job {
  readonly id: number;
  readonly instances: readonly InstanceStatus[];
  readonly frame: SnapshotFrame;
  next: number;
}

interface Clock {
  readonly now: () => number;
  readonly epochOffset: () => number;
}

/** Answers status requests a slice at a time. */
export class StatusSlices {
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #report: (report: EngineReport) => void;
  #asked: number[] = [];
  #job: Job | null = null;
  #waited = 0;

  constructor(engine: Engine, clock: Clock, report: (report: EngineReport) => void) {
    this.#engine = engine;
    this.#clock = clock;
    this.#report = report;
  }

  /** Takes a request; requests are answered one after the other. */
  ask(id: number): void {
    this.#asked.push(id);
  }

  /** Whether the loop is to turn without sleeping because a slice could go before `due`. */
  wantTurn(due: number | null): boolean {
    if (this.#job === null && this.#asked.length === 0) return false;
    return due === null || due - this.#clock.now() > GAP || this.#waited >= PATIENCE;
  }

  /** Posts one slice where one is wanted and there is time for it before `due`. */
  proceed(due: number | null, lag: LoopLag): void {
    if (this.#job === null && this.#asked.length === 0) return;
    if (due !== null && due - this.#clock.now() <= GAP && this.#waited++ < PATIENCE) return;
    this.#waited = 0;
    this.#job ??= this.#begin(this.#asked.shift()!);
    this.#post(this.#job, lag);
  }

  #begin(id: number): Job {
    const { instances, ...frame } = this.#engine.snapshot(this.#clock.now(), this.#clock.epochOffset());
    return { id, instances, frame, next: 0 };
  }

  #post(job: Job, lag: LoopLag): void {
    const instances = job.instances.slice(job.next, job.next + SLICE);
    job.next += SLICE;
    const last = job.next >= job.instances.length;
    this.#report({
      kind: "status.part",
      id: job.id,
      instances,
      frame: last ? job.frame : null,
      loopLag: { ...lag },
    });
    if (last) this.#job = null;
  }
}
