/** Parameters: `$NAME=VALUE`, their many-lined form, and the built-in ones. */

/** The value of a parameter: one line, or the lines of a macro. */
export interface Definition {
  readonly lines: readonly string[];
  /** Whether it was written over several lines; such a one is only replaced at the end of a line. */
  readonly macro: boolean;
}

const DEFINITION = /^\$([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s;

/** The name and value of a line that defines a parameter, or null. */
export function parseDefinition(text: string): { name: string; value: string } | null {
  if (text.charCodeAt(0) !== 0x24) return null;
  const match = DEFINITION.exec(text);
  return match === null ? null : { name: match[1]!, value: match[2]!.trim() };
}

/** A reference to a parameter within a text. */
export interface Reference {
  readonly start: number;
  /** Behind its last character. */
  readonly end: number;
  /** `NAME`, or the words within `${…}`. */
  readonly name: string;
  /** Written as `${…}`. */
  readonly braced: boolean;
}

const BRACED = /\$\{([^{}"]*)\}/y;
const BARE = /\$([A-Za-z_][A-Za-z0-9_]*)/y;

/**
 * The next reference at or behind an index, defined or not.
 *
 * The bare form counts only where a blank, `,`, `)` or the end follows, so `$VIP/24` is none.
 *
 * @param follow what stands behind the whole text, empty for the end of the line
 */
export function nextReference(text: string, from: number, follow: string): Reference | null {
  for (let start = text.indexOf("$", from); start >= 0; start = text.indexOf("$", start + 1)) {
    const reference = referenceAt(text, start, follow);
    if (reference !== null) return reference;
  }
  return null;
}

function referenceAt(text: string, start: number, follow: string): Reference | null {
  BRACED.lastIndex = start;
  const braced = BRACED.exec(text);
  if (braced !== null) return { start, end: BRACED.lastIndex, name: braced[1]!.trim(), braced: true };
  BARE.lastIndex = start;
  const bare = BARE.exec(text);
  if (bare === null) return null;
  const end = BARE.lastIndex;
  const next = end < text.length ? text[end]! : follow;
  return /^(?:[\s,)]|$)/.test(next) ? { start, end, name: bare[1]!, braced: false } : null;
}

/** What the built-in parameters are made of. */
export interface BuiltIns {
  readonly directory: string;
  readonly configId: string;
  readonly environment: (name: string) => string | undefined;
  readonly random: (min: number, max: number) => number;
}

/** The value of `_PWD`, `_INSTANCE`, `_HASH`, `_BANG`, `_ENV NAME` or `_RANDOM [MIN [MAX]]`; null for any other name. */
export function builtIn(name: string, from: BuiltIns): string | null {
  const words = name.split(/\s+/);
  switch (words[0]) {
    case "_PWD":
      return from.directory;
    case "_INSTANCE":
      return from.configId;
    case "_HASH":
      return "#";
    case "_BANG":
      return "!";
    case "_ENV":
      return words.length === 2 ? from.environment(words[1]!) ?? null : null;
    case "_RANDOM":
      return randomText(words, from);
    default:
      return null;
  }
}

function randomText(words: readonly string[], from: BuiltIns): string | null {
  if (words.length > 3 || words.slice(1).some((word) => !/^[0-9]{1,9}$/.test(word))) return null;
  const min = Number(words[1] ?? 0);
  const max = Number(words[2] ?? 32767);
  return min > max ? null : String(from.random(min, max));
}
