/**
 * The composition root of the daemon: what is opened in which order, who hears of what, how it ends.
 *
 * Everything that may refuse comes before the engine starts, so that a refusal leaves the host untouched.
 */
import type { DaemonSettings } from "../../core/config/daemon_model.ts";
import type { Model } from "../../core/config/model.ts";
import type { ScriptOutcome } from "../../core/engine/event.ts";
import type { Message } from "../../core/engine/message.ts";
import type { Status } from "../../core/engine/status.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { VERSION } from "../version.ts";
import { within } from "../within.ts";
import {
  type LoadResult,
  problemsOf,
  type RunningConfiguration,
  runningConfiguration,
} from "./configuration.ts";
import { type DumpHost, Dumps } from "./dumps.ts";
import { EngineLink, type EngineListener, type EngineWorker } from "./engine_link.ts";
import type { Leavings } from "./leavings.ts";
import { type Log, notice } from "./log.ts";
import { MaintenanceBook } from "./maintenance_book.ts";
import { VirtualServerSlot } from "./check_slot.ts";
import type { Recording } from "./record.ts";
import { checked, whileMarked } from "./reload_files.ts";
import { ReloadSchedule } from "./reload_schedule.ts";
import { Scripts } from "./scripts.ts";
import { StatusHub } from "./status_hub.ts";
import { startTime } from "./start_time.ts";
import { Tellers } from "./tellers.ts";
import type { EngineCommand, MainEffect } from "./thread_messages.ts";
import { Trackers } from "./trackers.ts";

/** ms for the engine thread to open its sockets and send its first packets; 1,000 instances take well under 1 s. */
const START_LIMIT = 15_000;

/** ms for FIFOs to be read. */
const WRITING_LIMIT = 2000;

/** What the supervisor is given; all of it is open already. */
export interface SupervisorParts {
  readonly worker: EngineWorker;
  readonly sendCommand: (command: EngineCommand) => void;
  readonly commandDescriptor: number;
  readonly log: Log;
  /** Loads the configuration afresh, for SIGHUP. */
  readonly load: () => LoadResult;
  readonly recording: Recording | null;
  /** Takes VIPs off this host; for when the engine cannot any more. */
  readonly withdraw: (left: Leavings) => void;
  /** Makes a named pipe. */
  readonly makeFifo: (path: string) => void;
  /** Tells the service manager (sd_notify). */
  readonly tellManager: (state: string) => void;
  /** ms between two signs of life to the service manager's watchdog; 0 means none. */
  readonly aliveInterval: number;
  /** Where dumps go unless the configuration says otherwise. */
  readonly dumpFiles: DumpHost["files"];
  /** What is in maintenance over restarts. */
  readonly maintenanceFile: string;
  /** `--dont-release-ipvs`: the kernel goes on balancing after the end. */
  readonly keepIpvs: boolean;
  /** Brings the host in line with a configuration that was reloaded. */
  readonly applySettings: (settings: DaemonSettings) => void;
  /** The marker of `reload_file` where it names none. */
  readonly reloadFile: string;
}

/** A daemon from its start to its end. */
export class Supervisor implements EngineListener {
  readonly hub: StatusHub;
  readonly dumps: Dumps;
  readonly maintenance: MaintenanceBook;
  readonly #parts: SupervisorParts;
  readonly #link: EngineLink;
  readonly #scripts: Scripts;
  readonly #trackers: Trackers;
  readonly #balancing: VirtualServerSlot;
  readonly #tellers: Tellers;
  readonly #schedule: ReloadSchedule;
  readonly #startedAt = startTime();
  readonly #stopped = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<number>();
  #running: RunningConfiguration;
  #phase: "starting" | "running" | "stopping" = "starting";
  #reloadWanted = false;
  /** The last reload, where it was refused. */
  #refused: Pick<Status["configuration"], "refused"> = {};

