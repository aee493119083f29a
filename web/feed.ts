/**
 * Changes of the status, fanned out to every open event stream over one subscription.
 */
import type { Status, StatusSource } from "../core/engine/status.ts";

/** Subscribes to the source while anybody follows, and not otherwise. */
export class Feed {
  readonly #source: StatusSource;
  readonly #followers = new Set<(status: Status) => void>();
  #subscription: AbortController | null = null;

  constructor(source: StatusSource) {
    this.#source = source;
  }

  /** How many follow. */
  get size(): number {
    return this.#followers.size;
  }

  /** Calls back on every change until the signal aborts. */
  follow(follower: (status: Status) => void, signal: AbortSignal): void {
    if (signal.aborted) return;
    this.#followers.add(follower);
    signal.addEventListener("abort", () => this.#leave(follower), { once: true });
    if (this.#subscription !== null) return;
    this.#subscription = new AbortController();
    this.#source.subscribe((status) => this.#tell(status), this.#subscription.signal);
  }

  #tell(status: Status): void {
    for (const follower of this.#followers) follower(status);
  }

  #leave(follower: (status: Status) => void): void {
    this.#followers.delete(follower);
    if (this.#followers.size > 0) return;
    this.#subscription?.abort();
    this.#subscription = null;
  }
}

/**
 * Holds the newest value for a reader that may be slower than the writer: a burst of changes costs a slow reader one
 * message, and the memory of one.
 */
export class Latest<T> {
  #value: T | null = null;
  #wake: (() => void) | null = null;

  put(value: T): void {
    this.#value = value;
    this.#wake?.();
  }

  /** The newest value as soon as there is one; null when `timeout` ms have passed or the signal aborts. */
  async take(timeout: number, signal: AbortSignal): Promise<T | null> {
    if (this.#value === null && !signal.aborted) await this.#wait(timeout, signal);
    const value = this.#value;
    this.#value = null;
    return value;
  }

  #wait(timeout: number, signal: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeout);
    const wake = () => resolve();
    this.#wake = wake;
    signal.addEventListener("abort", wake, { once: true });
    return promise.finally(() => {
      clearTimeout(timer);
      this.#wake = null;
      signal.removeEventListener("abort", wake);
    });
  }
}
