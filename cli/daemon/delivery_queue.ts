/**
 * A bounded queue of things for somebody else's server: mails, posts to a webhook.
 *
 * One at a time and in order. What the server does not take now is tried again with growing pauses until it is too
 * old; nobody waits for any of it.
 */

/** How an attempt ended. */
export type Attempt<Item> =
  | { readonly kind: "done" }
  /** The server cannot be reached or takes nothing now: everything waits. */
  | { readonly kind: "down"; readonly reason: string }
  /** The server does not take this one (or this rest of it) now: the others go on. */
  | { readonly kind: "later"; readonly reason: string; readonly rest: Item }
  /** It never will. */
  | { readonly kind: "never"; readonly reason: string };

/** News about the queue. */
export type QueueNews<Item> =
  /** The server takes nothing, for the first time since it did. */
  | { readonly kind: "down"; readonly reason: string; readonly waiting: number }
  /** It does again. */
  | { readonly kind: "up"; readonly waiting: number }
  /** Some were given up. */
  | { readonly kind: "lost"; readonly items: readonly Item[]; readonly reason: string }
  /** More wait than may: the oldest are given up, from now until there is room. */
  | { readonly kind: "full"; readonly length: number };

/** What a queue needs. */
export interface DeliveryHost<Item> {
  /** Makes one attempt; bounded in time, never throws. */
  readonly attempt: (item: Item) => Promise<Attempt<Item>>;
  /** The queue is empty: a connection may be closed. */
  readonly idle: () => void;
  readonly tell: (news: QueueNews<Item>) => void;
  /** How many may wait, and how long one may, ms. */
  readonly bounds: () => { readonly length: number; readonly age: number };
  /** Monotonic ms. */
  readonly now: () => number;
  /** Waits some ms, or until the signal is given. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Counts since the start, and what waits now. */
export interface DeliveryCounts {
  readonly waiting: number;
  readonly sent: number;
  readonly lost: number;
  /** Why the server takes nothing; null while it does. */
  readonly trouble: string | null;
}

/** ms between two attempts at first, and at most. */
const FIRST_PAUSE = 2000;
const LONGEST_PAUSE = 300_000;

interface Entry<Item> {
  item: Item;
  readonly since: number;
  dueAt: number;
  pause: number;
  /** Why it was not taken the last time. */
  reason: string | null;
}

/** Waits without keeping the process alive. */
export function waitUnreferenced(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1));
    Deno.unrefTimer(timer as unknown as number);
    signal.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    }, { once: true });
  });
}

/** The queue. */
export class DeliveryQueue<Item> {
  readonly #host: DeliveryHost<Item>;
  #entries: Entry<Item>[] = [];
  #running: Promise<void> = Promise.resolve();
  #busy = false;
  #full = false;
  #wake = new AbortController();
  #pausedUntil = 0;
  #pause = FIRST_PAUSE;
  #trouble: string | null = null;
  #sent = 0;
  #lost = 0;
  /** No second attempts any more. */
  #ending = false;
  #attempting: Entry<Item> | null = null;

  constructor(host: DeliveryHost<Item>) {
    this.#host = host;
  }

