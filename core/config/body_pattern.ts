/**
 * The `regex` of an HTTP check: written for PCRE2, run by the engine of JavaScript.
 *
 * The two agree on nearly everything that people write in a health check. What differs in spelling is translated;
 * what JavaScript cannot do (recursion, possessive quantifiers, `\G`, conditionals) is refused when it is compiled.
 */
import type { BodyPattern } from "./virtual_server_model.ts";

/** Options of PCRE2 that are a flag of JavaScript. */
const FLAGS: Readonly<Record<string, string>> = {
  caseless: "i",
  multiline: "m",
  dotall: "s",
  utf: "u",
  ucp: "u",
};

/** Options that change nothing here: they tune PCRE2, or forbid what we do not have. */
const WITHOUT_EFFECT = new Set([
  "auto_callout",
  "never_ucp",
  "never_utf",
  "no_auto_possess",
  "no_dotstar_anchor",
  "no_start_optimize",
  "never_backslash_c",
  "use_offset_limit",
  "allow_empty_class",
  "alt_bsux",
  "match_unset_backref",
  "alt_verbnames",
  "dupnames",
]);

const POSIX_CLASSES: Readonly<Record<string, string>> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  blank: " \\t",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
  word: "\\w",
};

const LEADING_OPTIONS = /^\(\?([imsx]+)\)/;
const INLINE_NAMES: Readonly<Record<string, string>> = {
  i: "caseless",
  m: "multiline",
  s: "dotall",
  x: "extended",
};

/** A pattern that can be run, or why it cannot. */
export type CompiledPattern =
  | { readonly ok: true; readonly regex: RegExp; readonly utf: boolean }
  | { readonly ok: false; readonly reason: string };

/** Compiles a pattern with its options. */
export function compilePattern({ pattern, options }: BodyPattern): CompiledPattern {
  const inline = LEADING_OPTIONS.exec(pattern);
  const all = new Set([...options, ...[...inline?.[1] ?? ""].map((letter) => INLINE_NAMES[letter]!)]);
  let source = translate(pattern.slice(inline?.[0].length ?? 0));
  if (all.has("extended")) source = withoutBlanks(source);
  const flags = new Set(["g"]);
  for (const option of all) {
    const flag = FLAGS[option];
    if (flag !== undefined) flags.add(flag);
    else if (option !== "extended" && !WITHOUT_EFFECT.has(option)) {
      return { ok: false, reason: `the option ${option} is not supported` };
    }
  }
  try {
    return { ok: true, regex: new RegExp(source, [...flags].join("")), utf: flags.has("u") };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : "invalid" };
  }
}

/** Whether a match starts within the offsets; `text` begins at `minOffset` of the body. */
export function matches(regex: RegExp, text: string, { minOffset, maxOffset }: BodyPattern): boolean {
  regex.lastIndex = 0;
  const match = regex.exec(text);
  return match !== null && (maxOffset === null || match.index + minOffset <= maxOffset);
}

/** PCRE2's spellings of what JavaScript has too. */
function translate(pattern: string): string {
  return pattern
    .replaceAll(/\[:(\^?)([a-z]+):\]/g, (whole, not, name) => not ? whole : POSIX_CLASSES[name] ?? whole)
    .replaceAll(/\\(.)/gs, (whole, letter) => ESCAPES[letter] ?? whole)
    .replaceAll("(?P<", "(?<")
    .replaceAll(/\(\?P=(\w+)\)/g, "\\k<$1>");
}

const ESCAPES: Readonly<Record<string, string>> = {
  A: "(?<![^])",
  z: "(?![^])",
  Z: "(?=\\n?(?![^]))",
  h: "[ \\t]",
  R: "(?:\\r\\n|\\n|\\r)",
  e: "\\x1b",
  a: "\\x07",
};

/** The `extended` option: blanks and comments outside classes are for the eye. */
function withoutBlanks(source: string): string {
  return source.replaceAll(
    /\\.|\[(?:\\.|[^\]\\])*\]|\s+|#[^\n]*/gs,
    (piece) => /^[\s#]/.test(piece) ? "" : piece,
  );
}
