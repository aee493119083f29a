/** A client that pings an address all the time and knows for how long it got no answer. */
import { EventLog, type Timed } from "./event_log.ts";
import type { Node } from "./node.ts";
import type { LabProcess } from "./process.ts";
import { now } from "./clock.ts";

/** An answer of the pinged address. */
export interface Reply extends Timed {
  readonly sequence: number;
}

const REPLY = /^\[(\d+\.\d+)\] \d+ bytes from \S+ icmp_seq=(\d+) /;

/** Reads a line of `ping -D`; null for anything but an answer. */
export function parseReply(line: string): Reply | null {
  const match = REPLY.exec(line);
  return match === null ? null : { at: Number(match[1]) * 1000, sequence: Number(match[2]) };
}

/** The longest time without an answer. */
export interface Gap {
  /** ms */
  readonly length: number;
  /** The last answer before it, ms since the Unix epoch. */
  readonly from: number;
  readonly to: number;
}

/** A running ping. */
export class PingClient extends EventLog<Reply> implements AsyncDisposable {
  readonly #process: LabProcess;

  /** `interval` in ms; at least 2. */
  constructor(node: Node, address: string, interval: number) {
    super(`answers of ${address} to ${node.name}`, (reply) => `answer ${reply.sequence}`);
    const argv = ["ping", "-n", "-D", "-i", (interval / 1000).toFixed(3), address];
    this.#process = node.spawn(argv, { name: `ping ${address} on ${node.name}`, env: { LC_ALL: "C" } });
    this.#process.stdout.subscribe((line) => {
      const reply = parseReply(line.text);
      if (reply !== null) this.push(reply);
    });
  }

  /** Waits for an answer at or after a time. */
  answers(since = 0, within = 15_000): Promise<Reply> {
    return this.next(() => true, { since, within, what: "an answer to ping" });
  }

  /**
   * The longest gap between two answers that ends after `since`; waits for an answer from now on first, so that a gap
   * which still lasts is not missed.
   */
  async gap(since: number, within = 15_000): Promise<Gap> {
    await this.answers(now(), within);
    return longestGap(this.items, since);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.close();
  }
}

/** The longest gap between successive answers that ends after `since`. */
export function longestGap(replies: readonly Reply[], since: number): Gap {
  let longest: Gap = { length: 0, from: since, to: since };
  for (let i = 1; i < replies.length; i++) {
    const [from, to] = [replies[i - 1]!.at, replies[i]!.at];
    if (to > since && to - from > longest.length) longest = { length: to - from, from, to };
  }
  return longest;
}
