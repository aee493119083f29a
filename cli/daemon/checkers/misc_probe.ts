/**
 * A program that decides, for MISC_CHECK.
 */
import { judgeMiscOutcome } from "../../../core/check/misc.ts";
import type { MiscChecker } from "../../../core/config/virtual_server_model.ts";
import { type ProcessGroups, runCommand } from "../child_process.ts";
import { credentialsFor, type DefaultUser } from "../script_user.ts";
import type { Probe, ProbeHost } from "./probe.ts";

/** What programs need of the daemon. */
export interface ProgramHost {
  /** `script_user` of the configuration in force. */
  readonly scriptUser: () => DefaultUser;
  readonly groups: ProcessGroups;
}

/** Runs the program once. Nobody can call it back: one that nobody waits for runs to its end or its timeout. */
export function miscProbe(host: ProbeHost, checker: MiscChecker, { scriptUser, groups }: ProgramHost): Probe {
  const found = credentialsFor(checker.command.user, scriptUser());
  if (!found.ok) host.end({ ok: null, reason: found.reason });
  else {
    runCommand(checker.command, { timeout: checker.timeout, credentials: found.credentials, groups })
      .then((outcome) => host.end(judgeMiscOutcome(checker, outcome)));
  }
  return { ready() {}, expire() {}, dispose() {} };
}
