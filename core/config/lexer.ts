/** Words and braces of a logical line. */
import type { Finding } from "./diagnostic.ts";
import { isBlank, type Piece, PlainLine, type Word, wordAt } from "./text.ts";
import { BLANK } from "./preprocess/physical_line.ts";
import { WordTable } from "./word_table.ts";

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
 * Splits lines at blanks and braces.
 *
 * `"…"` is one word without its quotes and without escapes, and starts a new word wherever it stands; braces within
 * it, and those of an undefined `${NAME}`, are plain characters.
 */
export class Lexer {
  readonly #sink: TokenSink;
  /** The words since the last brace; kept for the next ones, since an array that grows takes room for 17. */
  readonly #words: Word[] = [];
  readonly #table = new WordTable();
  #count = 0;

  constructor(sink: TokenSink) {
    this.#sink = sink;
  }

  /** Splits one line: characters `from` to `to` of a piece. */
  tokenize(piece: Piece, from: number, to: number): void {
    if (piece instanceof PlainLine) return this.#plain(piece, from, to);
    const { text } = piece;
    let start = from;
    let i = from;
    while (i < to) {
      const unit = text.charCodeAt(i);
      if (isBlank(unit)) i++;
      else if (unit === OPEN || unit === CLOSE) {
        this.#flush(piece, start, i);
        const brace = wordAt(piece, i, i + 1, unit === OPEN ? "{" : "}");
        if (unit === OPEN) this.#sink.open(brace);
        else this.#sink.close(brace);
        i++;
      } else {
        if (this.#count === 0) start = i;
        const end = unit === QUOTE ? quotedEnd(piece, i, this.#sink) : wordEnd(text, i);
        const word = unit === QUOTE ? unquote(text, i, end) : text.slice(i, end);
        this.#words[this.#count++] = wordAt(piece, i, end, word);
        i = end;
      }
    }
    this.#flush(piece, start, to);
  }

  /** The same where no quote and no reference can stand, without cutting the line out of its file. */
  #plain(line: PlainLine, from: number, to: number): void {
    const { text } = line.source;
    const { start } = line;
    const end = start + to;
    let first = 0;
    let last = 0;
    let i = start + from;
    while (i < end) {
      const unit = text.charCodeAt(i);
      const begin = i++;
      if (unit <= BLANK) continue;
      if (unit === OPEN || unit === CLOSE) {
        this.#flush(line, first, last);
        const brace: Word = { text: unit === OPEN ? "{" : "}", line, column: begin - start + 1, length: 1 };
        if (unit === OPEN) this.#sink.open(brace);
        else this.#sink.close(brace);
        continue;
      }
      let hash = unit;
      while (i < end) {
        const next = text.charCodeAt(i);
        if (next <= BLANK || next === OPEN || next === CLOSE) break;
        hash = Math.imul(hash, 31) + next | 0;
        i++;
      }
      if (this.#count === 0) first = begin - start;
      last = i - start;
      const word = this.#table.get(text, begin, i, hash);
      this.#words[this.#count++] = { text: word, line, column: begin - start + 1, length: i - begin };
    }
    this.#flush(line, first, last);
  }

  #flush(piece: Piece, start: number, end: number): void {
    if (this.#count === 0) return;
    const all = this.#words;
    const words = this.#count === 1
      ? [all[0]!]
      : this.#count === 2
      ? [all[0]!, all[1]!]
      : all.slice(0, this.#count);
    this.#count = 0;
    this.#sink.words(words, piece, start, end);
  }
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
