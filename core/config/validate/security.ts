/** Script files: whether they are there, can be run, and can be trusted. */
import type { ExitCode, Finding } from "../diagnostic.ts";
import type { Command, ScriptUser } from "../model.ts";
import type { ScriptFile } from "../source.ts";
import type { Word } from "../text.ts";
import { type Context, error, warning } from "./context.ts";
import type { CommandDraft, NotifyDraft } from "./drafts.ts";

const NOTIFY_WORDS = [
  "master",
  "backup",
  "fault",
  "stop",
  "deleted",
  "masterRxLowerPriority",
  "any",
] as const satisfies readonly (keyof NotifyDraft)[];

/** The first script of instances and groups, of virtual servers and of the daemon's own life that is going to be run. */
export interface RunScripts {
  readonly vrrp: CommandDraft | null;
  readonly checker: CommandDraft | null;
  readonly life: CommandDraft | null;
}

/** Looks at the file of every script; scripts that cannot run are taken out, so that nothing waits for them. */
export function checkScripts(context: Context): RunScripts {
  const tracked = checkTrackScripts(context);
  const notified = checkNotifyScripts(context);
  const checked = checkServerScripts(context);
  dropLostTrackers(context);
  const { global } = context;
  const reader = checkOwned(context, global, "notifyFifoScript", "notify_fifo_script");
  const vrrpReader = checkOwned(context, global, "vrrpNotifyFifoScript", "vrrp_notify_fifo_script");
  const checkerReader = checkOwned(context, global, "lvsNotifyFifoScript", "lvs_notify_fifo_script");
  const startup = checkOwned(context, global, "startupScript", "startup_script");
  const shutdown = checkOwned(context, global, "shutdownScript", "shutdown_script");
  return {
    vrrp: tracked ?? notified ?? reader ?? vrrpReader,
    checker: checked ?? reader ?? checkerReader,
    life: startup ?? shutdown,
  };
}

function checkTrackScripts(context: Context): CommandDraft | null {
  let first: CommandDraft | null = null;
  for (const script of context.scripts.values()) {
    const draft = script.command!;
    const usable = checkCommand(context, draft, script.user, {
      name: `vrrp_script ${script.name}`,
      lost: { inForce: "the script is disabled", exit: 5 },
    });
    // `</dev/tcp/…` runs no file of its own that anybody could have changed.
    if (usable) first ??= draft.command.text.startsWith("<") ? null : draft;
    else context.scripts.delete(script.name);
  }
  return first;
}

function checkNotifyScripts(context: Context): CommandDraft | null {
  let first: CommandDraft | null = null;
  for (const owner of [...context.groups.values(), ...context.instances.values()]) {
    for (const word of NOTIFY_WORDS) {
      if (owner[word] === null) continue;
      const draft = checkOwned(context, owner, word, `notify script of ${owner.name}`);
      if (draft !== null) first ??= draft;
      else if (context.global.scriptSecurity) owner[word] = null;
    }
  }
  return first;
}

/** The script that an owner has under a key, if it can be run; it is taken away where nobody may run it. */
function checkOwned<K extends string>(
  context: Context,
  owner: Record<K, CommandDraft | null>,
  key: K,
  name: string,
): CommandDraft | null {
  const draft = owner[key];
  if (draft === null) return null;
  if (draft.command.user === null && !hasDefaultUser(context, draft.at, name)) {
    owner[key] = null;
    return null;
  }
  return checkCommand(context, draft, null, { name }) ? draft : null;
}

/**
 * Takes out the scripts of virtual servers that must not run; gives the first one that is going to be run.
 *
 * As keepalived has it, a check whose program cannot be found is left out as well: its server counts as alive, but for
 * `alpha`, where it waits for ever for the check. Other scripts that are missing fail when there is something to tell.
 */
function checkServerScripts(context: Context): CommandDraft | null {
  let first: CommandDraft | null = null;
  const runs = (draft: CommandDraft, user: ScriptUser | null, use: ScriptUse): Runs => {
    const named = user ?? draft.command.user;
    if (named === null && !hasDefaultUser(context, draft.at, use.name)) return "never";
    const usable = checkCommand(context, draft, user, use);
    if (!usable && context.global.scriptSecurity) return "never";
    // A program that is there counts as one that is run, executable or not.
    if (usable || lookUp(context, draft.command, named)?.found === true) first ??= draft;
    return usable ? "yes" : "in vain";
  };
  const told = (draft: CommandDraft | null) =>
    draft === null || runs(draft, null, SERVER_SCRIPT) === "never" ? null : draft;
  for (const server of context.virtualServers) {
    server.quorumUp = told(server.quorumUp);
    server.quorumDown = told(server.quorumDown);
    for (const real of server.realServers) {
      real.notifyUp = told(real.notifyUp);
      real.notifyDown = told(real.notifyDown);
      if (real.checkers.every(({ kind }) => kind !== "misc")) continue;
      real.checkers = real.checkers.filter((checker) => {
        if (checker.kind !== "misc") return true;
        const waits = checker.alpha ?? real.alpha ?? server.alpha ?? false;
        const does = runs(checker.command!, checker.user, waits ? WAITING_CHECK : CHECK_SCRIPT);
        if (does === "never" && waits) checker.command = inert(checker.command!);
        return does === "yes" || waits;
      });
    }
  }
  return first;
}

