/**
 * Runs one script to its end: a process group of its own, a bound on its time, nothing of ours inherited.
 */
import type { Command } from "../../core/config/model.ts";
import type { ScriptOutcome } from "../../core/engine/event.ts";
import { openLibc } from "../../ffi/libc.ts";
import { asUser } from "../../ffi/thread_user.ts";
import { reasonOf } from "../exit_codes.ts";
import { awakeTimer } from "./awake_timer.ts";
import type { Credentials } from "./script_user.ts";

/** ms between SIGTERM and SIGKILL to the process group, as keepalived. */
const GRACE = 2000;

/**
 * Variables through which a caller of the daemon could change what a script does, and those that are meant for the
 * daemon alone: a service that a script starts must not report to our service manager.
 */
const UNSAFE_VARIABLE = /^(LD_.*|IFS|NOTIFY_SOCKET|WATCHDOG_(PID|USEC)|(DENO|HA)_.*)$/;

/** How a script is run. */
export interface RunOptions {
  /**
   * ms in which this process runs; the script and all its children get SIGTERM then, and SIGKILL 2 s later. Infinity is
   * no limit.
   */
  readonly timeout: number;
  readonly credentials: Credentials;
  /** Where the process group is registered while the script runs. */
  readonly groups: ProcessGroups;
}

/** The process groups of scripts that run now. */
export class ProcessGroups {
  readonly #pids = new Set<number>();
  #empty: PromiseWithResolvers<void> | null = null;

  /** How many scripts run. */
  get size(): number {
    return this.#pids.size;
  }

  add(pid: number): void {
    this.#pids.add(pid);
  }

  delete(pid: number): void {
    this.#pids.delete(pid);
    if (this.#pids.size > 0) return;
    this.#empty?.resolve();
    this.#empty = null;
  }

  /** Resolves once no script runs. */
  whenEmpty(): Promise<void> {
    if (this.#pids.size === 0) return Promise.resolve();
    this.#empty ??= Promise.withResolvers();
    return this.#empty.promise;
  }

  /** Signals every process of every group. */
  signal(signal: Deno.Signal): void {
    for (const pid of this.#pids) killGroup(pid, signal);
  }

  /** Ends every process of every group: SIGTERM now, SIGKILL 2 s later. */
  end(): void {
    for (const pid of this.#pids) endGroup(pid);
  }
}

/**
 * Runs a command and tells how it ended; never throws.
 *
 * No shell takes part, except for a file in no known executable format (execvp hands it to /bin/sh) and for the
 * `</path` form of a check, which is shell syntax. Descendants that outlive a script which ended by itself go on:
 * scripts start services.
 */
export async function runCommand(command: Command, options: RunOptions): Promise<ScriptOutcome> {
  const child = spawn(command, options.credentials);
  if ("reason" in child) return { kind: "not_run", reason: child.reason };
  options.groups.add(child.pid);
  let timedOut = false;
  using _timer = awakeTimer(options.timeout, () => {
    timedOut = true;
    endGroup(child.pid);
  });
  try {
    const status = await child.status;
    if (timedOut) return { kind: "timed_out" };
    if (status.signal !== null) return { kind: "signalled", signal: status.signal };
    return { kind: "exited", status: status.code };
  } finally {
    options.groups.delete(child.pid);
  }
}

function spawn(command: Command, credentials: Credentials): Deno.ChildProcess | { readonly reason: string } {
  const [file, ...args] = wordsOf(command);
  if (file === undefined) return { reason: "the command is empty" };
  const groups = credentials?.groups;
  try {
    if (credentials === null || groups === undefined) return start(file, args, credentials);
    using libc = openLibc();
    return asUser(libc, { ...credentials, groups }, () => start(file, args, null));
  } catch (error) {
    return { reason: reasonOf(error) };
  }
}

/** @throws where it cannot be executed */
function start(file: string, args: readonly string[], credentials: Credentials): Deno.ChildProcess {
  return new Deno.Command(file, {
    args: [...args],
    cwd: "/",
    clearEnv: true,
    env: safeEnvironment(),
    stdin: "null",
    stdout: "null",
    stderr: "null",
    // A session of its own, hence a process group that can be killed as one.
    detached: true,
    // With a uid the runtime drops the supplementary groups too.
    ...(credentials === null ? {} : { uid: credentials.uid, gid: credentials.gid }),
  }).spawn();
}

function wordsOf(command: Command): readonly string[] {
  return command.text.startsWith("<") ? ["/bin/sh", "-c", command.text] : command.argv;
}

function safeEnvironment(): Record<string, string> {
  const all = Object.entries(Deno.env.toObject());
  return Object.fromEntries(all.filter(([name]) => !UNSAFE_VARIABLE.test(name)));
}

/** Ends a process group: SIGTERM at once, SIGKILL later to whatever of it is still there. */
function endGroup(pid: number): void {
  killGroup(pid, "SIGTERM");
  // Whoever ends the daemon before that kills what is left.
  Deno.unrefTimer(setTimeout(() => killGroup(pid, "SIGKILL"), GRACE));
}

/** Signals every process of a group; one that is gone already is no failure. */
function killGroup(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-pid, signal);
  } catch {
    // Gone, or never ours to kill (it changed its user): there is nothing more to be done.
  }
}
