/** Words and braces of a logical line. */
import type { Finding } from "./diagnostic.ts";
import { isBlank, type Piece, type Word, wordAt } from "./text.ts";

/** Takes what a line consists of, in order. */
export interface TokenSink {
  /** Words that stand in a piece from `start` to `end`. */
  words(words: readonly Word[], piece: Piece, start: number, end: number): void;
  open(brace: Word): void;
  close(brace: Word): void;
  problem(at: Word, finding: Finding): void;
}

const QUOTE = 0x22;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const DOLLAR = 0x24;

/**
 * Splits a line at blanks and braces.
 *
 * `"…"` is one word without its quotes and without escapes, and starts a new word wherever it stands; braces within
 * it, and those of an undefined `${NAME}`, are plain characters.
 */
export function tokenize(piece: Piece, sink: TokenSink): void {
  const text = piece.text;
  let words: Word[] = [];
  let start = -1;
  const flush = (end: number) => {
    if (words.length > 0) sink.words(words, piece, start, end);
    words = [];
    start = -1;
  };
  let i = 0;
  while (i < text.length) {
    const unit = text.charCodeAt(i);
    if (isBlank(unit)) i++;
    else if (unit === OPEN || unit === CLOSE) {
      flush(i);
      const brace = wordAt(piece, i, i + 1, text[i]!);
      if (unit === OPEN) sink.open(brace);
      else sink.close(brace);
      i++;
    } else {
      if (start < 0) start = i;
      const end = unit === QUOTE ? quotedEnd(piece, i, sink) : wordEnd(text, i);
      words.push(wordAt(piece, i, end, unit === QUOTE ? unquote(text, i, end) : text.slice(i, end)));
      i = end;
    }
  }
  flush(text.length);
}

function quotedEnd(piece: Piece, start: number, sink: TokenSink): number {
  const end = piece.text.indexOf('"', start + 1);
  if (end >= 0) return end + 1;
  sink.problem(wordAt(piece, start, start + 1, '"'), {
    severity: "error",
    code: "unterminated-quote",
    message: "The quote is not closed on this line; it is taken to end with the line",
  });
  return piece.text.length;
}

function unquote(text: string, start: number, end: number): string {
  const closed = end - start > 1 && text.charCodeAt(end - 1) === QUOTE;
  return text.slice(start + 1, closed ? end - 1 : end);
}

/** Whether an ASCII unit ends a word or may begin a reference: looked up, since it is asked for every character. */
const STOPS = Uint8Array.from(
  { length: 128 },
  (_, unit) => Number(isBlank(unit) || '{}"$'.includes(String.fromCharCode(unit))),
);

function wordEnd(text: string, start: number): number {
  let i = start;
  while (i < text.length) {
    const unit = text.charCodeAt(i);
    if (unit < 128 ? STOPS[unit] === 0 : !isBlank(unit)) {
      i++;
      continue;
    }
    if (unit !== DOLLAR) break;
    const close = text.charCodeAt(i + 1) === OPEN ? text.indexOf("}", i) : -1;
    const reference = close > 0 && /^[A-Za-z_][A-Za-z0-9_ ]*$/.test(text.slice(i + 2, close));
    i = reference ? close + 1 : i + 1;
  }
  return i;
}
