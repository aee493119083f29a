/**
 * What the demonstration knows and shows: plain data, changed by what happens, read by the screen.
 */
import { type Reply, silenceBefore } from "./ping.ts";

/** The two nodes. */
export type NodeName = "a" | "b";

/** What a node is seen to be. */
export type NodeState = "down" | "starting" | "backup" | "master" | "fault";

/** A node as it is shown. */
export interface NodeView {
  readonly name: NodeName;
  readonly address: string;
  /** Where its status page is. */
  readonly url: string;
  readonly state: NodeState;
  /** ms since the Unix epoch */
  readonly since: number;
  readonly priority: number;
  /** The shared address is on its interface. */
  readonly holdsAddress: boolean;
}

/** Something that happened. */
export interface StageEvent {
  /** ms since the Unix epoch */
  readonly at: number;
  /** A node, or null for the client and the play itself. */
  readonly who: NodeName | null;
  readonly text: string;
}

/** What is being played. */
export interface Caption {
  readonly title: string;
  /** Sentences of why and what, not wrapped. */
  readonly text: string;
}

/** What the client has seen since a moment. */
export interface ClientView {
  readonly answered: number;
  readonly lost: number;
  /** Longest time between two answers with lost pings between them, ms; 0 where none was lost. */
  readonly longestGap: number;
}

/** Answers and events that are remembered. */
const REMEMBERED = { replies: 20_000, events: 200 } as const;

/** The play cannot go on. */
export class PlayError extends Error {
  override readonly name = "PlayError";
}

/** The state of the whole play; every change calls back. */
export class Stage {
  readonly sharedAddress: string;
  /** ms between two advertisements. */
  readonly advertInterval: number;
  /** ms between two pings. */
  readonly pingInterval: number;
  readonly startedAt: number;
  caption: Caption = { title: "", text: "" };
  #nodes: Readonly<Record<NodeName, NodeView>>;
  #events: StageEvent[] = [];
  #replies: Reply[] = [];
  #actSince: number;
  readonly #watchers = new Set<() => void>();
  readonly #listeners = new Set<(event: StageEvent) => void>();

  constructor(settings: {
    readonly sharedAddress: string;
    readonly advertInterval: number;
    readonly pingInterval: number;
    readonly now: number;
    readonly nodes: Readonly<Record<NodeName, Pick<NodeView, "address" | "url" | "priority">>>;
  }) {
    this.sharedAddress = settings.sharedAddress;
    this.advertInterval = settings.advertInterval;
    this.pingInterval = settings.pingInterval;
    this.startedAt = settings.now;
    this.#actSince = settings.now;
    const view = (name: NodeName): NodeView => ({
      name,
      ...settings.nodes[name],
      state: "down",
      since: settings.now,
      holdsAddress: false,
    });
    this.#nodes = { a: view("a"), b: view("b") };
  }

  /** Both nodes, `a` first. */
  get nodes(): readonly NodeView[] {
    return [this.#nodes.a, this.#nodes.b];
  }

  /** A node as it is now. */
  node(name: NodeName): NodeView {
    return this.#nodes[name];
  }

  /** The node that is the master, where there is exactly one. */
  get master(): NodeView | null {
    const masters = this.nodes.filter((node) => node.state === "master");
    return masters.length === 1 ? masters[0]! : null;
  }

  /** The newest events, oldest first. */
  events(count: number): readonly StageEvent[] {
    return this.#events.slice(-count);
  }

  /** Answers that the client got, oldest first. */
  get replies(): readonly Reply[] {
    return this.#replies;
  }

  /** What the client saw since the act began. */
  get client(): ClientView {
    const start = this.#replies.findIndex((reply) => reply.at >= this.#actSince);
    if (start < 0) return { answered: 0, lost: 0, longestGap: 0 };
    let lost = 0;
    let longestGap = 0;
    for (let i = Math.max(1, start); i < this.#replies.length; i++) {
      const [before, reply] = [this.#replies[i - 1]!, this.#replies[i]!];
      lost += Math.max(0, reply.sequence - before.sequence - 1);
      longestGap = Math.max(longestGap, silenceBefore(before, reply));
    }
    return { answered: this.#replies.length - start, lost, longestGap };
  }

  /** Begins a count of the client's losses. */
  beginCount(now: number): void {
    this.#actSince = now;
  }

  /** Changes what is known of a node; a change of state sets `since`. */
  update(name: NodeName, change: Partial<Omit<NodeView, "name" | "since">>, now: number): void {
    const before = this.#nodes[name];
    const since = change.state !== undefined && change.state !== before.state ? now : before.since;
    this.#nodes = { ...this.#nodes, [name]: { ...before, ...change, since } };
    this.#changed();
  }

  /** Adds an event. */
  tell(event: StageEvent): void {
    this.#events = [...this.#events.slice(1 - REMEMBERED.events), event];
    for (const listener of this.#listeners) listener(event);
    this.#changed();
  }

  /** Adds an answer; one that comes after lost pings is an event. */
  answered(reply: Reply): void {
    const last = this.#replies.at(-1);
    this.#replies.push(reply);
    if (this.#replies.length > REMEMBERED.replies) this.#replies.splice(0, REMEMBERED.replies / 2);
    const silence = last === undefined ? 0 : silenceBefore(last, reply);
    if (silence === 0) return this.#changed();
    this.tell({ at: reply.at, who: null, text: `client: ${Math.round(silence)} ms without an answer` });
  }

  /** Calls back for every event until disposed. */
  onEvent(listener: (event: StageEvent) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) };
  }

  /**
   * Waits until something holds.
   *
   * @throws {PlayError} when it does not within `limit` ms, or with the signal's reason
   */
  until(what: string, holds: () => boolean, limit: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (holds()) return Promise.resolve();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const check = () => holds() && resolve();
    const timer = setTimeout(
      () => reject(new PlayError(`Cannot see ${what}: not within ${limit} ms`)),
      limit,
    );
    const abort = () => reject(signal.reason);
    this.#watchers.add(check);
    signal.addEventListener("abort", abort);
    return promise.finally(() => {
      clearTimeout(timer);
      this.#watchers.delete(check);
      signal.removeEventListener("abort", abort);
    });
  }

  #changed(): void {
    for (const watcher of this.#watchers) watcher();
  }
}