/** A check that must not run and that a server waits for. */
function inert({ command, at }: CommandDraft): CommandDraft {
  return { command: { ...command, argv: ["/bin/false"] }, at };
}

/** Whether a script may run, and does anything then. */
type Runs = "yes" | "in vain" | "never";

/** What a script is for. */
interface ScriptUse {
  /** `notify script of VI_1`, for findings. */
  readonly name: string;
  /** What becomes of it where its file is missing, beside failing each time. */
  readonly lost?: Partial<Finding>;
  /** One that is not executable is as good as missing. */
  readonly mustRun?: boolean;
}

const SERVER_SCRIPT: ScriptUse = { name: "script of a virtual_server" };
const CHECK_SCRIPT: ScriptUse = {
  name: "script of a MISC_CHECK",
  lost: { inForce: "the check is left out, and its server counts as alive" },
  mustRun: true,
};
const WAITING_CHECK: ScriptUse = {
  name: "script of a MISC_CHECK with alpha",
  lost: { inForce: "the check fails, and its server stays out" },
  mustRun: true,
};

/**
 * Without `enable_script_security` any script at all is a finding of its own, once.
 *
 * keepalived comes to it where there are instances at all, and no interface is missing.
 */
export function reportSecurity(context: Context, { vrrp, checker, life }: RunScripts): void {
  const first = vrrp ?? checker ?? life;
  if (first === null || context.global.scriptSecurity) return;
  const vrrpRuns = context.instances.size > 0 && !context.report.hasFatal("missing-interface");
  const checkersRun = context.virtualServers.length > 0;
  const reached = life !== null || (vrrp !== null && vrrpRuns) || (checker !== null && checkersRun);
  warning(context, first.at, "script-security", "Scripts are run, but enable_script_security is not set", {
    allowed: "enable_script_security and script_user USER in global_defs",
    inForce: "scripts run whoever may change them",
    exit: reached ? 6 : 0,
  });
}

/**
 * Whether a script without a user of its own can run at all; reports where not.
 *
 * Under `enable_script_security` somebody must be named: `script_user`, or the account `keepalived_script`.
 */
export function hasDefaultUser(context: Context, at: Word, what: string): boolean {
  const { global, facts } = context;
  if (global.scriptUser !== null) return true;
  if (!global.badScriptUser && (!global.scriptSecurity || facts.userExists("keepalived_script") !== false)) {
    return true;
  }
  const reason = global.badScriptUser
    ? "the script_user does not exist"
    : "enable_script_security wants a script_user, or an account keepalived_script";
  error(context, at, "no-script-user", `Cannot run ${what}: ${reason}; it is removed`, {
    allowed: "script_user USER in global_defs, or a user for each script",
  });
  return false;
}

/** Whether a command can be run; a file that is not found or not trusted is reported. */
function checkCommand(
  context: Context,
  draft: CommandDraft,
  user: ScriptUser | null,
  { name: what, lost, mustRun = false }: ScriptUse,
): boolean {
  const runsAs = draft.command.user ?? user ?? context.global.scriptUser;
  const file = lookUp(context, draft.command, runsAs);
  if (file === null) return true;
  const name = draft.command.argv[0]!;
  if (!file.found) {
    const message = `Cannot run ${what}: "${name}": ${file.reason}`;
    warning(context, draft.at, "script-missing", message, { exit: 0, ...lost });
    return false;
  }
  if (!file.executable) {
    const message = `Cannot run ${what}: "${file.path}" is not executable for user ${runsAs?.user ?? "root"}`;
    warning(context, draft.at, "script-not-executable", message, { exit: 0, ...(mustRun ? lost : {}) });
    if (mustRun) return false;
  }
  return isTrusted(context, draft, file, runsAs, { name: what, exit: lost?.exit ?? 0 });
}

function isTrusted(
  context: Context,
  draft: CommandDraft,
  file: ScriptFile & { found: true },
  runsAs: ScriptUser | null,
  { name: what, exit }: { readonly name: string; readonly exit: ExitCode },
): boolean {
  if (file.insecure === null || context.facts.userIsRoot(runsAs?.user ?? null) === false) return true;
  const reason = `than root can change "${file.insecure}", and ${what} runs as root`;
  if (!context.global.scriptSecurity) {
    warning(context, draft.at, "script-insecure", `Others ${reason}`, { exit: 6 });
    return true;
  }
  // keepalived leaves it out, and counts it as a violation no more.
  error(context, draft.at, "script-insecure", `Cannot run ${what}: others ${reason}`, {
    inForce: "the script is disabled",
    exit,
  });
  return false;
}

function lookUp(context: Context, command: Command, runsAs: ScriptUser | null): ScriptFile | null {
  return context.facts.script({
    file: command.argv[0]!,
    user: runsAs?.user ?? null,
    group: runsAs?.group ?? null,
    keepLinks: context.global.kept["use_symlink_paths"] === true,
  });
}

/** Trackers whose script is gone go too, as keepalived has it: the instance does not wait for them. */
function dropLostTrackers(context: Context): void {
  for (const owner of [...context.groups.values(), ...context.instances.values()]) {
    owner.trackScripts = owner.trackScripts.filter((track) => context.scripts.has(track.reference.name));
  }
}
