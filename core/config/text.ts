/**
 * Text with provenance: every character of the configuration knows the line and column that a person wrote it at.
 */

/** One physical line of a configuration file. */
export interface SourceLine {
  /** Path of the file as it was opened. */
  readonly file: string;
  /** 1-based */
  readonly number: number;
  /** The line without its line ending. */
  readonly text: string;
  /** Position in reading order through all includes; sorts diagnostics. */
  readonly order: number;
}

/**
 * A stretch of text that was read from a line, perhaps with parameters substituted.
 *
 * Without substitution character `i` stands at `offset + i` of the line; after one, `columns[i]` says where.
 */
export interface Piece {
  readonly text: string;
  readonly line: SourceLine;
  /** 0-based column of the first character. */
  readonly offset: number;
  /** 0-based column of each character, or null where they follow each other from `offset`. */
  readonly columns: readonly number[] | null;
}

/** A word as the configuration language sees it, quotes removed. */
export interface Word {
  readonly text: string;
  readonly line: SourceLine;
  /** 1-based, in UTF-16 units as editors and SARIF count. */
  readonly column: number;
  /** Characters it takes in the line, quotes included; at least 1. */
  readonly length: number;
}

/** A file as it was read. */
export interface SourceFile {
  /** As it was opened. */
  readonly path: string;
  readonly text: string;
}

/**
 * A line of words, braces, spaces and tabs, perhaps with a comment behind them: its own piece, and cut out of its file only for whoever wants to see
 * it, since nearly all lines are like this.
 */
export class PlainLine implements SourceLine, Piece {
  readonly source: SourceFile;
  readonly number: number;
  readonly order: number;
  /** Index of the first character in the text of the file. */
  readonly start: number;
  /** Index behind the last one. */
  readonly end: number;

  constructor(source: SourceFile, number: number, order: number, start: number, end: number) {
    this.source = source;
    this.number = number;
    this.order = order;
    this.start = start;
    this.end = end;
  }

  get file(): string {
    return this.source.path;
  }

  get text(): string {
    return this.source.text.slice(this.start, this.end);
  }

  get line(): SourceLine {
    return this;
  }

  get offset(): number {
    return 0;
  }

  get columns(): null {
    return null;
  }
}

/** The whole of a line as a piece. */
export function wholeLine(line: SourceLine): Piece {
  return { text: line.text, line, offset: 0, columns: null };
}

/** 0-based column of a character of a piece; the end of the piece is a valid index. */
export function columnOf(piece: Piece, index: number): number {
  if (piece.columns === null) return piece.offset + index;
  if (index < piece.columns.length) return piece.columns[index]!;
  return piece.columns.length === 0 ? piece.offset : piece.columns[piece.columns.length - 1]! + 1;
}

/** Characters `start` (inclusive) to `end` (exclusive) of a piece. */
export function slice(piece: Piece, start: number, end: number = piece.text.length): Piece {
  return {
    text: piece.text.slice(start, end),
    line: piece.line,
    offset: columnOf(piece, start),
    columns: piece.columns === null ? null : piece.columns.slice(start, end),
  };
}

/** A piece without blanks at both ends. */
export function trim(piece: Piece): Piece {
  const { text } = piece;
  let start = 0;
  while (start < text.length && isBlank(text.charCodeAt(start))) start++;
  let end = text.length;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return start === 0 && end === text.length ? piece : slice(piece, start, end);
}

/** Characters `start` to `end` of a piece as a word that reads `text`. */
export function wordAt(piece: Piece, start: number, end: number, text: string): Word {
  const first = columnOf(piece, start);
  const last = end > start ? columnOf(piece, end - 1) : first;
  return { text, line: piece.line, column: first + 1, length: Math.max(1, last - first + 1) };
}

/** Whether a UTF-16 unit separates words: space, tab, and the invisible blanks that word processors leave behind. */
export function isBlank(unit: number): boolean {
  return unit === 0x20 || (unit >= 0x09 && unit <= 0x0d) || (unit > 0x7f && isExoticBlank(unit));
}

/** Blanks that are not ASCII: no-break space, ideographic space, zero-width marks and so on. */
export function isExoticBlank(unit: number): boolean {
  return unit === 0xa0 || unit === 0x3000 || unit === 0xfeff || unit === 0x202f || unit === 0x205f ||
    unit === 0x1680 || (unit >= 0x2000 && unit <= 0x200b) || unit === 0x2028 || unit === 0x2029;
}
