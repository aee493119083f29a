/** A client that pings an address all the time and knows for how long it got no answer. */
import { parseReply, type Reply } from "../../cli/demo/ping.ts";
import { EventLog } from "./event_log.ts";
import { type Gap, longestGap } from "./gap.ts";
import type { Node } from "./node.ts";
import type { LabProcess } from "./process.ts";
import { now } from "./clock.ts";

/** A running ping. */
export class PingClient extends EventLog<Reply> implements AsyncDisposable {
  readonly #process: LabProcess;

  /** `interval` in ms, at least 2. Below 10 ms ping spins: a whole processor for as long as it runs. */
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
