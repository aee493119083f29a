/** The configuration as nested statements, before any keyword is known. */
import { type Piece, slice, type Word } from "./text.ts";

/** A line of words, with the block that it opens. */
export interface Statement {
  /** At least one. */
  readonly words: readonly Word[];
  /** The line that they stand in, and from where to where: see {@linkcode rawOf}. */
  readonly piece: Piece;
  readonly start: number;
  readonly end: number;
  readonly block: Block | null;
}

/** The text of a statement's words, for what is read by richer rules. */
export function rawOf({ piece, start, end }: Statement): Piece {
  return slice(piece, start, end);
}

/** What stands between a `{` and its `}`. */
export interface Block {
  readonly statements: readonly Statement[];
  readonly open: Word;
  /** null where the file ended before it. */
  readonly close: Word | null;
}

/** A whole configuration. */
export interface Tree {
  readonly statements: readonly Statement[];
}
