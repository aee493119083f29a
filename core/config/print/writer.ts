/** Lines of a configuration: indentation, and words that read back as what they are. */
import { isExoticBlank } from "../text.ts";

/** Collects lines. */
export class Writer {
  readonly #lines: string[] = [];
  #depth = 0;

  /** A line of words, and lists of words, that are already in their written form. */
  line(...words: readonly (string | readonly string[])[]): void {
    this.#lines.push("    ".repeat(this.#depth) + words.flat().join(" "));
  }

  /** A block; one that stays empty is not written unless it must be. */
  block(head: readonly string[], fill: () => void, evenEmpty = true): void {
    const start = this.#lines.length;
    this.line(head, "{");
    this.#depth++;
    fill();
    this.#depth--;
    if (!evenEmpty && this.#lines.length === start + 1) this.#lines.pop();
    else this.line("}");
  }

  /** An empty line between blocks. */
  gap(): void {
    if (this.#lines.length > 0 && this.#lines[this.#lines.length - 1] !== "") this.#lines.push("");
  }

  /** Everything written so far. */
  get text(): string {
    return this.#lines.join("\n").replace(/\n*$/, "\n");
  }
}

/** A word of the ordinary rules, in quotes where it needs them. Such a word holds no double quote. */
export function word(text: string): string {
  return isPlain(text) ? text : `"${text}"`;
}

/** A word of the richer rules, in quotes where it needs them. */
export function richWord(text: string): string {
  return isPlain(text) ? text : quoted(text);
}

function isPlain(text: string): boolean {
  return /^[A-Za-z0-9_.:/+%-]+$/.test(text) && !text.startsWith("include");
}

/** A word of the richer rules, which commands, paths, patterns and mail addresses follow. */
export function quoted(text: string): string {
  let result = "";
  for (const char of text) result += escaped(char);
  return `"${result}"`;
}

/**
 * Characters that mean something to the preprocessor or the lexer, even within quotes, are written as octal numbers.
 */
function escaped(char: string): string {
  const point = char.codePointAt(0)!;
  if (char === "\\") return "\\\\";
  if (char === '"' || char === "$" || point < 0x20 || point === 0x7f) return octal(point);
  return isExoticBlank(point) && point <= 0xff ? octal(point) : char;
}

function octal(point: number): string {
  return `\\${point.toString(8).padStart(3, "0")}`;
}