  get counts(): DeliveryCounts {
    return { waiting: this.#entries.length, sent: this.#sent, lost: this.#lost, trouble: this.#trouble };
  }

  /** Queues one; where too many wait, the oldest one is given up. */
  add(item: Item): void {
    const now = this.#host.now();
    this.#entries.push({ item, since: now, dueAt: now, pause: FIRST_PAUSE, reason: null });
    this.#shorten();
    this.#wakeUp();
    if (this.#busy) return;
    this.#busy = true;
    this.#running = this.#run();
  }

  /** The settings are others: what waits is tried at once. */
  retryNow(): void {
    this.#pausedUntil = 0;
    this.#pause = FIRST_PAUSE;
    for (const entry of this.#entries) entry.dueAt = this.#host.now();
    this.#wakeUp();
  }

  /** One more attempt for all that waits; resolves when it is made. What is not taken then is given up. */
  async end(): Promise<void> {
    this.#ending = true;
    this.retryNow();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#entries.length > 0) {
      this.#expire();
      const entry = this.#nextDue();
      if (entry === null) await this.#rest();
      else await this.#try(entry);
    }
    this.#busy = false;
    this.#host.idle();
  }

  #shorten(): void {
    const { length } = this.#host.bounds();
    if (this.#entries.length <= length) {
      this.#full = false;
      return;
    }
    if (!this.#full) this.#host.tell({ kind: "full", length });
    this.#full = true;
    const oldest = this.#entries.find((entry) => entry !== this.#attempting)!;
    this.#remove(oldest);
    this.#lost++;
  }

  #nextDue(): Entry<Item> | null {
    const now = this.#host.now();
    if (now < this.#pausedUntil) return null;
    return this.#entries.find(({ dueAt }) => dueAt <= now) ?? null;
  }

  async #rest(): Promise<void> {
    const [oldest] = this.#entries;
    if (oldest === undefined) return;
    this.#host.idle();
    const earliest = this.#entries.reduce((least, { dueAt }) => Math.min(least, dueAt), Infinity);
    const due = Math.max(this.#pausedUntil, earliest);
    const expiry = oldest.since + this.#host.bounds().age;
    this.#wake = new AbortController();
    await this.#host.wait(Math.max(1, Math.min(due, expiry) - this.#host.now()), this.#wake.signal);
  }

  async #try(entry: Entry<Item>): Promise<void> {
    this.#attempting = entry;
    const attempt = await this.#host.attempt(entry.item);
    this.#attempting = null;
    if (attempt.kind === "down") return this.#down(entry, attempt.reason);
    this.#up();
    switch (attempt.kind) {
      case "done":
        this.#remove(entry);
        this.#sent++;
        return;
      case "never":
        return this.#drop([entry], attempt.reason);
      case "later":
        entry.item = attempt.rest;
        entry.reason = attempt.reason;
        if (this.#ending) return this.#drop([entry], attempt.reason);
        entry.dueAt = this.#host.now() + entry.pause;
        entry.pause = Math.min(LONGEST_PAUSE, entry.pause * 2);
        return;
      default:
        attempt satisfies never;
    }
  }

  #down(entry: Entry<Item>, reason: string): void {
    entry.reason = reason;
    if (this.#trouble === null) this.#host.tell({ kind: "down", reason, waiting: this.#entries.length });
    this.#trouble = reason;
    if (this.#ending) {
      return this.#drop(this.#entries, reason);
    }
    this.#pausedUntil = this.#host.now() + this.#pause;
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
  }

  #up(): void {
    this.#pause = FIRST_PAUSE;
    if (this.#trouble === null) return;
    this.#trouble = null;
    this.#host.tell({ kind: "up", waiting: this.#entries.length });
  }

  #expire(): void {
    const { age } = this.#host.bounds();
    const oldest = this.#host.now() - age;
    // They stand in the order in which they came.
    const young = this.#entries.findIndex(({ since }) => since > oldest);
    const expired = this.#entries.slice(0, young < 0 ? undefined : young);
    const [first] = expired;
    if (first !== undefined) this.#drop(expired, first.reason ?? this.#trouble ?? "it waited for too long");
  }

  #drop(entries: readonly Entry<Item>[], reason: string): void {
    const items = entries.map(({ item }) => item);
    for (const entry of [...entries]) this.#remove(entry);
    this.#lost += items.length;
    this.#host.tell({ kind: "lost", items, reason });
  }

  #remove(entry: Entry<Item>): void {
    const place = this.#entries.indexOf(entry);
    if (place >= 0) this.#entries.splice(place, 1);
  }

  #wakeUp(): void {
    this.#wake.abort();
  }
}
