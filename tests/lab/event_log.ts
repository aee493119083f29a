/**
 * A growing list of things that happened, with waiting: what log files, sniffers, address watches and pings of the lab
 * are made of.
 */
import { now } from "./clock.ts";

/** Something that happened at a time, ms since the Unix epoch. */
export interface Timed {
  readonly at: number;
}

/** How to wait for an item. */
export interface WaitOptions {
  /** Longest wait, ms. */
  readonly within: number;
  /** Items before this time (ms since the Unix epoch) do not count. */
  readonly since?: number;
  /** What is waited for, for the error message. */
  readonly what: string;
}

interface Waiter<T> {
  readonly matches: (item: T) => boolean;
  readonly resolve: (item: T) => void;
  readonly reject: (reason: Error) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

/** An append-only list whose readers can wait for what is not there yet. */
export class EventLog<T extends Timed> {
  readonly #items: T[] = [];
  readonly #waiters = new Set<Waiter<T>>();
  readonly #name: string;
  readonly #show: (item: T) => string;
  readonly #listeners: ((item: T) => void)[] = [];
  #closed = false;

  /** `show` renders an item for error messages. */
  constructor(name: string, show: (item: T) => string) {
    this.#name = name;
    this.#show = show;
  }

  /** All items so far, oldest first. */
  get items(): readonly T[] {
    return this.#items;
  }

  /** Calls back with every item to come, before those who wait are woken. */
  subscribe(listener: (item: T) => void): void {
    this.#listeners.push(listener);
  }

  /** Appends an item and wakes whoever waited for it. */
  push(item: T): void {
    this.#items.push(item);
    for (const listener of this.#listeners) listener(item);
    for (const waiter of [...this.#waiters]) {
      if (waiter.matches(item)) this.#settle(waiter, () => waiter.resolve(item));
    }
  }

  /** Says that nothing more will come: all waits fail at once. */
  close(): void {
    this.#closed = true;
    for (const waiter of [...this.#waiters]) {
      this.#settle(waiter, () => waiter.reject(new Error(`${this.#name} ended while waiting${this.tail()}`)));
    }
  }

  /** Items at or after `since` that match, oldest first. */
  filter(matches: (item: T) => boolean, since = 0): T[] {
    return this.#items.filter((item) => item.at >= since && matches(item));
  }

  /**
   * The first item at or after `since` that matches, past or to come.
   *
   * @throws {Error} when it does not come in time; the message ends with the last items
   */
  next(matches: (item: T) => boolean, options: WaitOptions): Promise<T> {
    const since = options.since ?? 0;
    const wanted = (item: T) => item.at >= since && matches(item);
    const found = this.#items.find(wanted);
    if (found !== undefined) return Promise.resolve(found);
    if (this.#closed) return Promise.reject(this.#missing(options, "it has ended"));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(this.#missing(options, `not within ${options.within} ms`));
      }, options.within);
      const waiter: Waiter<T> = { matches: wanted, resolve, reject, timer };
      this.#waiters.add(waiter);
    });
  }

  /** The last items as text, for error messages. */
  tail(count = 12): string {
    const shown = this.#items.slice(-count).map((item) => `\n    ${stamp(item.at)} ${this.#show(item)}`);
    return `; last of ${this.#name}:${shown.length === 0 ? " (nothing)" : shown.join("")}`;
  }

  #missing(options: WaitOptions, reason: string): Error {
    return new Error(`Cannot see ${options.what} in ${this.#name}: ${reason}${this.tail()}`);
  }

  #settle(waiter: Waiter<T>, settle: () => void): void {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
    settle();
  }
}

/** Time of day with milliseconds, for people. */
export function stamp(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** A line of text and when it was read. */
export interface Line extends Timed {
  readonly text: string;
}

/** An `EventLog` of lines. */
export class LineLog extends EventLog<Line> {
  constructor(name: string) {
    super(name, (line) => line.text);
  }

  /** Reads a stream to its end, line by line. */
  async follow(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<void> {
    let rest = "";
    const decoder = new TextDecoder();
    while (true) {
      const { done, value } = await reader.read();
      if (done) break;
      const at = now();
      const pieces = (rest + decoder.decode(value, { stream: true })).split("\n");
      rest = pieces.pop()!;
      for (const text of pieces) this.push({ at, text });
    }
    if (rest !== "") this.push({ at: now(), text: rest });
  }

  /** The first line that matches a pattern, past or to come. */
  line(pattern: RegExp, options: Omit<WaitOptions, "what">): Promise<Line> {
    return this.next((line) => pattern.test(line.text), { ...options, what: `${pattern}` });
  }

  /** Lines so far that match a pattern. */
  lines(pattern: RegExp, since = 0): Line[] {
    return this.filter((line) => pattern.test(line.text), since);
  }
}
