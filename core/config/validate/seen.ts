/** Where the words of a block stand, for findings that come when the block is complete. */
import { append } from "../append.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";

/** Finds a word among the statements that have been read; nothing is built for blocks that need none of it. */
export class Seen {
  #first: readonly Statement[] | null = null;
  #more: Statement[] | null = null;

  /** Adds statements of the block. */
  add(statements: readonly Statement[]): void {
    if (this.#first === null) this.#first = statements;
    else append(this.#more ??= [], statements);
  }

  /** The value of the first statement that starts with a word, or the word itself where it has none. */
  get(word: string): Word | undefined {
    const starts = ({ words }: Statement) => words[0]!.text === word;
    const statement = this.#first?.find(starts) ?? this.#more?.find(starts);
    return statement?.words[1] ?? statement?.words[0];
  }
}
