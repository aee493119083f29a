/** Reads the statements of a block by its keyword table. */
import { indexOf, type Keyword, type KeywordTable } from "../keywords/keyword.ts";
import type { Shape } from "../keywords/shape.ts";
import { nearest } from "../suggest.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { readCommand } from "./command.ts";
import { type Context, error, notActedUpon, reportIgnored, shown, warning } from "./context.ts";
import type { KeptValue } from "../model.ts";
import type { Keeps } from "./drafts.ts";
import { unknownKeyword } from "./unknown.ts";

/** Where a reader of its own gets the statement and puts what it read. */
export interface Reading<D> {
  readonly context: Context;
  readonly draft: D;
  readonly table: KeywordTable;
  readonly keyword: Keyword;
  readonly statement: Statement;
  /** The keyword as written. */
  readonly word: Word;
  /** What follows it. */
  readonly values: readonly Word[];
}

/** Readers of the words that no shape describes. */
export type Readers<D> = Readonly<Record<string, (reading: Reading<D>) => void>>;

/** A reading that goes from statement to statement, as there are many of them. */
class BlockReading<D> implements Reading<D> {
  readonly context: Context;
  readonly draft: D;
  readonly table: KeywordTable;
  keyword: Keyword;
  statement: Statement;

  constructor(context: Context, draft: D, table: KeywordTable, keyword: Keyword, statement: Statement) {
    this.context = context;
    this.draft = draft;
    this.table = table;
    this.keyword = keyword;
    this.statement = statement;
  }

  get word(): Word {
    return this.statement.words[0]!;
  }

  get values(): readonly Word[] {
    return this.statement.words.slice(1);
  }
}

/** Reads statements into a draft. */
export function readBlock<D extends Keeps>(
  context: Context,
  statements: readonly Statement[],
  table: KeywordTable,
  readers: Readers<D>,
  draft: D,
): void {
  const index = indexOf(table);
  draft.seen.add(statements);
  let reading: BlockReading<D> | null = null;
  for (const statement of statements) {
    const keyword = index.get(statement.words[0]!.text);
    if (keyword === undefined) unknownKeyword(context, statement, table);
    else {
      reading ??= new BlockReading(context, draft, table, keyword, statement);
      reading.keyword = keyword;
      reading.statement = statement;
      readStatement(reading, readers);
    }
  }
}

function readStatement<D extends Keeps>(reading: Reading<D>, readers: Readers<D>): void {
  const { context, keyword, word, table, statement } = reading;
  if (!hasRightBraces(reading)) return;
  if (keyword.deprecated || (keyword.tier === "D" && keyword.use !== null)) deprecated(reading);
  if (keyword.value.kind === "list") listWords(reading);
  if (!keyword.acted) notActedUpon(context, word, `${table.name}/${keyword.word}`);
  if (keyword.again !== "last" && isAgain(reading)) return;
  if (keyword.value.kind === "simple") return readSimple(reading, keyword.value.shape);
  if (keyword.value.kind === "command" && keyword.target !== null) {
    if (statement.words.length === 1) return missingValue(reading);
    const command = readCommand(
      context,
      statement,
      keyword.word !== "script" && keyword.word !== "misc_path",
    );
    if (command !== null) assign(reading, keyword.target, command);
    return;
  }
  if (keyword.value.kind === "custom" && keyword.syntax === "") excessOfFlag(reading);
  readers[keyword.word]?.(reading);
}

/** Reports what stands behind a word that takes nothing: `off` there switches nothing off. */
function excessOfFlag<D>({ context, word, values }: Reading<D>): void {
  const first = values[0];
  if (first === undefined || !/^(?:off|no|false)$/.test(first.text)) {
    return excessWords(context, word, values);
  }
  const message = `Cannot switch ${word.text} ${first.text}: it takes no value, and holds where it stands`;
  warning(context, first, "excess-words", message, { inForce: word.text, exit: 0 });
}

/** Reports words between the keyword of a list and its brace. */
function listWords<D>({ context, word, values }: Reading<D>): void {
  const first = values[0];
  if (first === undefined) return;
  warning(context, first, "excess-words", `Cannot use "${first.text}" here: ${word.text} takes only a block`);
}

/** Reports a word that has its value already; true where that one stays. */
function isAgain<D extends Keeps>({ context, draft, keyword, statement, word }: Reading<D>): boolean {
  const own = keyword.target === null
    ? draft.kept[keyword.word]
    : (draft as Record<string, unknown>)[keyword.target];
  const value = statement.words[1];
  if (own === null || own === undefined || value === undefined) return false;
  if (keyword.again === "same" && keyword.value.kind === "simple") {
    const again = keyword.value.shape.parse(value.text);
    if (again.ok && again.value === own) return true;
  }
  if (keyword.again === "first" || keyword.again === "same") {
    error(context, word, "repeated-word", `Cannot use ${word.text} a second time; the first one counts`);
    return true;
  }
  warning(context, word, "repeated-word", `${word.text} stands here a second time; this one counts`);
  return false;
}

