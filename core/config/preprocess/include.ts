/** `include` and its variants: which files a line names, and which absences are errors. */
import { append } from "../append.ts";
import type { ConfigSource } from "../source.ts";
import { directoryOf, expandBraces, hasWildcard, joinPath } from "./path.ts";

/** What must hold of an `include`; `include_check` sets it for a file and those that it includes. */
export interface IncludeChecks {
  /** A file that is there must be readable. */
  readonly readable: boolean;
  /** A name without wildcards must exist. */
  readonly match: boolean;
  /** A wildcard must match something. */
  readonly wildcardMatch: boolean;
  /** Each alternative of `{a,b}` must exist. */
  readonly braceMatch: boolean;
}

/** Plain `include` without `include_check`. */
export const NO_CHECKS: IncludeChecks = {
  readable: false,
  match: false,
  wildcardMatch: false,
  braceMatch: false,
};

const ALL_CHECKS: IncludeChecks = { readable: true, match: true, wildcardMatch: true, braceMatch: true };

const VARIANTS: Readonly<Record<string, Partial<IncludeChecks>>> = {
  include: {},
  includer: { readable: true },
  includem: { readable: true, match: true },
  includew: { readable: true, wildcardMatch: true },
  includeb: { readable: true, braceMatch: true },
  includea: ALL_CHECKS,
};

/** A line that starts with one of the include words. */
export interface IncludeLine {
  readonly variant: string;
  /** What stands behind the word, quotes removed; empty where nothing does. */
  readonly pattern: string;
  /** Index of the pattern within the line. */
  readonly start: number;
}

/** The include of a trimmed line, or null. */
export function parseInclude(text: string): IncludeLine | null {
  if (!text.startsWith("include")) return null;
  const match = /^(include[rmwba]?)(?:\s+(.*))?$/s.exec(text);
  if (match === null) return null;
  const written = match[2] ?? "";
  const quoted = /^"([^"]*)"$/.exec(written);
  return { variant: match[1]!, pattern: quoted?.[1] ?? written, start: text.length - written.length };
}

/** The checks that hold for one line: those of the file and those of the word. */
export function checksOf(variant: string, inherited: IncludeChecks): IncludeChecks {
  return { ...inherited, ...VARIANTS[variant] };
}

const OPTION_NAMES: Readonly<Record<string, keyof IncludeChecks>> = {
  readable: "readable",
  match: "match",
  wildcard_match: "wildcardMatch",
  brace_match: "braceMatch",
};

/** The options that `include_check` takes. */
export const INCLUDE_CHECK_OPTIONS: readonly string[] = Object.keys(OPTION_NAMES);

/** The checks after an `include_check` line; unknown options are left to the validator. */
export function applyIncludeCheck(options: readonly string[], current: IncludeChecks): IncludeChecks {
  if (options.length === 0) return ALL_CHECKS;
  const relative = options.every((option) => /^[+-]/.test(option));
  const next = { ...(relative ? current : NO_CHECKS) };
  for (const option of options) {
    const name = OPTION_NAMES[option.replace(/^[+-]/, "")];
    if (name === undefined) continue;
    next[name] = !option.startsWith("-");
    if (next[name] && name !== "readable") next.readable = true;
  }
  return next;
}

/** What a pattern names. */
export interface Matches {
  /** In the order they are read; a name without wildcards may still turn out to be missing. */
  readonly files: readonly string[];
  /** The alternatives that name nothing. */
  readonly unmatched: readonly { readonly pattern: string; readonly required: boolean }[];
}

/**
 * The files of a pattern, and which of its absences are errors, as keepalived's glob has it: an alternative without
 * wildcards concerns `brace_match` alone, and a pattern that names nothing at all `wildcard_match`.
 */
export function matchFiles(
  source: ConfigSource,
  directory: string,
  pattern: string,
  checks: IncludeChecks,
): Matches {
  const alternatives = expandBraces(pattern);
  const braces = alternatives.length > 1;
  const files: string[] = [];
  const missing: { pattern: string; wildcard: boolean }[] = [];
  for (const alternative of alternatives) {
    const path = joinPath(directory, alternative);
    const wildcard = hasWildcard(alternative);
    const found = wildcard || braces ? source.glob(path) : [path];
    if (found.length === 0) missing.push({ pattern: alternative, wildcard });
    append(files, found);
  }
  const nothing = files.length === 0 && missing.every(({ wildcard }) => wildcard);
  const unmatched = missing.map(({ pattern, wildcard }) => ({
    pattern,
    required: wildcard ? nothing && checks.wildcardMatch : checks.braceMatch,
  }));
  return { files, unmatched };
}

/** Whether two paths name one file, however its directory is written. */
export function sameFile(source: ConfigSource, left: string, right: string): boolean {
  if (left === right) return true;
  if (left.slice(left.lastIndexOf("/") + 1) !== right.slice(right.lastIndexOf("/") + 1)) return false;
  return source.absolute !== undefined &&
    source.absolute(directoryOf(left)) === source.absolute(directoryOf(right));
}
