/** The addresses of a node as the kernel reports them: `ip monitor`, with its own time stamps. */
import { must, run } from "../../cli/demo/command.ts";
import { EventLog, type Timed, type WaitOptions } from "./event_log.ts";
import { LabProcess } from "./process.ts";

/** An address was added (or given a new lifetime), or removed. */
export interface AddressChange extends Timed {
  readonly what: "added" | "removed";
  readonly interface: string;
  readonly address: string;
  readonly prefixLength: number;
  /** Label, scope and flags as `ip` prints them. */
  readonly rest: string;
}

const LINE =
  /^\[(\S+)\] (Deleted )?\d+: (\S+)\s+inet6? ([0-9a-f.:]+)(?: peer [0-9a-f.:]+)?(?:\/(\d+))? (.*)$/;

/** Reads a line of `ip -o -ts monitor address`; null for anything else. */
export function parseAddressLine(line: string): AddressChange | null {
  const match = LINE.exec(line);
  if (match === null) return null;
  return {
    at: parseStamp(match[1]!),
    what: match[2] === undefined ? "added" : "removed",
    interface: match[3]!,
    address: match[4]!,
    prefixLength: Number(match[5] ?? (match[4]!.includes(":") ? 128 : 32)),
    rest: match[6]!.replace(/\\.*$/, "").trim(),
  };
}

/** ms since the Unix epoch of `2026-11-21T00:31:34.690530`, local time with microseconds, as `ip -ts` prints it. */
function parseStamp(text: string): number {
  const whole = Date.parse(text.slice(0, 19));
  return whole + Number(`0.${text.slice(20)}`) * 1000;
}

/** Follows the addresses of one namespace. */
export class AddressWatch extends EventLog<AddressChange> implements AsyncDisposable {
  readonly #process: LabProcess;
  readonly #held = new Map<string, AddressChange>();

  private constructor(namespace: string, process: LabProcess) {
    super(
      `addresses of ${namespace}`,
      (item) => `${item.what} ${item.address} on ${item.interface} ${item.rest}`,
    );
    this.#process = process;
  }

  /** Starts to watch; returns when the subscription is known to work. */
  static async start(namespace: string): Promise<AddressWatch> {
    const process = new LabProcess(["ip", "-n", namespace, "-o", "-ts", "monitor", "address"], {
      name: `ip monitor in ${namespace}`,
    });
    const watch = new AddressWatch(namespace, process);
    process.stdout.subscribe((line) => watch.#take(parseAddressLine(line.text)));
    await watch.#handshake(namespace);
    return watch;
  }

  /** Whether an address is on some interface now. */
  has(address: string): boolean {
    return this.#held.has(address);
  }

  /** The last notice about an address that is there now. */
  get(address: string): AddressChange | undefined {
    return this.#held.get(address);
  }

  /** Waits until an address is added, at or after `since`. */
  added(address: string, options: Omit<WaitOptions, "what">): Promise<AddressChange> {
    return this.#change("added", address, options);
  }

  /** Waits until an address is removed, at or after `since`. */
  removed(address: string, options: Omit<WaitOptions, "what">): Promise<AddressChange> {
    return this.#change("removed", address, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process[Symbol.asyncDispose]();
    this.close();
  }

  #change(what: "added" | "removed", address: string, options: Omit<WaitOptions, "what">) {
    return this.next((item) => item.what === what && item.address === address, {
      ...options,
      what: `${address} ${what}`,
    });
  }

  #take(change: AddressChange | null): void {
    if (change === null) return;
    if (change.what === "added") this.#held.set(change.address, change);
    else this.#held.delete(change.address);
    this.push(change);
  }

  /** `ip monitor` does not say when it listens, so a harmless address is put on lo and taken off until it is seen. */
  async #handshake(namespace: string): Promise<void> {
    const probe = "127.7.7.7";
    for (let attempt = 0; attempt < 100; attempt++) {
      await run(["ip", "-n", namespace, "address", "add", `${probe}/32`, "dev", "lo"]);
      await must(["ip", "-n", namespace, "address", "del", `${probe}/32`, "dev", "lo"]);
      const seen = await this.removed(probe, { within: 20 }).then(() => true, () => false);
      if (seen) return;
    }
    throw new Error(`Cannot watch addresses in ${namespace}: "ip monitor" reports nothing`);
  }
}
