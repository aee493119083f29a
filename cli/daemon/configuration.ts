/**
 * The configuration of a running daemon: where it came from, what it is, what was said about it.
 */
import type { Model } from "../../core/config/model.ts";
import type { Message } from "../../core/engine/message.ts";
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

/** Loads a configuration file. Until the language is there, a model as JSON. */
export function loadConfiguration(file: string, _options: { readonly strict: boolean }): LoadResult {
  try {
    const model = JSON.parse(Deno.readTextFileSync(file)) as Model;
    return { ok: true, configuration: { file, model, loadedAt: Date.now(), problems: [] } };
  } catch (error) {
    return { ok: false, problems: [], refusal: new Refusal(String(error), EXIT.noConfiguration) };
  }
}