function hasRightBraces<D>(reading: Reading<D>): boolean {
  const { keyword, statement, word, context } = reading;
  const takesBlock = keyword.value.kind === "block" || keyword.value.kind === "list";
  if (takesBlock && statement.block === null) {
    const nameless = keyword.fatalBare && reading.values.length === 0;
    error(context, word, "missing-block", `Cannot read ${word.text} as no { follows it`, {
      allowed: `${word.text} ${keyword.syntax}`,
      exit: nameless ? 2 : 5,
      fatal: nameless,
    });
    return false;
  }
  if (!takesBlock && statement.block !== null) {
    error(
      context,
      statement.block.open,
      "unexpected-block",
      `Cannot use a block here: ${word.text} takes none`,
      {
        allowed: `${word.text} ${keyword.syntax}`.trim(),
      },
    );
  }
  return true;
}

function deprecated<D>({ context, keyword, word }: Reading<D>): void {
  const message = keyword.use === null
    ? `${word.text} is an old word`
    : `${word.text} is an old word for ${keyword.use}; it works as that one`;
  warning(context, word, "deprecated", message, {
    suggestion: keyword.use,
    exit: keyword.deprecated ? 5 : 0,
  });
}

function readSimple<D extends Keeps>(reading: Reading<D>, shape: Shape<unknown>): void {
  const { context, word } = reading;
  const { words } = reading.statement;
  const value = words[1];
  if (value === undefined) {
    if (shape.bare === undefined) return missingValue(reading);
    return store(reading, shape.bare);
  }
  if (shape.allowed === "nothing") {
    excessOfFlag(reading);
    return store(reading, true);
  }
  if (words.length > 2) excessBehind(reading, words.slice(2));
  const parsed = shape.parse(value.text);
  if (!parsed.ok) return badValue(reading, shape, value);
  store(reading, parsed.value);
  reportIgnored(context, value, parsed);
  if (parsed.replaced === true) {
    warning(
      context,
      value,
      "replaced",
      `Cannot use ${word.text} ${shown(value)} as it must be ${shape.allowed}`,
      { inForce: `${word.text} ${shape.show(parsed.value)}` },
    );
  }
  if (parsed.rounded === true) {
    warning(
      context,
      value,
      "rounded",
      `${word.text} ${value.text} has more than six decimals and is rounded`,
      {
        inForce: `${word.text} ${shape.show(parsed.value)}`,
      },
    );
  }
}

/** Reports words behind a value, and where one of them is a keyword that the line does not end before it. */
export function excessBehind<D>({ context, table, word }: Reading<D>, words: readonly Word[]): void {
  const inner = words[0]!;
  if (!indexOf(table).has(inner.text)) return excessWords(context, word, words);
  const message = `Cannot use ${inner.text} in the line of ${word.text}: it needs a line of its own`;
  warning(context, inner, "excess-words", message, { exit: 0 });
}

/** Reports words behind a value that has been read. */
export function excessWords(context: Context, keyword: Word, words: readonly Word[], exit: 0 | 5 = 0): void {
  const first = words[0];
  if (first === undefined) return;
  const message = `Cannot use "${first.text}" here: ${keyword.text} takes no more words`;
  warning(context, first, "excess-words", message, { exit });
}

/** Reports a keyword whose value is missing. */
export function missingValue<D extends Keeps>(reading: Reading<D>): void {
  const { context, keyword, word } = reading;
  error(context, word, "missing-value", `Cannot use ${word.text} without a value`, {
    allowed: keyword.value.kind === "simple" ? keyword.value.shape.allowed : keyword.syntax,
    inForce: inForce(reading),
    exit: keyword.fatalBare ? 2 : 5,
    fatal: keyword.fatalBare,
  });
}

function badValue<D extends Keeps>(reading: Reading<D>, shape: Shape<unknown>, value: Word): void {
  const { context, keyword, word } = reading;
  if (keyword.invalid !== undefined) store(reading, keyword.invalid);
  const current = inForce(reading);
  error(
    context,
    value,
    "bad-value",
    `Cannot use ${word.text} ${shown(value)} as it must be ${shape.allowed}`,
    {
      allowed: shape.allowed,
      // The default may be what cannot be written.
      inForce: current === `${word.text} ${value.text}` ? null : current,
      suggestion: shape.words === undefined ? null : nearest(value.text, shape.words),
    },
  );
}

/** What holds now for the word of a reading: `priority 100`, or its default. */
function inForce<D extends Keeps>({ keyword, draft }: Reading<D>): string | null {
  if (keyword.value.kind !== "simple") return null;
  const value = keyword.target === null
    ? draft.kept[keyword.use ?? keyword.word]
    : (draft as Record<string, unknown>)[keyword.target];
  if (value !== null && value !== undefined) return `${keyword.word} ${keyword.value.shape.show(value)}`;
  return keyword.default === "" || keyword.default === "required"
    ? null
    : byDefault(keyword.word, keyword.default);
}

/** Defaults that are words about a value and no value. */
const DESCRIPTIONS =
  /\s|^(?:none|hostname|user@hostname|unset|any|memfd|random|unlimited|system|virtualhost|vmac_prefix)$/;

/** `retry 3` where the default may be written so, `retry: that of the virtual server` where it may not. */
function byDefault(word: string, value: string): string {
  return `${word}${DESCRIPTIONS.test(value) ? ":" : ""} ${value}`;
}

function store<D extends Keeps>(reading: Reading<D>, value: unknown): void {
  const { keyword, draft } = reading;
  if (keyword.target === null) draft.kept[keyword.use ?? keyword.word] = value as KeptValue;
  else assign(reading, keyword.target, value);
}

function assign<D>(reading: Reading<D>, target: string, value: unknown): void {
  (reading.draft as Record<string, unknown>)[target] = value;
}
