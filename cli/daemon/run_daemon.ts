/**
 * `ha start` from its options to its exit code: opens everything in order, hands it to the supervisor.
 */
import type { DaemonSettings } from "../../core/config/daemon_model.ts";
import type { Level, Message } from "../../core/engine/message.ts";
import { printModel } from "../../core/config/print.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { leadsToJournal } from "../journal.ts";
import { VERSION } from "../version.ts";
import {
  type Configuration,
  type ConfigurationParts,
  defaultUser,
  loadConfiguration,
  problemsOf,
  runningConfiguration,
} from "./configuration.ts";
import { controlHandler } from "./control_handler.ts";
import { ProcessGroups } from "./child_process.ts";
import { delayedAfterBoot } from "./delay_after_boot.ts";
import { ControlSocket } from "./control_socket.ts";
import { hearHeldSignals, stayIn } from "./second_start.ts";
import { HostSettings } from "./host_settings.ts";
import { type Log, type LogFormat, notice, openLog } from "./log.ts";
import { openMainKernel } from "./main_kernel.ts";
import { requirePrivileges } from "./privileges.ts";
import { Recording } from "./record.ts";
import { runLifeScript } from "./life_scripts.ts";
import { PidFiles } from "./pid_files.ts";
import { RunDir } from "./run_dir.ts";
import { listenForSignals, type SignalHandlers } from "./signals.ts";
import { openServiceManager, type SendDatagram } from "./service_manager.ts";
import { Supervisor } from "./supervisor.ts";
import { applyUmask } from "./umask.ts";
import { loadApp, type WebAddress, WebServer } from "./web_server.ts";

/** The options of `ha start`. */
export interface DaemonOptions {
  /** null takes the first default file that exists. */
  readonly config: string | null;
  readonly runDir: string;
  /** null serves no status page. */
  readonly web: WebAddress | null;
  /** Further names that the status page answers under. */
  readonly webNames: readonly string[];
  readonly logLevel: Level;
  readonly logFormat: LogFormat;
  /** Refuse a configuration of which anything is not in force. */
  readonly strict: boolean;
  /** Decides `@ID` lines; null is the host name up to its first dot. */
  readonly configId: string | null;
  /** File of the recording, or null. */
  readonly record: string | null;
  /** Leave the IPVS table as it is at the end. */
  readonly keepIpvs: boolean;
  /** What else there is under the name keepalived; absent under our own. */
  readonly face?: DaemonFace;
}

/** What a daemon does besides when it stands in for keepalived. */
export interface DaemonFace {
  /** Log to stderr. */
  readonly logConsole: boolean;
  /** Log to syslog with that facility, 0..23; null does not. */
  readonly syslogFacility: number | null;
  /** Which half of the configuration runs. */
  readonly parts: ConfigurationParts;
  /** Where the daemon's files are, as the configuration names it; in place of `runDir`. */
  readonly places: (daemon: DaemonSettings) => DaemonPlaces;
  /** The file creation mask was given on the command line, which no `umask` overrides. */
  readonly umaskGiven: boolean;
  /** Called once the pid files are written. */
  readonly started: () => void;
  /** Lines to log at the start. */
  readonly remarks: readonly string[];
  /** Log the configuration as it is in force. */
  readonly dumpConfiguration: boolean;
  /** Run in that network namespace, whatever the configuration says. */
  readonly networkNamespace: string | null;
}

/** Where the files of a daemon are. */
export interface DaemonPlaces {
  readonly runDir: string;
  /** Files that hold our process id while we run. */
  readonly pidFiles: readonly string[];
  /** Where keepalived would have its own files; null where that is the run directory. */
  readonly pidDirectory: string | null;
}

/**
 * Runs a node until it is stopped; returns the exit code.
 *
 * @throws {Refusal} where it cannot start; nothing has been changed on the host then
 */
