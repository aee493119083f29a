/** A VRRP daemon on a node of the lab. */
import { join } from "node:path";
import { ask } from "../../cli/daemon/control_client.ts";
import type { ControlRequest } from "../../cli/daemon/control_protocol.ts";
import type { InstanceStatus, Status } from "../../core/engine/status.ts";
import { type DaemonKind } from "./adapter.ts";
import type { Line, LineLog, WaitOptions } from "./event_log.ts";
import type { LabProcess } from "./process.ts";
import { now } from "./clock.ts";

/** A running `ha` or keepalived. */
export class Daemon implements AsyncDisposable {
  readonly kind: DaemonKind;
  /** Of the process that was started, which may have children. */
  readonly process: LabProcess;
  /** Private to this run: configuration, pid files, run directory. */
  readonly directory: string;

  constructor(kind: DaemonKind, process: LabProcess, directory: string) {
    this.kind = kind;
    this.process = process;
    this.directory = directory;
  }

  /** What it says; keepalived on stdout or stderr by version, `ha` on stderr. */
  get log(): LineLog {
    return this.process.stderr;
  }

  /** Waits for a line of its log. */
  says(pattern: RegExp, options: Partial<Omit<WaitOptions, "what">> = {}): Promise<Line> {
    return this.log.line(pattern, { within: 15_000, ...options });
  }

  /** Waits until an instance says that it entered a state. */
  enters(
    instance: string,
    state: "MASTER" | "BACKUP" | "FAULT",
    options: Partial<Omit<WaitOptions, "what">> = {},
  ) {
    const name = instance.replace(/[^A-Za-z0-9_]/g, "\\$&");
    return this.says(new RegExp(`\\(${name}\\):? [Ee]ntering ${state} [Ss][Tt][Aa][Tt][Ee]`), options);
  }

  /** SIGTERM; returns when the signal is out, with its time. */
  terminate(): number {
    const at = now();
    this.process.signal("SIGTERM");
    return at;
  }

  /** SIGKILL to it and all its children; returns the time. */
  kill(): number {
    const at = now();
    this.process.kill();
    return at;
  }

  /** SIGSTOP to it and all its children: a machine that hangs. */
  freeze(): number {
    const at = now();
    this.process.signalAll("SIGSTOP");
    return at;
  }

  /** SIGCONT after {@linkcode freeze}. */
  thaw(): number {
    const at = now();
    this.process.signalAll("SIGCONT");
    return at;
  }

  /** SIGHUP. */
  reload(): number {
    const at = now();
    this.process.signal("SIGHUP");
    return at;
  }

  /** Asks `ha` over its control socket, which namespaces of the network do not keep apart. */
  async ask(request: ControlRequest): Promise<unknown> {
    return await ask(join(this.directory, "run"), request);
  }

  /** The status of one instance, from `ha`. */
  async status(instance = "VI_1"): Promise<InstanceStatus> {
    const status = await this.ask({ command: "status" }) as Status;
    const found = status.instances.find((each) => each.name === instance);
    if (found === undefined) throw new Error(`Cannot find ${instance} in the status`);
    return found;
  }

  /** SIGTERM and the wait for its end, SIGKILL if it does not come. */
  async stop(): Promise<Deno.CommandStatus> {
    return await this.process.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process[Symbol.asyncDispose]();
  }
}
