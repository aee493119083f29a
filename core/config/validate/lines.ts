/** The lines of a block that holds values rather than keywords. */
import { indexOf, type KeywordTable } from "../keywords/keyword.ts";
import { ROOT } from "../keywords/root.ts";
import type { Statement } from "../tree.ts";
import { type Context, error } from "./context.ts";

/**
 * The lines of a list block.
 *
 * A block within it means that a `}` is missing: a root block is read as if it stood outside, a block of `around` is
 * handed back in `strays`, any other is reported and ignored.
 */
export function listLines(
  context: Context,
  statement: Statement,
  around: KeywordTable,
): { lines: readonly Statement[]; strays: readonly Statement[] } {
  const all = statement.block?.statements ?? [];
  const strays: Statement[] = [];
  if (all.every(({ block }) => block === null)) return { lines: all, strays };
  const lines: Statement[] = [];
  for (const line of all) {
    if (line.block === null) lines.push(line);
    else nestedBlock(context, statement, line, around, strays);
  }
  return { lines, strays };
}

function nestedBlock(
  context: Context,
  statement: Statement,
  line: Statement,
  around: KeywordTable,
  strays: Statement[],
): void {
  const word = line.words[0]!;
  const inner = statement.words[0]!.text;
  const known = indexOf(around).has(word.text)
    ? strays
    : indexOf(ROOT).has(word.text)
    ? context.strays
    : null;
  if (known === null) {
    return error(context, word, "nested-block", `Cannot use a block in ${inner}; it is ignored`);
  }
  known.push(line);
  const message =
    `Cannot nest ${word.text} in ${inner}: is a } missing before it? It is read as if it stood outside`;
  error(context, word, "nested-block", message);
}
