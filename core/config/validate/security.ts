/** Script files: whether they are there, can be run, and can be trusted. */
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
  const checked = checkCheckerScripts(context);
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
    const usable = checkCommand(context, draft, script.user, `vrrp_script ${script.name}`);
    // `</dev/tcp/…` runs no file of its own that anybody could have changed.
    if (usable) first ??= draft.command.text.startsWith("<") ? null : draft;
    else context.scripts.delete(script.name);
  }
  return first;
}

function checkNotifyScripts(context: Context): CommandDraft | null {
  let first: CommandDraft | null = null;
  for (const owner of [...context.groups.values(), ...context.instances.values()]) {
    const what = `notify script of ${owner.name}`;
    for (const word of NOTIFY_WORDS) {
      const draft = checkOwned(context, owner, word, what);
      if (draft !== null) first ??= draft;
      else if (context.global.scriptSecurity) owner[word] = null;
    }
  }
  return first;
}

/** The scripts of virtual servers; one whose file is missing is run (and fails) all the same. */
function checkCheckerScripts(context: Context): CommandDraft | null {
  const what = "script of a virtual_server";
  const found: (CommandDraft | null)[] = [];
  for (const server of context.virtualServers) {
    found.push(
      checkOwned(context, server, "quorumUp", what),
      checkOwned(context, server, "quorumDown", what),
    );
    for (const real of server.realServers) {
      found.push(checkOwned(context, real, "notifyUp", what), checkOwned(context, real, "notifyDown", what));
      for (const checker of real.checkers) {
        if (checker.kind === "misc") found.push(checkOwned(context, checker, "command", what, checker.user));
      }
      real.checkers = real.checkers.filter((checker) => checker.kind !== "misc" || checker.command !== null);
    }
  }
  return found.find((draft) => draft !== null) ?? null;
}

/** The script that an owner has under a key, if it can be run; it is taken away where nobody may run it. */
function checkOwned<K extends string>(
  context: Context,
  owner: Record<K, CommandDraft | null>,
  key: K,
  what: string,
  user: ScriptUser | null = null,
): CommandDraft | null {
  const draft = owner[key];
  if (draft === null) return null;
  if (draft.command.user === null && user === null && !hasDefaultUser(context, draft.at, what)) {
    owner[key] = null;
    return null;
  }
  return checkCommand(context, draft, user, what) ? draft : null;
}

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
  what: string,
): boolean {
  const runsAs = draft.command.user ?? user ?? context.global.scriptUser;
  const file = lookUp(context, draft.command, runsAs);
  if (file === null) return true;
  const name = draft.command.argv[0]!;
  if (!file.found) {
    const tracked = what.startsWith("vrrp_script");
    warning(context, draft.at, "script-missing", `Cannot run ${what}: "${name}": ${file.reason}`, {
      inForce: tracked ? "the script is disabled" : null,
      exit: tracked ? 5 : 0,
    });
    return false;
  }
  if (!file.executable) {
    const message = `Cannot run ${what}: "${file.path}" is not executable for user ${runsAs?.user ?? "root"}`;
    warning(context, draft.at, "script-not-executable", message, { exit: 0 });
  }
  return isTrusted(context, draft, file, runsAs, what);
}

function isTrusted(
  context: Context,
  draft: CommandDraft,
  file: ScriptFile & { found: true },
  runsAs: ScriptUser | null,
  what: string,
): boolean {
  if (file.insecure === null || context.facts.userIsRoot(runsAs?.user ?? null) === false) return true;
  const message = `Others than root can change "${file.insecure}", and ${what} runs as root`;
  if (!context.global.scriptSecurity) {
    warning(context, draft.at, "script-insecure", message, { exit: 6 });
    return true;
  }
  error(context, draft.at, "script-insecure", `Cannot run ${what}: ${message.toLowerCase()}`, {
    inForce: "the script is disabled",
    exit: 6,
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
