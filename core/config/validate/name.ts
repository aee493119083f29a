/** The names of blocks. */
import { indexOf } from "../keywords/keyword.ts";
import { ROOT } from "../keywords/root.ts";
import type { Word } from "../text.ts";
import type { Statement } from "../tree.ts";
import { excessWords } from "./block.ts";
import { type Context, error } from "./context.ts";

/** The blocks whose repetition keepalived speaks of; of the others the first one counts in silence. */
const SPOKEN_OF = new Set(["vrrp_instance", "vrrp_sync_group", "track_group", "bfd_instance"]);

/** The blocks that keepalived passes over where more than a name stands before their brace. */
const STRICT_NAMES = new Set(["vrrp_instance", "vrrp_sync_group", "virtual_server_group"]);

/** Names that are taken, with the word that took them. */
type Taken = ReadonlyMap<string, { readonly nameWord: Word }>;

/** The name of a block that needs one of its own; null, reported, where it has none or an earlier block has it. */
export function readName(context: Context, statement: Statement, keyword: string, taken: Taken): Word | null {
  const found = readRepeatableName(context, statement, keyword, taken);
  return found?.isNew === true ? found.name : null;
}

/** The same for blocks that are looked at even where an earlier one has their name, since keepalived does so. */
export function readRepeatableName(
  context: Context,
  statement: Statement,
  keyword: string,
  taken: Taken,
): { readonly name: Word; readonly isNew: boolean } | null {
  const word = statement.words[0]!;
  const name = statement.words[1];
  if (name === undefined || name.text === "") {
    const fatal = indexOf(ROOT).get(keyword)?.fatalBare === true;
    error(context, name ?? word, "missing-name", `Cannot use ${keyword} without a name; it is skipped`, {
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
      { exit: SPOKEN_OF.has(keyword) ? 5 : 0 },
    );
    return { name, isNew: false };
  }
  excessWords(context, word, statement.words.slice(2), STRICT_NAMES.has(keyword) ? 5 : 0);
  return { name, isNew: true };
}
