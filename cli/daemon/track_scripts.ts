/**
 * Runs track scripts when the engine asks for it and tells it how they ended.
 */
import type { ScriptUser } from "../../core/config/model.ts";
import type { ScriptOutcome } from "../../core/engine/event.ts";
import { type ProcessGroups, runCommand } from "./child_process.ts";
import { credentialsFor } from "./script_user.ts";
import type { MainEffect } from "./thread_messages.ts";

/** A `script.run` effect. */
export type ScriptRun = Extract<MainEffect, { kind: "script.run" }>;

/** What a run of a script needs of the daemon. */
export interface ScriptHost {
  /** `script_user` of the configuration that is running now. */
  readonly scriptUser: () => ScriptUser | null;
  readonly groups: ProcessGroups;
}

/** Runs a track script once; never throws. */
export async function runTrackScript(run: ScriptRun, host: ScriptHost): Promise<ScriptOutcome> {
  const found = credentialsFor(run.command.user, host.scriptUser());
  if (!found.ok) return { kind: "not_run", reason: found.reason };
  return await runCommand(run.command, {
    timeout: run.timeout,
    credentials: found.credentials,
    groups: host.groups,
  });
}
