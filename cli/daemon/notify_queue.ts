/**
 * Runs notify scripts: in order, one at a time for each instance and group.
 *
 * keepalived starts them without waiting, so that on a quick change the script for BACKUP may overtake the one for
 * MASTER and leave a service in the wrong state. Here the last state is always the last to be told.
 */
import { append } from "../../core/config/append.ts";
import type { Command } from "../../core/config/model.ts";
import type { Message } from "../../core/engine/message.ts";
import { type ProcessGroups, runCommand } from "./child_process.ts";
import { credentialsFor, type DefaultUser } from "./script_user.ts";

/** Scripts to run for one change; a `notify` effect of the VRRP engine is one. */
export interface Notify {
  /** Kind of thing that changed, such as `INSTANCE` or `RS`. */
  readonly object: string;
  readonly name: string;
  readonly state: string;
  /** In the order to run; each with all its arguments. */
  readonly commands: readonly Command[];
}

/** ms that one notify script may take: a hung one must not hold back the news of later changes for ever. */
const NOTIFY_TIMEOUT = 60_000;

/** Scripts that may wait for one object; of more than that the oldest are left out. */
const LONGEST_QUEUE = 100;

interface Entry {
  readonly command: Command;
  readonly notify: Notify;
}

/** What the queue needs of the daemon. */
export interface NotifyHost {
  /** `script_user` of the configuration that is running now. */
  readonly scriptUser: () => DefaultUser;
  readonly log: (message: Message) => void;
  readonly groups: ProcessGroups;
}

/** The notify scripts of all objects. */
export class NotifyQueue {
  readonly #queues = new Map<string, Entry[]>();
  readonly #host: NotifyHost;
  readonly #timeout: number;
  #idle: PromiseWithResolvers<void> | null = null;
  #closed = false;

  constructor(host: NotifyHost, timeout: number = NOTIFY_TIMEOUT) {
    this.#host = host;
    this.#timeout = timeout;
  }

  /** Scripts that wait or run. */
  get length(): number {
    return [...this.#queues.values()].reduce((sum, queue) => sum + queue.length, 0);
  }

  /** Queues the scripts of one notification behind those of the same object. */
  add(notify: Notify): void {
    if (this.#closed || notify.commands.length === 0) return;
    const key = `${notify.object} ${notify.name}`;
    const entries = notify.commands.map((command) => ({ command, notify }));
    const queue = this.#queues.get(key);
    if (queue === undefined) {
      this.#queues.set(key, entries);
      this.#run(key, entries);
      return;
    }
    append(queue, entries);
    this.#shorten(queue);
  }

  /** Resolves once nothing waits or runs. */
  whenIdle(): Promise<void> {
    if (this.#queues.size === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Starts no further script. Those that run go on. */
  close(): void {
    this.#closed = true;
    for (const queue of this.#queues.values()) queue.splice(1);
  }

  async #run(key: string, queue: Entry[]): Promise<void> {
    while (queue.length > 0) {
      await this.#runOne(queue[0]!);
      queue.shift();
    }
    this.#queues.delete(key);
    if (this.#queues.size > 0) return;
    this.#idle?.resolve();
    this.#idle = null;
  }

  async #runOne({ command, notify }: Entry): Promise<void> {
    const found = credentialsFor(command.user, this.#host.scriptUser());
    const outcome = found.ok
      ? await runCommand(command, {
        timeout: this.#timeout,
        credentials: found.credentials,
        groups: this.#host.groups,
      })
      : { kind: "not_run", reason: found.reason } as const;
    if (outcome.kind === "exited" && outcome.status === 0) return;
    this.#host.log(failureMessage(command, notify, outcome));
  }

  /** The first entry runs; the newest entries matter most. */
  #shorten(queue: Entry[]): void {
    const surplus = queue.length - LONGEST_QUEUE;
    if (surplus <= 0) return;
    const [left] = queue.splice(1, surplus);
    const { notify } = left!;
    this.#host.log({
      level: "warning",
      code: "notify.left_out",
      text: `(${notify.name}) Leaving out ${surplus} notify scripts as ${LONGEST_QUEUE} are waiting`,
      fields: { object: notify.object, name: notify.name, count: surplus },
    });
  }
}

function failureMessage(
  command: Command,
  notify: Notify,
  outcome: Awaited<ReturnType<typeof runCommand>>,
): Message {
  return {
    level: outcome.kind === "exited" ? "info" : "warning",
    code: "notify.failed",
    text: `(${notify.name}) Notify script "${command.text}" for ${notify.state} ${describeOutcome(outcome)}`,
    fields: { object: notify.object, name: notify.name, state: notify.state, script: command.text },
  };
}

/** The end of a script in words: `exited with status 1`. */
export function describeOutcome(outcome: Awaited<ReturnType<typeof runCommand>>): string {
  switch (outcome.kind) {
    case "exited":
      return `exited with status ${outcome.status}`;
    case "signalled":
      return `was ended by ${outcome.signal}`;
    case "timed_out":
      return "took too long and was ended";
    case "not_run":
      return `could not be run: ${outcome.reason}`;
  }
}
