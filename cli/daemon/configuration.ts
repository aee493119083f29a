/**
 * The configuration of a running daemon: where it came from, what it is, what was said about it.
 */
import { type Diagnostic, loadConfig, type Severity } from "../../core/config/config.ts";
import type { Model } from "../../core/config/model.ts";
import type { Message } from "../../core/engine/message.ts";
import { fileSource, hostFacts } from "../config_source.ts";
import { EXIT, Refusal } from "../exit_codes.ts";

/** Where the configuration is looked for when none is named: our own place, then keepalived's. */
export const DEFAULT_FILES = ["/etc/ha/ha.conf", "/etc/keepalived/keepalived.conf"] as const;

/** A configuration that can be run. */
export interface Configuration {
  readonly file: string;
  readonly model: Model;
  /** ms since the Unix epoch */
  readonly loadedAt: number;
  /** What was said about it, worst first. */
  readonly problems: readonly Message[];
}

/** What a load came to. */
export type LoadResult =
  | { readonly ok: true; readonly configuration: Configuration }
  | { readonly ok: false; readonly problems: readonly Message[]; readonly refusal: Refusal };

/** The file to load: the one that is named, else the first default that is there. */
export function findConfiguration(named: string | null): string {
  if (named !== null) return named;
  const found = DEFAULT_FILES.find(isFile);
  if (found !== undefined) return found;
  throw new Refusal(
    `Unable to find configuration file ${DEFAULT_FILES.join(" or ")}`,
    EXIT.noConfiguration,
  );
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** Loads a configuration file with all that it includes and says what it is worth. */
export function loadConfiguration(file: string, options: { readonly strict: boolean }): LoadResult {
  const { model, diagnostics, fatal } = loadConfig(file, fileSource(), hostFacts(), options);
  const problems = diagnostics.map(messageOf);
  if (!fatal) return { ok: true, configuration: { file, model, loadedAt: Date.now(), problems } };
  const culprit = diagnostics.find((finding) => finding.fatal) ??
    diagnostics.find(({ severity }) => severity === "error");
  const reason = culprit === undefined ? "it has errors" : sentenceOf(culprit);
  const missing = culprit !== undefined && culprit.line === 0;
  const code = missing ? EXIT.noConfiguration : EXIT.configuration;
  return { ok: false, problems, refusal: new Refusal(`Cannot run ${file}: ${reason}`, code) };
}

const LEVELS: Readonly<Record<Severity, Message["level"]>> = {
  error: "error",
  warning: "warning",
  note: "info",
  info: "detail",
};

function messageOf(finding: Diagnostic): Message {
  const { file, line, column, code } = finding;
  return {
    level: LEVELS[finding.severity],
    code: `config.${code}`,
    text: sentenceOf(finding),
    fields: { file, line, column },
  };
}

/** `ha.conf:14:14: Cannot use …; did you mean "label"? (in force: …)` in one line. */
function sentenceOf({ file, line, column, message, suggestion, inForce }: Diagnostic): string {
  const place = line === 0 ? file : `${file}:${line}:${column}`;
  const meant = suggestion === null ? "" : `; did you mean "${suggestion}"?`;
  const value = inForce === null ? "" : ` (in force: ${inForce})`;
  return `${place}: ${message}${meant}${value}`;
}
