/**
 * `notify_fifo` and `vrrp_notify_fifo`: a line for each transition into a named pipe, in keepalived's form.
 */
import type { NotifyFifo } from "../../core/config/virtual_server_model.ts";
import type { Message } from "../../core/engine/message.ts";
import { reasonOf } from "../exit_codes.ts";
import { ProcessGroups, runCommand } from "./child_process.ts";
import { notice } from "./log.ts";
import type { MainEffect } from "./thread_messages.ts";
import { type Credentials, credentialsFor, type DefaultUser } from "./script_user.ts";

/** Lines that may wait for a reader; a pipe that nobody empties must not fill the memory. */
const LONGEST_QUEUE = 1000;

/** ms; a reader is meant to run as long as the daemon. */
const NO_LIMIT = Infinity;

/** What a pipe needs of the daemon. */
export interface FifoHost {
  readonly log: (message: Message) => void;
  readonly scriptUser: () => DefaultUser;
  /** Makes a named pipe; throws where it cannot. */
  readonly makeFifo: (path: string) => void;
}

/** A transition of an instance or a group. */
export type Notification = Pick<
  Extract<MainEffect, { kind: "notify" }>,
  "object" | "name" | "state" | "priority"
>;

/** `INSTANCE "VI_1" MASTER 100`, as keepalived writes it. */
export function fifoLine({ object, name, state, priority }: Notification): string {
  return `${object} "${name}" ${state} ${priority}\n`;
}

/** One open pipe with its reader. */
class EventFifo implements Disposable {
  readonly #settings: NotifyFifo;
  readonly #host: FifoHost;
  readonly #readers = new ProcessGroups();
  readonly #file: Deno.FsFile | null;
  #made = false;
  #queued = 0;
  #written: Promise<unknown> = Promise.resolve();

  /** Opens the pipe, makes it where it is missing; what fails is logged, and lines are lost then. */
  constructor(settings: NotifyFifo, host: FifoHost) {
    this.#settings = settings;
    this.#host = host;
    this.#file = this.#open();
    if (this.#file !== null) this.#startReader();
  }

  /** Queues a line; where a thousand wait, it is lost, as in keepalived. */
  write(line: string): void {
    if (this.#file === null || this.#queued >= LONGEST_QUEUE) return;
    this.#queued++;
    const file = this.#file;
    const octets = new TextEncoder().encode(line);
    // On a thread of the runtime's own: a full pipe holds up the next line and nothing else.
    this.#written = this.#written.then(() => file.write(octets)).catch(() => {}).finally(() =>
      this.#queued--
    );
  }

  /** What was queued is in the pipe. */
  whenWritten(): Promise<unknown> {
    return this.#written;
  }

  /** Closes the pipe, ends its reader, and removes the pipe if we made it. */
  [Symbol.dispose](): void {
    this.#readers.signal("SIGTERM");
    try {
      this.#file?.close();
      if (this.#made) Deno.removeSync(this.#settings.path);
    } catch {
      // Somebody removed it before us.
    }
  }

  #open(): Deno.FsFile | null {
    const { path } = this.#settings;
    try {
      if (!this.#isThere()) {
        this.#host.makeFifo(path);
        this.#made = true;
      }
      // For reading, too: opening waits for no reader then, and one that goes away is no error.
      return Deno.openSync(path, { read: true, write: true });
    } catch (error) {
      this.#say(`Cannot open notify FIFO "${path}": ${reasonOf(error)}`);
      return null;
    }
  }

  #isThere(): boolean {
    try {
      if (Deno.lstatSync(this.#settings.path).isFifo === true) return true;
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return false;
      throw error;
    }
    throw new TypeError("it exists and is no named pipe");
  }

  #startReader(): void {
    const { reader, path } = this.#settings;
    if (reader === null) return;
    const found = credentialsFor(reader.user, this.#host.scriptUser());
    if (found.ok) this.#run(reader, path, found.credentials);
    else this.#say(`Cannot start the reader of "${path}": ${found.reason}`);
  }

  #run(reader: NonNullable<NotifyFifo["reader"]>, path: string, credentials: Credentials): void {
    const command = { ...reader, argv: [...reader.argv, path] };
    runCommand(command, { timeout: NO_LIMIT, credentials, groups: this.#readers }).then((outcome) => {
      if (outcome.kind === "not_run") this.#say(`Cannot start the reader of "${path}": ${outcome.reason}`);
    });
  }

  #say(text: string): void {
    this.#host.log(notice("error", "daemon.fifo", text));
  }
}

/** The pipes of a daemon: replaced as a whole when the configuration names others. */
export class EventFifos {
  readonly #host: FifoHost;
  #open: readonly EventFifo[] = [];
  #named = "";

  constructor(host: FifoHost) {
    this.#host = host;
  }

  /** Opens the pipes that the configuration names; the same ones as before stay open. */
  configure(settings: readonly (NotifyFifo | null)[]): void {
    const named = JSON.stringify(settings);
    if (named === this.#named) return;
    this.close();
    this.#named = named;
    this.#open = settings.filter((one) => one !== null).map((one) => new EventFifo(one, this.#host));
  }

  write(line: string): void {
    for (const fifo of this.#open) fifo.write(line);
  }

  /** What was written so far is in the pipes. */
  async whenWritten(): Promise<void> {
    await Promise.all(this.#open.map((fifo) => fifo.whenWritten()));
  }

  close(): void {
    for (const fifo of this.#open) fifo[Symbol.dispose]();
    this.#open = [];
    this.#named = "";
  }
}
