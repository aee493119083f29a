/** From logical lines to the tree: which block each line is in. */
import type { Finding, Report } from "./diagnostic.ts";
import { Lexer, type TokenSink } from "./lexer.ts";
import type { Piece, Word } from "./text.ts";
import type { Block, Statement, Tree } from "./tree.ts";

interface OpenBlock {
  readonly open: Word;
  readonly statement: MutableStatement | null;
  readonly outer: MutableStatement[];
}

interface MutableStatement extends Statement {
  block: MutableBlock | null;
}

interface MutableBlock extends Block {
  close: Word | null;
}

/** Builds the tree from the lines it is fed; braces that have no partner are reported and passed over. */
export class TreeBuilder implements TokenSink {
  readonly #report: Report;
  readonly #takesBlock: (word: string) => boolean;
  readonly #lexer = new Lexer(this);
  readonly #root: MutableStatement[] = [];
  readonly #open: OpenBlock[] = [];
  #current: MutableStatement[] = this.#root;
  /** The statement that a `{` would belong to. */
  #last: MutableStatement | null = null;

  /** @param takesBlock whether a word that stands outside all blocks needs a block behind it */
  constructor(report: Report, takesBlock: (word: string) => boolean = () => false) {
    this.#report = report;
    this.#takesBlock = takesBlock;
  }

  /** Adds a logical line: characters `from` to `to` of a piece. */
  feed(piece: Piece, from: number, to: number): void {
    this.#lexer.tokenize(piece, from, to);
  }

  /** The tree, once the last line has been fed. */
  finish(): Tree {
    for (const block of this.#open) {
      const name = block.statement === null ? "block" : `${block.statement.words[0]!.text} block`;
      this.#report.add(block.open, {
        severity: "error",
        code: "missing-brace",
        message: `The ${name} that opens here is never closed: a } is missing`,
      });
    }
    return { statements: this.#root };
  }

  words(words: readonly Word[], piece: Piece, start: number, end: number): void {
    this.#openUnasked(words[0]!);
    const statement: MutableStatement = { words, piece, start, end, block: null };
    this.#current.push(statement);
    this.#last = statement;
  }

  /** What follows a named block whose `{` is missing is its content, unless it is a block of its own. */
  #openUnasked(next: Word): void {
    const statement = this.#last;
    if (this.#current !== this.#root || statement === null || statement.words.length < 2) return;
    const [word] = statement.words;
    if (!this.#takesBlock(word!.text) || this.#takesBlock(next.text)) return;
    this.#report.add(word!, {
      severity: "warning",
      code: "missing-block",
      message: `No { follows ${word!.text}`,
      inForce: "what follows is its block",
    });
    this.open(word!);
  }

  open(brace: Word): void {
    const statement = this.#last;
    this.#last = null;
    this.#open.push({ open: brace, statement, outer: this.#current });
    if (statement === null) {
      // A `{` that no word announces is passed over: what is in it belongs to the block around it.
      this.#report.add(brace, {
        severity: "error",
        code: "unexpected-brace",
        message: "Cannot open a block here as no keyword stands before the {; the brace is ignored",
      });
      return;
    }
    const statements: MutableStatement[] = [];
    statement.block = { statements, open: brace, close: null };
    this.#current = statements;
  }

  close(brace: Word): void {
    this.#last = null;
    const block = this.#open.pop();
    if (block === undefined) {
      this.#report.add(brace, {
        severity: "error",
        code: "extra-brace",
        message: "Cannot close a block here as none is open; the } is ignored",
      });
      return;
    }
    if (block.statement?.block != null) block.statement.block.close = brace;
    this.#current = block.outer;
  }

  problem(at: Word, finding: Finding): void {
    this.#report.add(at, finding);
  }
}