export async function runDaemon(options: DaemonOptions): Promise<number> {
  const hearer = new SignalHearer();
  // First of all: SIGHUP or SIGUSR1 during the start would end the process.
  using _signals = listenForSignals(hearer);
  using kernel = openMainKernel();
  requirePrivileges();
  // Its modules load on their own thread while the configuration is read here.
  const worker = openWorker();
  const syslogTag = { name: "Keepalived" };
  const log = openDaemonLog(options, syslogTag, kernel.sendDatagram);
  keepRunning(log);
  const { face } = options;
  const load = loaderOf(options);
  const loaded = load(false);
  stayIn(face?.networkNamespace ?? loaded.networkNamespace);
  let configuration: Configuration | null = begin(loaded, log);
  const settings = configuration.model.daemon;
  syslogTag.name = syslogName(settings, face);
  if (face !== undefined) remark(face, configuration, log);
  for (const text of kernel.nameProcess(configuration.model)) log(notice("warning", "daemon.name", text));
  const places = settleIn(settings, options);
  using runDir = new RunDir(places.runDir);
  using _pidFiles = new PidFiles(places.pidFiles);
  face?.started();
  using control = new ControlSocket(runDir.paths.controlSocket);
  using recording = openRecording(options, log);
  const manager = openServiceManager(kernel.sendDatagram);
  const { startupScript, shutdownScript } = settings;
  const scriptUser = defaultUser(configuration.model);
  const lifeScripts = { log, scriptUser, groups: hearer.lifeScripts };
  await runLifeScript("startup_script", startupScript, lifeScripts);
  if (hearer.stopped) return EXIT.ok;
  using hostSettings = openHostSettings(settings, log);
  const supervisor = new Supervisor(runningConfiguration(configuration), configuration.model, {
    worker,
    sendCommand: kernel.send,
    commandDescriptor: kernel.commandDescriptor,
    log,
    load: () => load(true),
    recording,
    withdraw: kernel.withdraw,
    makeFifo: kernel.makeFifo,
    tellManager: manager.tell,
    aliveInterval: manager.watchdogInterval / 2,
    dumpFiles: runDir.paths.dumpFiles,
    maintenanceFile: runDir.paths.maintenanceFile,
    keepIpvs: options.keepIpvs,
    applySettings: (reloaded) => hostSettings.apply(reloaded),
    reloadFile: `${places.pidDirectory ?? places.runDir}/keepalived.reload`,
  });
  hearer.handOver(supervisor);
  const { hub } = supervisor;
  const onError = (error: unknown) => log(defect(error));
  const loadWeb = () => loadApp(hub, options.webNames, onError);
  const web = openWeb(
    options,
    (address) => new WebServer(address, runDir.paths.webSocket, loadWeb, onError),
    log,
  );
  const started = supervisor.start(delayedAfterBoot(configuration.model));
  // The engine thread has its own copy; this one is megabytes where there are many instances.
  configuration = null;
  await started;
  if (web !== null) log(notice("info", "web.listening", `Status page on ${web.url}`));
  void control.serve(controlHandler(supervisor));
  hearRequests(supervisor);
  const exitCode = await supervisor.ended;
  await runLifeScript("shutdown_script", shutdownScript, lifeScripts);
  return exitCode;
}

/** What signals do at each time of a daemon's life. */
class SignalHearer implements SignalHandlers {
  /** A stop was asked for before there was a supervisor. */
  stopped = false;
  readonly lifeScripts = new ProcessGroups();
  /** Null as long as nothing has begun that would have to be stopped. */
  #supervisor: Supervisor | null = null;
  #reloadWanted = false;

