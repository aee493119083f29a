/** Words that no table has: what was probably meant, and where the word belongs. */
import { KEYWORD_TABLES } from "../keywords/all.ts";
import { indexOf, type KeywordTable } from "../keywords/keyword.ts";
import { ROOT } from "../keywords/root.ts";
import { nearest } from "../suggest.ts";
import type { Statement } from "../tree.ts";
import { type Context, error } from "./context.ts";

/** Words of many tutorials that keepalived dropped, or never had. */
const LEGENDS: ReadonlyMap<string, string> = new Map([
  ["net_mask", "it was removed years ago and has no effect"],
  ["nat_mask", "it was removed years ago and has no effect"],
  ["lvs_id", "it was renamed to router_id long ago"],
  ["script_security", "the word is enable_script_security"],
  ["vrrp_notify", "notify belongs into the instance or group"],
]);

/** Reports a word that its block does not have; a block of its own goes with it, and nothing else does. */
export function unknownKeyword(context: Context, statement: Statement, table: KeywordTable): void {
  const word = statement.words[0]!;
  if (table !== ROOT && statement.block !== null && indexOf(ROOT).has(word.text)) {
    return strayRootBlock(context, statement, table);
  }
  const place = table === ROOT ? "at the root level" : `in ${lastName(table.name)}`;
  const joined = joinedSuggestion(statement, table);
  const suggestion = joined ?? suggest(word.text, table);
  const reason = suggestion === null ? whyUnknown(word.text, table) : null;
  const lost = statement.block === null ? "" : "; it and its block are ignored";
  error(
    context,
    word,
    "unknown-keyword",
    `Cannot use "${word.text}" ${place}: ${reason ?? "no such keyword"}${lost}`,
    {
      suggestion,
    },
  );
}

function strayRootBlock(context: Context, statement: Statement, table: KeywordTable): void {
  const word = statement.words[0]!;
  context.strays.push(statement);
  const message = `Cannot nest ${word.text} in ${lastName(table.name)}: is a } missing before it? ` +
    "It is read as if it stood outside";
  error(context, word, "nested-block", message);
}

/** `unicast src_ip` for `unicast_src_ip`. */
function joinedSuggestion(statement: Statement, table: KeywordTable): string | null {
  const [first, second] = statement.words;
  if (second === undefined) return null;
  const joined = `${first!.text}_${second.text}`;
  return indexOf(table).has(joined) ? joined : null;
}

function suggest(text: string, table: KeywordTable): string | null {
  if (LEGENDS.has(text)) return null;
  const found = nearest(text, indexOf(table).keys());
  return found === null || indexOf(table).get(found)!.tier === "D" && found !== text ? found : found;
}

function whyUnknown(text: string, table: KeywordTable): string | null {
  const legend = LEGENDS.get(text);
  if (legend !== undefined) return legend;
  const homes = KEYWORD_TABLES.filter((other) => other !== table && indexOf(other).has(text)).map((other) =>
    other.name
  );
  if (homes.length === 0) return null;
  const home = homes[0]!;
  return home === ROOT.name ? "it belongs outside all blocks" : `it belongs in ${lastName(home)}`;
}

/** The innermost block of a table's name. */
function lastName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
