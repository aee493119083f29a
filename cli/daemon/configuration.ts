/**
 * The configuration of a running daemon: where it came from, what it is, what was said about it.
 */
import { type Diagnostic, loadConfig, type Severity } from "../../core/config/config.ts";
import type { DaemonSettings } from "../../core/config/daemon_model.ts";
import { routingDirectories } from "../../core/config/validate/path_value.ts";
import type { Model } from "../../core/config/model.ts";
import type { Level, Message } from "../../core/engine/message.ts";
import { fileSource, hostFacts } from "../config_source.ts";
import { type DumpFacts, dumpFacts } from "../dump/facts.ts";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { type Leavings, leavingsOf } from "./leavings.ts";
import { namesOfMachine, numberNames } from "../routing_names.ts";
import type { DefaultUser } from "./script_user.ts";

/** Where the configuration is looked for when none is named: our own place, then keepalived's. */
const DEFAULT_FILES = ["/etc/ha/ha.conf", "/etc/keepalived/keepalived.conf"] as const;

/** A configuration that can be run. */
export interface Configuration {
  readonly file: string;
  readonly model: Model;
  /** ms since the Unix epoch */
  readonly loadedAt: number;
  /** What was said about it, worst first. */
  readonly problems: readonly Message[];
  /** What `keepalived -t` would exit with for it. */
  readonly checkExit: number;
}

/**
 * What the main thread keeps of a configuration while the engine runs it: the model of 1,000 instances is megabytes.
 */
export interface RunningConfiguration extends Omit<Configuration, "model"> {
  readonly scriptUser: DefaultUser;
  /** Settings of the process. */
  readonly settings: DaemonSettings;
  /** What to take off the host where the engine cannot any more. */
  readonly leavings: Leavings;
  /** What keepalived's dumps say of it. */
  readonly dumpFacts: DumpFacts;
}

/** What is kept of a configuration. */
export function runningConfiguration(
  { file, model, loadedAt, problems, checkExit }: Configuration,
): RunningConfiguration {
  const leavings = leavingsOf(model);
  const { daemon: settings } = model;
  const scriptUser = defaultUser(model);
  return { file, loadedAt, problems, checkExit, scriptUser, settings, leavings, dumpFacts: dumpFacts(model) };
}

/** Who runs scripts that name no user. */
export function defaultUser({ global: { scriptUser }, daemon: { kept } }: Model): DefaultUser {
  if (kept["set_supplementary_groups"] !== true) return scriptUser;
  return { ...(scriptUser ?? { user: null, group: null }), supplementary: true };
}

/**
 * What a load came to. `problems` leaves out the one that the refusal names, `networkNamespace` is the one that the
 * configuration is for: elsewhere its interfaces are not there.
 */
export type LoadResult =
  & { readonly networkNamespace: string | null }
  & (
    | { readonly ok: true; readonly configuration: Configuration }
    | { readonly ok: false; readonly problems: readonly Message[]; readonly refusal: Refusal }
  );

/** How a configuration is loaded. */
export interface LoadingOptions {
  /** null takes the first default file that is there. */
  readonly file: string | null;
  /** Refuse where anything that is written is not in force. */
  readonly strict: boolean;
  /** Decides `@ID` lines; null is the host name up to its first dot. */
  readonly configId: string | null;
  readonly parts: ConfigurationParts;
  /** A daemon runs with another one already: then a file that ends inside a block is refused. */
  readonly running: boolean;
}

/** Which half of a configuration runs. */
export type ConfigurationParts = "all" | "vrrp" | "virtual_servers";

/** From the gravest; also the level of the log. */
const LEVEL: Readonly<Record<Severity, Level>> = {
  error: "error",
  warning: "warning",
  note: "info",
  info: "detail",
};

const GRAVITY = Object.keys(LEVEL);

/** Loads a configuration and says what is wrong with it; never throws. */
export function loadConfiguration(options: LoadingOptions): LoadResult {
  const file = findFile(options.file);
  if (file instanceof Refusal) return { ok: false, problems: [], refusal: file, networkNamespace: null };
  const facts = hostFacts({ configId: options.configId ?? undefined });
  const leaveOut = (keyword: string) => OTHERS[options.parts].test(keyword);
  const loaded = loadConfig(file, fileSource(), facts, { strict: options.strict, leaveOut });
  const findings = loaded.diagnostics.toSorted(byGravity);
  const { networkNamespace } = loaded.model.daemon;
  const cut = options.running ? findings.find(({ code }) => code === CUT_OFF) : undefined;
  if (loaded.fatal || cut !== undefined) return { ...refused(file, findings, cut), networkNamespace };
  const problems = findings.map(messageOf);
  const names = namesOfMachine(routingDirectories(loaded.model.daemon.kept));
  const model = numberNames(only(options.parts, loaded.model), names);
  const { exitCode: checkExit } = loaded;
  const configuration = { file, model, loadedAt: Date.now(), problems, checkExit };
  return { ok: true, configuration, networkNamespace };
}

