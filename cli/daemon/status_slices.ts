/**
 * Status on demand in slices, so that showing a thousand instances never makes an advertisement late.
 *
 * A slice of a few instances is built and carried over to the other thread in one turn of the loop, and only in turns
 * after which no timer is due soon. A loop that is never idle still answers: after a number of turns without a gap a
 * slice goes anyway. Slices are of slightly different times; what a reader sees of one instance is consistent.
 */
import type { Engine } from "../../core/engine/engine.ts";
import type { EngineReport, LoopLag } from "./thread_messages.ts";

/** Instances a slice: about a tenth of a millisecond of work. */
const SLICE = 16;

/** ms until the next timer that a slice needs. */
const GAP = 0.5;

/** Turns without such a gap after which a slice goes all the same. */
const PATIENCE = 20;

interface Job {
  readonly id: number;
  /** Number of the first instance of the next slice. */
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
  readonly #jobs: Job[] = [];
  #waited = 0;

  constructor(engine: Engine, clock: Clock, report: (report: EngineReport) => void) {
    this.#engine = engine;
    this.#clock = clock;
    this.#report = report;
  }

  /** Takes a request; requests are answered one after the other. */
  ask(id: number): void {
    this.#jobs.push({ id, next: 0 });
  }

  /** The instances are others now: the answer that is under way begins again. */
  restart(): void {
    const [job] = this.#jobs;
    if (job !== undefined) job.next = 0;
  }

  /** Whether the loop is to turn without sleeping because a slice could go before `due`. */
  wantTurn(due: number | null): boolean {
    return this.#jobs.length > 0 && (this.#hasGap(due) || this.#waited >= PATIENCE);
  }

  /** Posts one slice where one is wanted and there is time for it before `due`. */
  proceed(due: number | null, lag: LoopLag): void {
    const [job] = this.#jobs;
    if (job === undefined) return;
    if (!this.#hasGap(due) && this.#waited++ < PATIENCE) return;
    this.#waited = 0;
    this.#post(job, lag);
  }

  #hasGap(due: number | null): boolean {
    return due === null || due - this.#clock.now() > GAP;
  }

  #post(job: Job, lag: LoopLag): void {
    const epochOffset = this.#clock.epochOffset();
    const instances = this.#engine.snapshotInstances(job.next, SLICE, epochOffset);
    const last = instances.length < SLICE;
    this.#report({
      kind: "status.part",
      id: job.id,
      first: job.next,
      instances,
      frame: last ? this.#engine.snapshotFrame(epochOffset) : null,
      loopLag: { ...lag },
    });
    job.next += SLICE;
    if (last) this.#jobs.shift();
  }
}
