/** The configuration as nested statements, before any keyword is known. */
import type { Piece, Word } from "./text.ts";

/** A line of words, with the block that it opens. */
export interface Statement {
  /** At least one. */
  readonly words: readonly Word[];
  /** The text of the words, for the commands that are read by richer rules. */
  readonly raw: Piece;
  readonly block: Block | null;
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
