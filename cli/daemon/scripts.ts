/**
 * All scripts of the daemon, from the engine's wish to their end.
 */
import type { Message } from "../../core/engine/message.ts";
import type { ScriptOutcome } from "../../core/engine/event.ts";
import { within } from "../within.ts";
import { ProcessGroups, runCommand } from "./child_process.ts";
import type { LvsNotify } from "./checks.ts";
import { notice } from "./log.ts";
import { type Notify, NotifyQueue } from "./notify_queue.ts";
import { credentialsFor, type DefaultUser } from "./script_user.ts";
import type { MainEffect } from "./thread_messages.ts";

/** ms that the scripts for STOP get, as in keepalived, and then between SIGTERM and SIGKILL. */
const STOP_LIMIT = 1000;
const KILL_GRACE = 100;

/** A `script.run` effect. */
export type ScriptRun = Extract<MainEffect, { kind: "script.run" }>;

/** What the scripts need of the daemon. */
export interface ScriptsHost {
  /** `script_user` of the configuration that is running now. */
  readonly scriptUser: () => DefaultUser;
  readonly log: (message: Message) => void;
  /** A track script has ended. */
  readonly finished: (script: string, outcome: ScriptOutcome) => void;
}

/** Track scripts and notify scripts. */
export class Scripts {
  readonly #host: ScriptsHost;
  readonly #tracks = new ProcessGroups();
  readonly #notifies = new ProcessGroups();
  readonly #queue: NotifyQueue;

  constructor(host: ScriptsHost) {
    this.#host = host;
    this.#queue = new NotifyQueue({ ...host, groups: this.#notifies });
  }

  /** Queues the scripts of a notification. */
  notify(notify: Notify): void {
    this.#queue.add(notify);
  }

  /** Queues the script of a virtual or real server. */
  notifyServers({ object, virtualServer, realServer, state, command }: LvsNotify): void {
    if (command === null) return;
    const name = realServer === null ? virtualServer : `${realServer} of ${virtualServer}`;
    this.#queue.add({ object, name, state, commands: [command] });
  }

  /** Runs a track script and reports how it ended; never throws. */
  async track(run: ScriptRun): Promise<void> {
    const found = credentialsFor(run.command.user, this.#host.scriptUser());
    const outcome: ScriptOutcome = found.ok
      ? await runCommand(run.command, {
        timeout: run.timeout,
        credentials: found.credentials,
        groups: this.#tracks,
      })
      : { kind: "not_run", reason: found.reason };
    this.#host.finished(run.script, outcome);
  }

  /** Track scripts are of no more use: they are told to end. */
  stopTracking(): void {
    this.#tracks.signal("SIGTERM");
  }

  /** Gives the notify scripts their second, then kills what is left of all scripts. */
  async end(): Promise<void> {
    if (!await within(STOP_LIMIT, this.#queue.whenIdle().then(() => true))) {
      const text = `Ending ${this.#queue.length} notify scripts that take longer than 1 s`;
      this.#host.log(notice("warning", "daemon.scripts_killed", text));
      this.#queue.close();
      this.#notifies.signal("SIGTERM");
    }
    await within(KILL_GRACE, Promise.all([this.#notifies.whenEmpty(), this.#tracks.whenEmpty()]));
    this.kill();
  }

  /** Kills all that run, with their children. */
  kill(): void {
    this.#notifies.signal("SIGKILL");
    this.#tracks.signal("SIGKILL");
  }
}