  constructor(running: RunningConfiguration, model: Model, parts: SupervisorParts) {
    this.#running = running;
    this.#parts = parts;
    this.maintenance = new MaintenanceBook(parts.maintenanceFile, parts.log);
    this.#link = new EngineLink(parts.worker, parts.sendCommand);
    this.#scripts = new Scripts({
      scriptUser: () => this.#running.scriptUser,
      log: parts.log,
      finished: (script, outcome) => this.#scriptFinished(script, outcome),
    });
    this.#trackers = new Trackers({
      tell: (event) => this.#link.send({ kind: "event", event }),
      say: (level, text) => this.#say(level, level === "info" ? "track.started" : "track.trouble", text),
    });
    this.#tellers = new Tellers({
      log: parts.log,
      scriptUser: () => this.#running.scriptUser,
      makeFifo: parts.makeFifo,
      scripts: this.#scripts,
    }, model);
    this.#balancing = new VirtualServerSlot({
      log: parts.log,
      scriptUser: () => this.#running.scriptUser,
      notify: (notify) => this.#tellers.serverChanged(notify, Date.now()),
      statusChanged: () => this.hub.changed(),
      isMaster: (instance) => this.#isMaster(instance),
    });
    this.#schedule = new ReloadSchedule({
      reload: () => this.reload(),
      say: (level, text) => this.#say(level, "daemon.reload_schedule", text),
    });
    this.dumps = new Dumps({
      status: () => this.hub.current(),
      facts: () => this.#running.dumpFacts,
      files: parts.dumpFiles,
      say: (level, text) => this.#say(level, "daemon.dumped", text),
    });
    const snapshot = async () => {
      return { ...this.#balancing.addTo(await this.#link.snapshot()), ...this.#tellers.status };
    };
    this.hub = new StatusHub(snapshot, () => ({
      version: VERSION,
      pid: Deno.pid,
      startedAt: this.#startedAt(),
      configuration: this.#configurationStatus(),
    }));
  }

  /** Resolves with the exit code when everything has ended. */
  get ended(): Promise<number> {
    return this.#ended.promise;
  }

  /**
   * Starts the engine and waits until it is on the wire.
   *
   * @throws {Refusal} where it cannot open what it needs
   */
  async start(model: Model): Promise<void> {
    this.#tellers.open(model);
    const ready = this.#link.start({
      model: withoutServers(model),
      readings: this.#trackers.follow(model),
      commandDescriptor: this.#parts.commandDescriptor,
      maintenance: this.maintenance.order,
      record: this.#parts.recording !== null,
      aliveInterval: this.#parts.aliveInterval,
    }, this).then(() => true);
    if (await within(START_LIMIT, ready) === null) {
      throw new Refusal("Cannot start the engine thread: it does not answer", EXIT.software);
    }
    if (this.#phase !== "starting") return;
    this.#phase = "running";
    // Only now: nothing that happens there may hold up the first advertisement.
    await this.#balancing.configure(model.loadBalancer);
    if (this.#phase !== "running") return;
    this.#say("info", "daemon.started", "Startup complete");
    this.#parts.tellManager(`READY=1\nSTATUS=${this.#standing(true)}`);
    this.#schedule.configure(this.#running.settings);
    if (this.#reloadWanted) this.reload();
  }

  /** Loads the configuration again; one that cannot be run changes nothing. */
  reload(): LoadResult | null {
    this.#reloadWanted = this.#phase === "starting";
    if (this.#phase !== "running") return null;
    this.#say("info", "daemon.reloading", "Reloading ...");
    this.#parts.tellManager("RELOADING=1");
    const { settings } = this.#running;
    const loaded = whileMarked(settings, this.#parts.reloadFile, () => this.#load());
    const result = checked(loaded, settings.reloadCheck);
    for (const problem of problemsOf(result)) this.#parts.log(problem);
    this.#refused = result.ok ? {} : { refused: { at: Date.now(), reason: result.refusal.message } };
    if (result.ok) {
      this.#running = runningConfiguration(result.configuration);
      const { model } = result.configuration;
      this.#tellers.configure(model);
      this.#schedule.configure(model.daemon);
      this.#parts.applySettings(model.daemon);
      const readings = this.#trackers.follow(model);
      this.#link.send({ kind: "event", event: { kind: "reload", model: withoutServers(model), readings } });
      void this.#balancing.configure(model.loadBalancer);
      this.#say("info", "daemon.reloaded", "Reload complete");
    } else {
      this.#say("error", "daemon.reload_failed", `Keeping the old configuration: ${result.refusal.message}`);
    }
    this.hub.changed();
    this.#parts.tellManager(`READY=1\nSTATUS=${this.#standing(result.ok)}`);
    return result;
  }

  /** The line of `systemctl status`: whether what is in force is what the file says. */
  #standing(loaded: boolean): string {
    const { file } = this.#running;
    return loaded
      ? `Running ${file}`
      : `Running the old configuration; the last reload of ${file} was refused`;
  }

  /** Says goodbye, lets go of everything, gives the scripts for STOP their second; a further call does nothing. */
  async stop(): Promise<void> {
    if (this.#phase === "stopping") return;
    this.#phase = "stopping";
    this.#say("info", "daemon.stopping", "Stopping");
    this.#parts.tellManager("STOPPING=1");
    this.#scripts.stopTracking();
    this.#schedule[Symbol.dispose]();
    this.#trackers[Symbol.dispose]();
    this.#link.send({ kind: "event", event: { kind: "stop" } });
    // A few system calls where there are few instances; `child_wait_time` is for those that have very many.
    const goodbye = await within(
      this.#running.settings.childWaitTime,
      this.#stopped.promise.then(() => true),
    );
    if (goodbye === null) this.#withdraw("the engine thread does not answer");
    // Not before the goodbye: as long as the VIPs are here, so are the connections to them.
    this.#balancing.stop(this.#parts.keepIpvs);
    await within(WRITING_LIMIT, this.#tellers.whenWritten());
    await Promise.all([this.#scripts.end(), this.#tellers.end()]);
    this.#tellers.close();
    this.#say("info", "daemon.stopped", `Stopped ha v${VERSION}`);
    this.#ended.resolve(EXIT.ok);
  }

  /** Ends without waiting for anything. */
  force(): void {
    this.#say("warning", "daemon.forced", "Stopping at once, scripts are killed");
    this.#letGo();
    this.#ended.resolve(EXIT.fatal);
  }

  /** Logs what an operator did. */
  note(text: string): void {
    this.#say("info", "daemon.operator", text);
  }

  /** Writes keepalived.stats, and counts from 0 from then on. */
  async clearCounters(): Promise<void> {
    await this.dumps.write("stats");
    this.#link.send({ kind: "event", event: { kind: "counters.clear" } });
    this.note("The counters of all instances begin at 0 again");
  }

  /** Sends the engine thread a command. */
  send(command: EngineCommand): void {
    this.#link.send(command);
  }

  /** Of {@linkcode EngineListener}. */
  effect(effect: MainEffect, at: number): void {
    switch (effect.kind) {
      case "log":
        return this.#parts.log(effect.message, at);
      case "notify":
        return this.#tellers.transition(effect, at);
      case "bfd.changed":
        return this.#balancing.sessionChanged(effect.name, effect.up);
      case "script.run":
        this.#scripts.track(effect);
        return;
      case "status.changed":
        this.#balancing.instancesChanged();
        return this.hub.changed();
      case "stopped":
        return this.#stopped.resolve();
      default:
        effect satisfies never;
    }
  }

  /** Of {@linkcode EngineListener}. */
  alive(): void {
    this.#parts.tellManager("WATCHDOG=1");
  }

  /** Of {@linkcode EngineListener}. */
  record(line: string): void {
    this.#parts.recording?.write(line);
  }

  /** Of {@linkcode EngineListener}. */
  crashed(reason: string): void {
    this.#say("error", "daemon.engine_crashed", `The engine thread died: ${reason}`);
    this.#withdraw("the engine thread is dead");
    this.#letGo();
    this.#ended.resolve(EXIT.software);
  }

  /** What must not outlive us, where there is no time for an orderly end. */
  #letGo(): void {
    this.#scripts.kill();
    this.#trackers[Symbol.dispose]();
    this.#balancing.stop(true);
    this.#tellers.close();
  }

  #scriptFinished(script: string, outcome: ScriptOutcome): void {
    if (this.#phase === "stopping") return;
    this.#link.send({ kind: "event", event: { kind: "script.finished", script, outcome } });
  }

  async #isMaster(instance: string): Promise<boolean> {
    const { instances } = await this.#link.snapshot();
    return instances.some(({ name, state }) => name === instance && state === "master");
  }

  #load(): LoadResult {
    try {
      return this.#parts.load();
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal(reasonOf(error), EXIT.fatal);
      return { ok: false, problems: [], refusal, networkNamespace: null };
    }
  }

  #withdraw(why: string): void {
    this.#say("error", "daemon.withdrawing", `Removing VIPs from the main thread as ${why}`);
    try {
      this.#parts.withdraw(this.#running.leavings);
    } catch (error) {
      this.#say("error", "daemon.withdraw_failed", reasonOf(error));
    }
  }

  #configurationStatus(): ReturnType<ConstructorParameters<typeof StatusHub>[1]>["configuration"] {
    const { file, loadedAt, problems } = this.#running;
    return { file, loadedAt, problems: problems.map((problem) => problem.text), ...this.#refused };
  }

  #say(level: Message["level"], code: string, text: string): void {
    this.#parts.log(notice(level, code, text));
  }
}

/** What the engine thread needs: real servers may be many, and are nothing to it. */
function withoutServers(model: Model): Model {
  return { ...model, loadBalancer: { ...model.loadBalancer, virtualServers: [] } };
}
