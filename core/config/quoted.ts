/** The richer word rules of commands, regular expressions and mail addresses: both quotes, escapes, joined pieces. */
import { isBlank, type Piece, wholeLine, type Word, wordAt } from "./text.ts";

const BACKSLASH = 0x5c;
const SINGLE = 0x27;
const DOUBLE = 0x22;

/** What a piece holds. */
export interface QuotedLine {
  readonly words: readonly Word[];
  /** The quote that is never closed and ends with the piece, or null. */
  readonly unclosed: Word | null;
}

/** Reads the words of a piece by the richer rules. */
export function quotedLine(piece: Piece): QuotedLine {
  const words: Word[] = [];
  let unclosed: Word | null = null;
  let i = 0;
  while (i < piece.text.length) {
    if (isBlank(piece.text.charCodeAt(i))) i++;
    else {
      const { text, end, open } = quotedWord(piece.text, i);
      words.push(wordAt(piece, i, end, text));
      if (open >= 0) unclosed = wordAt(piece, open, open + 1, piece.text[open]!);
      i = end;
    }
  }
  return { words, unclosed };
}

/** The arguments of a command: the same rules, without positions, and whether all of its quotes are closed. */
export function splitCommand(command: string): { argv: string[]; closed: boolean } {
  const { words, unclosed } = quotedLine(wholeLine({ file: "", number: 0, text: command, order: 0 }));
  return { argv: words.map(({ text }) => text), closed: unclosed === null };
}

/** One word; `open` is the index of its quote that is never closed, or -1. */
function quotedWord(text: string, start: number): { text: string; end: number; open: number } {
  let result = "";
  let quote = 0;
  let open = -1;
  let i = start;
  while (i < text.length) {
    const unit = text.charCodeAt(i);
    if (unit === BACKSLASH && i + 1 < text.length) {
      const escape = readEscape(text, i + 1);
      result += escape.text;
      i = escape.end;
      continue;
    }
    if (quote !== 0 && unit === quote) quote = 0;
    else if (quote === 0 && (unit === SINGLE || unit === DOUBLE)) {
      quote = unit;
      open = i;
    } else if (quote === 0 && isBlank(unit)) break;
    else result += text[i];
    i++;
  }
  // keepalived keeps texts as C does, which a NUL ends.
  return { text: result.split("\0", 1)[0]!, end: i, open: quote === 0 ? -1 : open };
}

const NAMED: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  E: "\x1b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/** The character that an escape stands for; `start` is behind the backslash. */
function readEscape(text: string, start: number): { text: string; end: number } {
  const char = text[start]!;
  const named = Object.hasOwn(NAMED, char) ? NAMED[char] : undefined;
  if (named !== undefined) return { text: named, end: start + 1 };
  const octal = /^[0-7]{1,3}/.exec(text.slice(start, start + 3));
  if (octal !== null) {
    return { text: String.fromCharCode(Number(`0o${octal[0]}`) & 0xff), end: start + octal[0].length };
  }
  const hex = char === "x" ? /^[0-9a-fA-F]+/.exec(text.slice(start + 1)) : null;
  if (hex !== null) {
    // As in C all digits belong to the number, and an octet holds the last two.
    const octet = Number(`0x${hex[0].slice(-2)}`);
    return { text: String.fromCharCode(octet), end: start + 1 + hex[0].length };
  }
  if (char === "c" && start + 1 < text.length) {
    return { text: String.fromCharCode(text.charCodeAt(start + 1) & 0x1f), end: start + 2 };
  }
  return { text: char, end: start + 1 };
}
