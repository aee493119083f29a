/**
 * The files around a reload: the marker that exists while the configuration is read (`reload_file`), and the findings
 * of a refused one (`reload_check_config`).
 */
import type { DaemonSettings } from "../../core/config/daemon_model.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import type { LoadResult } from "./configuration.ts";

/** Does something while the marker exists; `usual` is its path where the configuration names none. */
export function whileMarked<T>({ kept }: Pick<DaemonSettings, "kept">, usual: string, work: () => T): T {
  const named = kept["reload_file"];
  if (typeof named !== "string") return work();
  const path = named === "" ? usual : named;
  // Truncated: whoever made it with content sees that we have begun.
  attempt(() => Deno.writeTextFileSync(path, ""));
  try {
    return work();
  } finally {
    attempt(() => Deno.removeSync(path));
  }
}

/**
 * A load as `reload_check_config` has it: with any finding for which `keepalived -t` ends with another code than 0, the
 * old configuration stays. The findings go to the file; null checks nothing.
 */
export function checked(result: LoadResult, log: string | null): LoadResult {
  if (log === null || (result.ok && result.configuration.checkExit === 0)) return result;
  const problems = result.ok ? result.configuration.problems : result.problems;
  const lines = [...(result.ok ? [] : [result.refusal.message]), ...problems.map(({ text }) => text)];
  attempt(() => Deno.writeTextFileSync(log, lines.map((line) => `${line}\n`).join(""), { mode: 0o600 }));
  if (!result.ok) return result;
  const refusal = new Refusal(
    `New config failed validation, see ${log} for details`,
    EXIT.configuration,
  );
  return { ok: false, problems, refusal, networkNamespace: result.networkNamespace };
}

/** A file that cannot be written keeps no reload from happening. */
function attempt(action: () => void): void {
  try {
    action();
  } catch {
    // The directory is gone or full: what was to be told is in the log as well.
  }
}