  /** From now on it is the supervisor's; a reload that was asked for before is not forgotten. */
  handOver(supervisor: Supervisor): void {
    this.#supervisor = supervisor;
    if (this.#reloadWanted) supervisor.reload();
  }

  readonly stop = () => {
    if (this.#supervisor !== null) return void this.#supervisor.stop();
    // So early a startup_script is all that is waited for.
    this.stopped = true;
    this.lifeScripts.end();
  };

  readonly force = () => {
    this.lifeScripts.signal("SIGKILL");
    this.#supervisor?.force();
  };

  readonly reload = () => {
    this.#reloadWanted = true;
    this.#supervisor?.reload();
  };

  readonly dump = () => {
    void this.#supervisor?.dumps.write("status");
    void this.#supervisor?.dumps.write("stats");
  };
}

/** How the configuration is loaded: for the start, and again while we are running. */
function loaderOf({ config: file, strict, configId, face }: DaemonOptions) {
  const parts = face?.parts ?? "all";
  return (running: boolean) => loadConfiguration({ file, strict, configId, parts, running });
}

/** Dumps that are asked for by signals. */
function hearRequests(daemon: Supervisor): void {
  hearHeldSignals(({ dump, clears }) => void (clears ? daemon.clearCounters() : daemon.dumps.write(dump)));
}

function openHostSettings(settings: DaemonSettings, log: Log): HostSettings {
  const host = new HostSettings((text) => log(notice("warning", "daemon.setting", text)));
  host.apply(settings);
  return host;
}

function openWorker(): Worker {
  return new Worker(new URL("./engine_thread.ts", import.meta.url), { type: "module", name: "engine" });
}

/** As keepalived: what tells two daemons of a host apart goes into the name. */
function syslogName({ networkNamespace, instanceName }: DaemonSettings, face?: DaemonFace): string {
  const namespace = face?.networkNamespace ?? networkNamespace;
  return ["Keepalived", namespace, instanceName].filter((part) => part !== null).join("_");
}

/** What must be so before the first file is made, and where the files are. */
function settleIn(settings: DaemonSettings, { face, runDir }: DaemonOptions): DaemonPlaces {
  if (face?.umaskGiven !== true) applyUmask(settings);
  return face?.places(settings) ?? { runDir, pidFiles: [], pidDirectory: null };
}

function openDaemonLog(
  { logLevel, logFormat, face }: DaemonOptions,
  tag: { readonly name: string },
  send: SendDatagram,
): Log {
  const facility = face?.syslogFacility ?? null;
  return openLog({
    level: logLevel,
    format: logFormat === "text" && leadsToJournal(Deno.env.get("JOURNAL_STREAM")) ? "journal" : logFormat,
    console: face?.logConsole ?? true,
    syslog: facility === null ? null : { facility, send, tag },
  });
}

/** Binds the status page; where ha stands in for keepalived, a port in use keeps nothing from starting. */
function openWeb(
  { web, face }: DaemonOptions,
  open: (address: WebAddress) => WebServer,
  log: Log,
): WebServer | null {
  if (web === null) return null;
  try {
    return open(web);
  } catch (error) {
    if (face === undefined || !(error instanceof Refusal)) throw error;
    log(notice("warning", "web.unavailable", error.message));
    return null;
  }
}

function openRecording({ record }: DaemonOptions, log: Log): Recording | null {
  if (record === null) return null;
  return new Recording(record, (text) => log(notice("warning", "daemon.record", text)));
}

/** Says what comes of the options of keepalived's command line. */
function remark({ remarks, dumpConfiguration }: DaemonFace, configuration: Configuration, log: Log): void {
  for (const text of remarks) log(notice("warning", "daemon.option", text));
  if (dumpConfiguration) logConfiguration(configuration, log);
}

/** As keepalived's `-d`: the log has the configuration as it is in force. */
function logConfiguration({ model }: Configuration, log: Log): void {
  for (const line of printModel(model).trimEnd().split("\n")) {
    log(notice("info", "daemon.configuration", line));
  }
}

/** Says what was found in the configuration; returns it where it can be run. */
function begin(result: ReturnType<typeof loadConfiguration>, log: Log): Configuration {
  log(notice("info", "daemon.starting", `Starting ha v${VERSION} (pid ${Deno.pid})`));
  for (const problem of problemsOf(result)) log(problem);
  if (!result.ok) throw result.refusal;
  return result.configuration;
}

/** A defect on this thread (web, scripts, control) is logged; the engine goes on. */
function keepRunning(log: Log): void {
  globalThis.addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    log(defect(event.reason));
  });
  globalThis.addEventListener("error", (event) => {
    event.preventDefault();
    log(defect(event.error));
  });
}

/** Something that nobody expected: with its stack, since it is for those who mend it. */
function defect(error: unknown): Message {
  const what = error instanceof Error ? error.stack ?? error.message : reasonOf(error);
  return notice("error", "daemon.defect", `Unexpected: ${what}`);
}
