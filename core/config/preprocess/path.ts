/** Paths as text: the few operations that `include` needs, for `/` alone. */

/** The directory that a file is in, without a trailing slash: `/etc` of `/etc/ha.conf`, `.` of `ha.conf`. */
export function directoryOf(path: string): string {
  const slash = path.lastIndexOf("/");
  if (slash < 0) return ".";
  return slash === 0 ? "/" : path.slice(0, slash);
}

/** A path relative to a directory, unless it is absolute. */
export function joinPath(directory: string, path: string): string {
  if (path.startsWith("/") || directory === ".") return path;
  return directory.endsWith("/") ? directory + path : `${directory}/${path}`;
}

/** Upper bound for the number of words that one `{a,b}` pattern expands to. */
const MAX_ALTERNATIVES = 1000;

/**
 * The words that a pattern with `{a,b}` stands for, in the shell's order; nested alternatives included.
 *
 * A brace without a comma or partner stays as it is. At most 1000 words come back.
 */
export function expandBraces(pattern: string): string[] {
  const words: string[] = [];
  const pending = [pattern];
  while (pending.length > 0 && words.length < MAX_ALTERNATIVES) {
    const word = pending.pop()!;
    const group = firstGroup(word);
    if (group === null) words.push(word);
    else {
      const { start, end, parts } = group;
      for (const part of parts.toReversed()) pending.push(word.slice(0, start) + part + word.slice(end));
    }
  }
  return words;
}

interface Group {
  readonly start: number;
  readonly end: number;
  readonly parts: readonly string[];
}

/** The first `{…}` that holds a comma of its own. */
function firstGroup(word: string): Group | null {
  for (let start = word.indexOf("{"); start >= 0; start = word.indexOf("{", start + 1)) {
    const group = groupAt(word, start);
    if (group !== null) return group;
  }
  return null;
}

function groupAt(word: string, start: number): Group | null {
  const parts: string[] = [];
  let depth = 0;
  let from = start + 1;
  for (let i = start; i < word.length; i++) {
    if (word[i] === "{") depth++;
    else if (word[i] === "," && depth === 1) {
      parts.push(word.slice(from, i));
      from = i + 1;
    } else if (word[i] === "}" && --depth === 0) {
      if (parts.length === 0) return null;
      parts.push(word.slice(from, i));
      return { start, end: i + 1, parts };
    }
  }
  return null;
}

/** Whether a pattern holds characters that a glob expands. */
export function hasWildcard(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}
