/**
 * The daemon's status for everybody who looks: web pages, metrics, `ha status`.
 */
import type { Status, StatusSource } from "../../core/engine/status.ts";
import { within } from "../within.ts";
import type { TimedSnapshot } from "./engine_link.ts";

/** The part of the status that the engine does not know. */
export type DaemonFacts = Pick<Status, "version" | "pid" | "startedAt" | "configuration">;

/** ms after which the last known status is better than a wait. */
const PATIENCE = 500;

/** ms between two pushes to subscribers: changes come in bursts, and a person sees no more. */
const PUSH_INTERVAL = 200;

/** Asks the engine, one request at a time, and remembers the answer. */
export class StatusHub implements StatusSource {
  readonly #snapshot: () => Promise<TimedSnapshot>;
  readonly #facts: () => DaemonFacts;
  readonly #listeners = new Set<(status: Status) => void>();
  #last: Status | null = null;
  #asking: Promise<Status> | null = null;
  #push: ReturnType<typeof setTimeout> | null = null;

  constructor(snapshot: () => Promise<TimedSnapshot>, facts: () => DaemonFacts) {
    this.#snapshot = snapshot;
    this.#facts = facts;
  }

  /** @throws {Error} where the engine never answered and does not now */
  async current(): Promise<Status> {
    const fresh = this.#ask();
    const status = await within(PATIENCE, fresh) ?? this.#last;
    if (status === null) throw new Deno.errors.TimedOut("Cannot show the status: the engine does not answer");
    return status;
  }

  subscribe(listener: (status: Status) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#listeners.add(listener);
    signal.addEventListener("abort", () => this.#listeners.delete(listener), { once: true });
  }

  /** Something changed: subscribers get a fresh status soon. */
  changed(): void {
    if (this.#listeners.size === 0 || this.#push !== null) return;
    this.#push = setTimeout(() => this.#pushNow(), PUSH_INTERVAL);
    Deno.unrefTimer(this.#push as unknown as number);
  }

  async #pushNow(): Promise<void> {
    this.#push = null;
    const status = await within(PATIENCE, this.#ask());
    if (status === null) return;
    for (const listener of this.#listeners) listener(status);
  }

  /** Everybody who asks at the same time gets the same answer. */
  #ask(): Promise<Status> {
    this.#asking ??= this.#askEngine().finally(() => this.#asking = null);
    return this.#asking;
  }

  async #askEngine(): Promise<Status> {
    const { loopLag, ...snapshot } = await this.#snapshot();
    this.#last = { ...this.#facts(), ...snapshot, loopLag, generatedAt: Date.now() };
    return this.#last;
  }
}