/** Blocks of the half that does not run: nothing in them may keep the other half from its work. */
const OTHERS: Readonly<Record<ConfigurationParts, RegExp>> = {
  all: /^$/,
  vrrp: /^(virtual_server(_group)?|SSL)$/,
  virtual_servers:
    /^(vrrp_(instance|sync_group|script|track_process)|static_\w+|track_group|garp_group|linkbeat_\w+|interface_up_down_delays)$/,
};

/** Leaves out what else belongs to the half that does not run. */
function only(parts: ConfigurationParts, model: Model): Model {
  switch (parts) {
    case "all":
      return model;
    case "vrrp": {
      const settings = { ...model.loadBalancer.settings, syncDaemon: syncDaemonOf(model, true) };
      return { ...model, loadBalancer: { ...model.loadBalancer, settings, virtualServers: [] } };
    }
    case "virtual_servers": {
      const settings = { ...model.loadBalancer.settings, syncDaemon: syncDaemonOf(model, false) };
      return {
        ...model,
        loadBalancer: { ...model.loadBalancer, settings },
        instances: [],
        syncGroups: [],
        staticAddresses: [],
        staticRoutes: [],
        staticRules: [],
      };
    }
  }
}

/** The sync daemon, which goes with VRRP where it follows an instance, and else with the virtual servers. */
function syncDaemonOf({ loadBalancer: { settings: { syncDaemon } } }: Model, follows: boolean) {
  return syncDaemon !== null && (syncDaemon.instance !== null) === follows ? syncDaemon : null;
}

/** The file to load, or why there is none. */
function findFile(named: string | null): string | Refusal {
  const candidates = named === null ? DEFAULT_FILES : [named];
  for (const file of candidates) {
    const obstacle = obstacleTo(file);
    if (obstacle === null) return file;
    if (obstacle instanceof Deno.errors.PermissionDenied) {
      return new Refusal(`Cannot read configuration file "${file}": ${reasonOf(obstacle)}`, EXIT.permission);
    }
  }
  return new Refusal(`Unable to find configuration file ${candidates.join(" or ")}`, EXIT.noConfiguration);
}

/** Why a file cannot be opened, or null. */
function obstacleTo(file: string): unknown {
  try {
    Deno.openSync(file).close();
    return null;
  } catch (error) {
    return error;
  }
}

/**
 * The code of a block that the file's end cuts off. A start takes such a file, as keepalived's does; a reload does not,
 * for the file may be half written, and what is missing would lose its addresses.
 */
const CUT_OFF = "missing-brace";

/** The refusal names what decided: a finding that is fatal by itself, else the first error, fatal by strictness. */
function refused(file: string, findings: readonly Diagnostic[], cut: Diagnostic | undefined) {
  const culprit = findings.find(({ fatal }) => fatal) ?? cut ??
    findings.find(({ severity }) => severity === "error");
  const reason = culprit === undefined ? "it has errors" : sentenceOf(culprit);
  return {
    ok: false as const,
    problems: findings.filter((finding) => finding !== culprit).map(messageOf),
    refusal: new Refusal(`Cannot run configuration "${file}": ${reason}`, EXIT.configuration),
  };
}

function byGravity(left: Diagnostic, right: Diagnostic): number {
  return GRAVITY.indexOf(left.severity) - GRAVITY.indexOf(right.severity);
}

function messageOf(finding: Diagnostic): Message {
  const { severity, code, file, line, column } = finding;
  return {
    level: LEVEL[severity],
    code: `configuration.${code}`,
    text: sentenceOf(finding),
    fields: { file, line, column },
  };
}

/** A finding in one line: `ha.conf:14:14: Cannot use …; did you mean "label"?; in force: …`. */
function sentenceOf({ file, line, column, message, inForce, allowed, suggestion }: Diagnostic): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const helps = [
    suggestion === null ? [] : [`did you mean "${suggestion}"?`],
    allowed === null || message.includes(allowed) ? [] : [`allowed: ${allowed}`],
    inForce === null ? [] : [`in force: ${inForce}`],
  ].flat();
  return [`${place}: ${message}`, ...helps].join("; ");
}

/** What was said about a configuration, whether it can be run or not. */
export function problemsOf(result: LoadResult): readonly Message[] {
  return result.ok ? result.configuration.problems : result.problems;
}
