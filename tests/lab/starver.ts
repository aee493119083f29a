/**
 * Takes the processor away from a daemon for most of the time, as a machine does whose other processes want all of it.
 *
 * SIGSTOP and SIGCONT in turn, so that it hangs on no scheduler and no load of the test machine; to the daemon it is the
 * same: it runs for a moment, late, and knows of nothing in between.
 */
import { elapse } from "./clock.ts";
import type { Daemon } from "./daemon.ts";

/** What a starved daemon gets. */
export interface Diet {
  /** ms that it may run */
  readonly awake: number;
  /** ms from one such moment to the next */
  readonly period: number;
}

/** Starves a daemon until it is disposed; then it has all the time that it wants. */
export class Starver implements AsyncDisposable {
  readonly #daemon: Daemon;
  readonly #loop: Promise<void>;
  #fed = false;

  constructor(daemon: Daemon, diet: Diet) {
    this.#daemon = daemon;
    this.#loop = this.#run(diet);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#fed = true;
    await this.#loop;
  }

  async #run({ awake, period }: Diet): Promise<void> {
    while (!this.#fed) {
      this.#daemon.freeze();
      await elapse(period - awake);
      this.#daemon.thaw();
      if (!this.#fed) await elapse(awake);
    }
  }
}
