/** The richer word rules of commands, regular expressions and mail addresses: both quotes, escapes, joined pieces. */
import { isBlank, type Piece, type Word, wordAt } from "./text.ts";

const BACKSLASH = 0x5c;
const SINGLE = 0x27;
const DOUBLE = 0x22;

/** Reads the words of a piece by the richer rules; a quote that is never closed ends with the piece. */
export function quotedWords(piece: Piece): Word[] {
  const words: Word[] = [];
  const unit = (i: number) => piece.text.charCodeAt(i);
  let i = 0;
  while (i < piece.text.length) {
    if (isBlank(unit(i))) i++;
    else {
      const { text, end } = quotedWord(piece.text, i);
      words.push(wordAt(piece, i, end, text));
      i = end;
    }
  }
  return words;
}

/** The arguments of a command: the same rules, without positions. */
export function splitCommand(command: string): string[] {
  const line = { file: "", number: 0, text: command, order: 0 };
  return quotedWords({ text: command, line, offset: 0, columns: null }).map((word) => word.text);
}

function quotedWord(text: string, start: number): { text: string; end: number } {
  let result = "";
  let quote = 0;
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
    else if (quote === 0 && (unit === SINGLE || unit === DOUBLE)) quote = unit;
    else if (quote === 0 && isBlank(unit)) break;
    else result += text[i];
    i++;
  }
  return { text: result, end: i };
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
  const hex = char === "x" ? /^[0-9a-fA-F]{1,2}/.exec(text.slice(start + 1, start + 3)) : null;
  if (hex !== null) {
    return { text: String.fromCharCode(Number(`0x${hex[0]}`)), end: start + 1 + hex[0].length };
  }
  if (char === "c" && start + 1 < text.length) {
    return { text: String.fromCharCode(text.charCodeAt(start + 1) & 0x1f), end: start + 2 };
  }
  return { text: char, end: start + 1 };
}
