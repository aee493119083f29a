/**
 * `startup_script` and `shutdown_script`: once before anything begins, and once after everything has ended.
 */
import type { DaemonSettings } from "../../core/config/daemon_model.ts";
import { type ProcessGroups, runCommand } from "./child_process.ts";
import { type Log, notice } from "./log.ts";
import { describeOutcome } from "./notify_queue.ts";
import { credentialsFor, type DefaultUser } from "./script_user.ts";

/** Runs one of them to its end, at most to its timeout; where none is configured it does nothing. Never rejects. */
export async function runLifeScript(
  what: "startup_script" | "shutdown_script",
  script: DaemonSettings["startupScript"],
  host: { readonly log: Log; readonly scriptUser: DefaultUser; readonly groups: ProcessGroups },
): Promise<void> {
  if (script === null) return;
  const { log, scriptUser, groups } = host;
  const { command, timeout } = script;
  const found = credentialsFor(command.user, scriptUser);
  if (!found.ok) {
    log(notice("error", `daemon.${what}`, `Cannot run ${what} ${command.text}: ${found.reason}`));
    return;
  }
  log(notice("info", `daemon.${what}`, `Running ${what} ${command.text}`));
  const outcome = await runCommand(command, { timeout, credentials: found.credentials, groups });
  if (outcome.kind === "exited" && outcome.status === 0) return;
  log(notice("warning", `daemon.${what}`, `${what} ${command.text} ${describeOutcome(outcome)}`));
}
