/**
 * Waits for input on the main thread: a wait in epoll on a thread of its own, whose end wakes the event loop.
 *
 * A descriptor is ready as long as nobody has read it empty, so that a handler reads until nothing is left.
 */
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { EPOLL_EVENT } from "./layout.ts";
import { OsError } from "./errno.ts";
import { type Libc, pinnedBytes } from "./libc.ts";

const EVENTS_PER_WAIT = 64;

/** Calls back when descriptors can be read. */
export interface Readiness extends Disposable {
  /** @throws {OsError} where the descriptor cannot be watched */
  watch(descriptor: number, ready: () => void): void;
  /** Before the descriptor is closed. One that is not watched is no mistake. */
  forget(descriptor: number): void;
}

/** @throws {OsError} EMFILE, ENFILE or ENOMEM */
export function openReadiness(libc: Libc): Readiness {
  return new KernelReadiness(libc);
}

class KernelReadiness implements Readiness {
  readonly #libc: Libc;
  readonly #epoll: Descriptor;
  /** Rings when the wait is to end. */
  readonly #bell: Descriptor;
  readonly #handlers = new Map<number, () => void>();
  readonly #event = pinnedBytes(EPOLL_EVENT.size);
  readonly #events = pinnedBytes(EPOLL_EVENT.size * EVENTS_PER_WAIT);
  readonly #view = new DataView(this.#events.buffer);
  #waiting = false;
  #closed = false;

  constructor(libc: Libc) {
    this.#libc = libc;
    const { symbols } = libc;
    this.#epoll = Descriptor.from(libc, symbols.epoll_create1(C.EPOLL_CLOEXEC), "Cannot create epoll set");
    try {
      const bell = symbols.eventfd(0, C.EFD_CLOEXEC | C.EFD_NONBLOCK);
      this.#bell = Descriptor.from(libc, bell, "Cannot create eventfd");
      this.#control(C.EPOLL_CTL_ADD, this.#bell.number);
    } catch (error) {
      this.#epoll[Symbol.dispose]();
      throw error;
    }
  }

  watch(descriptor: number, ready: () => void): void {
    if (this.#control(C.EPOLL_CTL_ADD, descriptor) < 0) {
      throw new OsError("Cannot watch descriptor", `${descriptor}`, this.#libc.errno());
    }
    this.#handlers.set(descriptor, ready);
    if (!this.#waiting) this.#waitOn();
  }

  forget(descriptor: number): void {
    if (!this.#handlers.delete(descriptor)) return;
    this.#control(C.EPOLL_CTL_DEL, descriptor);
    // Nothing is left to wait for, and a wait would keep the process from ending.
    if (this.#handlers.size === 0) this.#ring();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handlers.clear();
    if (this.#waiting) this.#ring();
    else this.#close();
  }

  async #waitOn(): Promise<void> {
    this.#waiting = true;
    while (this.#handlers.size > 0) {
      const { symbols } = this.#libc;
      const count = await symbols.epoll_wait_elsewhere(
        this.#epoll.number,
        this.#events,
        EVENTS_PER_WAIT,
        -1,
      );
      for (const descriptor of this.#ready(count)) this.#handlers.get(descriptor)?.();
    }
    this.#waiting = false;
    if (this.#closed) this.#close();
  }

  #ready(count: number): number[] {
    const ready: number[] = [];
    for (let i = 0; i < count; i++) {
      const descriptor = this.#view.getInt32(i * EPOLL_EVENT.size + EPOLL_EVENT.data, true);
      if (descriptor === this.#bell.number) this.#libc.symbols.read(descriptor, pinnedBytes(8), 8n);
      else ready.push(descriptor);
    }
    return ready;
  }

  #ring(): void {
    const one = pinnedBytes(8);
    one[0] = 1;
    this.#libc.symbols.write(this.#bell.number, one, 8n);
  }

  #close(): void {
    this.#bell[Symbol.dispose]();
    this.#epoll[Symbol.dispose]();
  }

  #control(operation: number, descriptor: number): number {
    const fields = new DataView(this.#event.buffer);
    fields.setUint32(EPOLL_EVENT.events, C.EPOLLIN, true);
    fields.setInt32(EPOLL_EVENT.data, descriptor, true);
    return this.#libc.symbols.epoll_ctl(this.#epoll.number, operation, descriptor, this.#event);
  }
}
