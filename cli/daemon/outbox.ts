/**
 * Reports of the engine thread on their way to the main thread: gathered during one turn of the loop, posted at its
 * end as one message, so that a thousand instances that start together do not cost a thousand messages.
 */
import type { EngineReport, MainEffect } from "./thread_messages.ts";

/** Gathers reports until `flush`. */
export class Outbox {
  #reports: EngineReport[] = [];
  readonly #post: (reports: readonly EngineReport[]) => void;
  readonly #epochNow: () => number;

  constructor(post: (reports: readonly EngineReport[]) => void, epochNow: () => number) {
    this.#post = post;
    this.#epochNow = epochNow;
  }

  add(report: EngineReport): void {
    this.#reports.push(report);
  }

  /** An effect for the main thread, stamped with the time of day. */
  hand(effect: MainEffect): void {
    this.#reports.push({ kind: "effect", at: this.#epochNow(), effect });
  }

  /** Posts what is there; costs nothing where nothing is. */
  flush(): void {
    if (this.#reports.length === 0) return;
    const reports = this.#reports;
    this.#reports = [];
    this.#post(reports);
  }
}
