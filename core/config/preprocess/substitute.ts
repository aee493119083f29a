/** Replacement of parameters within a line, recursive and at the time of use. */
import { columnOf, type Piece } from "../text.ts";
import { type Definition, nextReference, type Reference } from "./definition.ts";

/** How deep values may refer to each other. */
const MAX_DEPTH = 50;

/** How many characters one line may grow to. */
const MAX_LENGTH = 1_000_000;

/** How many replacements one line may need. */
const MAX_REPLACEMENTS = 100_000;

/** The definition of a parameter, or null where it has none. */
export type Lookup = (reference: Reference) => Definition | null;

/** A line after the replacement of its one-line parameters. */
export interface Substitution {
  readonly piece: Piece;
  /** The macro that the line ends with; the piece stops before it. */
  readonly macro: { readonly definition: Definition; readonly column: number } | null;
  /** Why the replacement was given up, or null. */
  readonly problem: string | null;
}

interface Work {
  readonly lookup: Lookup;
  readonly columns: number[];
  text: string;
  replacements: number;
  macro: { definition: Definition; column: number } | null;
  problem: string | null;
}

/** Replaces every defined reference of a piece; undefined ones stay as they are. */
export function substitute(piece: Piece, lookup: Lookup): Substitution {
  if (!piece.text.includes("$")) return { piece, macro: null, problem: null };
  const work: Work = { lookup, columns: [], text: "", replacements: 0, macro: null, problem: null };
  expand(work, piece.text, (index) => columnOf(piece, index), "", 0);
  if (work.replacements === 0 && work.macro === null) return { piece, macro: null, problem: work.problem };
  const result: Piece = {
    text: work.text,
    line: piece.line,
    offset: columnOf(piece, 0),
    columns: work.columns,
  };
  return { piece: result, macro: work.macro, problem: work.problem };
}

/**
 * Replaces the reference that a piece begins with, and nothing within its value; null where there is none to replace.
 *
 * What the value begins with may say what becomes of the whole line: `~SEQ` repeats it, `@ID` drops it.
 */
export function substituteFirst(piece: Piece, lookup: Lookup): Piece | null {
  const reference = nextReference(piece.text, 0, "");
  if (reference === null || reference.start > 0) return null;
  const definition = lookup(reference);
  if (definition === null || definition.macro) return null;
  const value = definition.lines[0] ?? "";
  const at = columnOf(piece, 0);
  const columns = new Array<number>(value.length).fill(at);
  for (let i = reference.end; i < piece.text.length; i++) columns.push(columnOf(piece, i));
  return { text: value + piece.text.slice(reference.end), line: piece.line, offset: at, columns };
}

function expand(
  work: Work,
  text: string,
  column: (index: number) => number,
  follow: string,
  depth: number,
): void {
  let done = 0;
  for (let reference = nextReference(text, 0, follow); reference !== null;) {
    const definition = work.lookup(reference);
    if (definition !== null && mayReplace(work, depth)) {
      copy(work, text, done, reference.start, column);
      done = replace(work, text, reference, definition, column, follow, depth);
      if (work.macro !== null) return;
    }
    reference = nextReference(text, reference.end, follow);
  }
  copy(work, text, done, text.length, column);
}

function mayReplace(work: Work, depth: number): boolean {
  if (depth >= MAX_DEPTH) {
    work.problem = `one refers to itself, or they refer to each other more than ${MAX_DEPTH} deep`;
  } else if (work.text.length > MAX_LENGTH || work.replacements > MAX_REPLACEMENTS) {
    work.problem = "the line grows without bound";
  }
  return work.problem === null;
}

/** Writes the value of a reference; returns the index behind what it consumed. */
function replace(
  work: Work,
  text: string,
  reference: Reference,
  definition: Definition,
  column: (index: number) => number,
  follow: string,
  depth: number,
): number {
  const at = column(reference.start);
  if (definition.macro) {
    if (text.slice(reference.end).trim() === "" && follow === "") {
      work.macro = { definition, column: at };
      return text.length;
    }
    work.problem = "a parameter of several lines can only stand at the end of a line";
    copy(work, text, reference.start, reference.end, column);
    return reference.end;
  }
  work.replacements++;
  const next = reference.end < text.length ? text[reference.end]! : follow;
  expand(work, definition.lines[0] ?? "", () => at, next, depth + 1);
  return reference.end;
}

function copy(work: Work, text: string, start: number, end: number, column: (index: number) => number): void {
  if (end <= start) return;
  work.text += text.slice(start, end);
  for (let i = start; i < end; i++) work.columns.push(column(i));
}

/** A piece and behind it a text that came from a parameter used at a column. */
export function joined(piece: Piece, text: string, column: number): Piece {
  const columns = Array.from(piece.text, (_, at) => columnOf(piece, at));
  for (let i = 0; i < text.length; i++) columns.push(column);
  return { text: piece.text + text, line: piece.line, offset: columns[0] ?? column, columns };
}
