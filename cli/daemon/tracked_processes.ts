/**
 * How many processes run that a `vrrp_track_process` is about, told as soon as it changes.
 *
 * The kernel's process connector tells of beginnings and ends as they happen. Where it is refused, as in containers, all
 * processes are looked at each second, and the ends of those that count are heard of at once all the same.
 */
import type { BufferWish } from "../../core/ports.ts";
import type { TrackProcess } from "../../core/config/tracking_model.ts";
import { openLibc } from "../../ffi/libc.ts";
import type { Libc } from "../../ffi/libc.ts";
import { openProcessEnd, type ProcessEnd } from "../../ffi/process_end.ts";
import { openProcessWatch, type ProcessWatch } from "../../ffi/process_watch.ts";
import { openReadiness, type Readiness } from "../../ffi/readiness.ts";
import { reasonOf } from "../exit_codes.ts";
import { ProcessCounter } from "./process_counter.ts";
import { allProcesses, identify } from "./process_table.ts";

/** ms between two looks at all processes where the connector is refused, and after lost notices, at least. */
const INTERVAL = 1000;

/** A look may take this share of the time, so that a host with many processes is looked at less often. */
const SHARE = 0.05;

/** Processes whose ends are heard of at once, where the connector is refused: each costs a descriptor. */
const ENDS = 64;

/** What is done with counts and troubles. */
export interface ProcessListener {
  /** Another number of processes runs. Called for each tracker as soon as it is followed. */
  readonly tell: (name: string, count: number) => void;
  /** A sentence for the log. */
  readonly warn: (text: string) => void;
}

/** How the ends and beginnings of processes are learned of. */
export type OpenWatch = (libc: Libc, wish?: BufferWish | null) => ProcessWatch;

/** Counts processes from the moment they are followed. */
export class TrackedProcesses implements Disposable {
  readonly #listener: ProcessListener;
  readonly #openWatch: OpenWatch;
  readonly #counter: ProcessCounter;
  #followed = "[]";
  #open: Opened | null = null;

  /** @param openWatch the connector; another one in tests */
  constructor(listener: ProcessListener, openWatch: OpenWatch = openProcessWatch) {
    this.#listener = listener;
    this.#openWatch = openWatch;
    this.#counter = new ProcessCounter(identify, listener.tell);
  }

  /** Follows these from now on and tells their counts at once; `wish` is for a watch that is opened for it. */
  watch(processes: readonly TrackProcess[], wish: BufferWish | null = null): void {
    const followed = JSON.stringify(processes);
    if (followed === this.#followed) return;
    this.#followed = followed;
    this.#counter.track(processes);
    if (processes.length === 0) return this.#close();
    this.#open ??= new Opened(this.#counter, this.#listener, (libc) => this.#openWatch(libc, wish));
    this.#open.scan();
  }

  [Symbol.dispose](): void {
    this.#followed = "[]";
    this.#close();
  }

  #close(): void {
    this.#open?.[Symbol.dispose]();
    this.#open = null;
  }
}

/** All that is open while there is something to follow. */
class Opened implements Disposable {
  readonly #counter: ProcessCounter;
  readonly #libc = openLibc();
  readonly #readiness: Readiness = openReadiness(this.#libc);
  readonly #connector: ProcessWatch | null;
  readonly #ends = new Map<number, ProcessEnd>();
  #timer: ReturnType<typeof setTimeout> | null = null;

  constructor(counter: ProcessCounter, listener: ProcessListener, openWatch: OpenWatch) {
    this.#counter = counter;
    this.#connector = openConnector(this.#libc, listener, openWatch);
    if (this.#connector === null) return;
    const { descriptor } = this.#connector;
    this.#readiness.watch(descriptor, () => this.#hear(this.#connector!));
  }

  /** Counts all processes, and again later where nobody tells of changes. */
  scan(): void {
    const start = performance.now();
    this.#counter.scan(allProcesses());
    if (this.#connector !== null) return;
    this.#hearEnds();
    this.#scanIn(Math.max(INTERVAL, (performance.now() - start) / SHARE));
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    for (const pid of [...this.#ends.keys()]) this.#forgetEnd(pid);
    if (this.#connector !== null) this.#readiness.forget(this.#connector.descriptor);
    this.#readiness[Symbol.dispose]();
    this.#connector?.[Symbol.dispose]();
  }

  #scanIn(delay: number): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.scan();
    }, delay);
  }

  #hear(connector: ProcessWatch): void {
    const notices = connector.read();
    if (notices === "overrun") {
      // One look for all that is lost within its time.
      if (this.#timer === null) this.#scanIn(INTERVAL);
      return;
    }
    for (const notice of notices) this.#counter.take(notice);
    this.#counter.tell();
  }

  /** Hears when processes end that count. */
  #hearEnds(): void {
    const counted = new Set(this.#counter.counted);
    for (const pid of [...this.#ends.keys()]) if (!counted.has(pid)) this.#forgetEnd(pid);
    for (const pid of counted) {
      if (this.#ends.size >= ENDS) return;
      if (!this.#ends.has(pid)) this.#hearEnd(pid);
    }
  }

  #hearEnd(pid: number): void {
    const end = openProcessEnd(this.#libc, pid);
    if (end === null) return;
    this.#ends.set(pid, end);
    this.#readiness.watch(end.descriptor, () => {
      this.#forgetEnd(pid);
      this.#counter.take({ kind: "exited", pid });
      this.#counter.tell();
    });
  }

  #forgetEnd(pid: number): void {
    const end = this.#ends.get(pid);
    if (end === undefined) return;
    this.#ends.delete(pid);
    this.#readiness.forget(end.descriptor);
    end[Symbol.dispose]();
  }
}

function openConnector(libc: Libc, listener: ProcessListener, openWatch: OpenWatch): ProcessWatch | null {
  try {
    return openWatch(libc);
  } catch (error) {
    listener.warn(`${reasonOf(error)}; tracked processes are looked for each ${INTERVAL / 1000} s`);
    return null;
  }
}
