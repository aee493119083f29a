/** The names of blocks. */
import { indexOf } from "../keywords/keyword.ts";
import { ROOT } from "../keywords/root.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { excessWords } from "./block.ts";
import { type Context, error } from "./context.ts";

/** The name of a block that needs one of its own; null, reported, where it has none or an earlier block has it. */
export function readName(
  context: Context,
  statement: Statement,
  keyword: string,
  taken: ReadonlyMap<string, { readonly nameWord: Word }>,
): Word | null {
  const [word, name] = statement.words;
  if (name === undefined || name.text === "") {
    const fatal = indexOf(ROOT).get(keyword)?.fatalBare === true;
    error(context, name ?? word!, "missing-name", `Cannot use ${keyword} without a name; it is skipped`, {
      allowed: `${keyword} NAME { … }`,
      exit: fatal ? 2 : 5,
      fatal,
    });
    return null;
  }
  const earlier = taken.get(name.text);
  if (earlier !== undefined) {
    const { file, number } = earlier.nameWord.line;
    const where = file === name.line.file ? `line ${number}` : `${file}:${number}`;
    error(
      context,
      name,
      "repeated-name",
      `Cannot define ${keyword} ${name.text} again: ${where} has it; this one is skipped`,
    );
    return null;
  }
  excessWords(context, word!, statement.words.slice(2));
  return name;
}
