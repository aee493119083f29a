/**
 * The writing end of the command pipe: never blocks the main thread, keeps the order, survives a full pipe.
 */
import { encodeFrame } from "./frames.ts";
import type { EngineCommand } from "./thread_messages.ts";

/** ms until a full pipe is tried again; the engine thread empties it within microseconds unless it is frozen. */
const RETRY = 2;

/** Writes frames by way of `write`, which takes as many octets as fit and returns how many those were. */
export class CommandWriter {
  readonly #write: (bytes: Uint8Array) => number;
  #queue: Uint8Array[] = [];
  #retry: ReturnType<typeof setTimeout> | null = null;

  constructor(write: (bytes: Uint8Array) => number) {
    this.#write = write;
  }

  /** Queues one command behind all earlier ones and writes as much as fits. */
  send(command: EngineCommand): void {
    this.#queue.push(encodeFrame(command));
    if (this.#retry === null) this.#drain();
  }

  /** Forgets what is queued and stops trying. */
  close(): void {
    this.#queue = [];
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
  }

  #drain(): void {
    this.#retry = null;
    while (this.#queue.length > 0) {
      const first = this.#queue[0]!;
      const written = this.#write(first);
      if (written < first.length) {
        this.#queue[0] = first.subarray(written);
        this.#retry = setTimeout(() => this.#drain(), RETRY);
        return;
      }
      this.#queue.shift();
    }
  }
}
