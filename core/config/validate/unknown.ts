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

/** Words that people write for another one, too far from it to be a slip of the keyboard. */
const SYNONYMS: ReadonlyMap<string, string> = new Map([
  ["HTTP_CHECK", "HTTP_GET"],
  ["SSL_CHECK", "SSL_GET"],
  ["HTTPS_CHECK", "SSL_GET"],
  ["HTTPS_GET", "SSL_GET"],
  ["ICMP_CHECK", "PING_CHECK"],
  ["virtual_router", "virtual_router_id"],
  ["vrid", "virtual_router_id"],
  ["vip", "virtual_ipaddress"],
  ["auth", "authentication"],
  ["password", "auth_pass"],
]);

/** Where a word of several blocks is looked for first; other blocks follow in the order of the tables. */
const COMMON = [
  ROOT.name,
  "global_defs",
  "vrrp_instance",
  "vrrp_script",
  "virtual_server",
  "virtual_server/real_server",
  "virtual_server/real_server/HTTP_GET",
  "virtual_server/real_server/TCP_CHECK",
];

/** An address that stands alone, most likely behind a block that was closed too early. */
const ADDRESS = /^(?:[0-9]+\.[0-9.]+|[0-9a-f]*:[0-9a-f:.]+)(?:\/[0-9]+)?$/i;

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
  const words = indexOf(table);
  const synonym = SYNONYMS.get(text);
  if (synonym !== undefined && words.has(synonym)) return synonym;
  // A word of another block is more likely in the wrong place than misspelt.
  const known = homesOf(text).length > 0;
  const found = nearest(text, words.keys(), known ? 1 : 3);
  return found !== null || known || text.length < 4 ? found : beginning(text, words.keys());
}

/** The shortest word that begins with a text: `priority` for `prio`. */
function beginning(text: string, words: Iterable<string>): string | null {
  const longer = [...words].filter((word) => word.startsWith(text));
  return longer.sort((left, right) => left.length - right.length)[0] ?? null;
}

function whyUnknown(text: string, table: KeywordTable): string | null {
  const legend = LEGENDS.get(text);
  if (legend !== undefined) return legend;
  if (ADDRESS.test(text)) {
    return "an address stands in a block such as virtual_ipaddress, which may be closed too early";
  }
  const homes = homesOf(text).filter((name) => name !== lastName(table.name));
  if (homes.length === 0) return null;
  if (homes[0] === ROOT.name) return "it belongs outside all blocks";
  return homes.length > 3
    ? `it belongs in ${homes.slice(0, 2).join(", ")} and others`
    : `it belongs in ${homes.join(" or ")}`;
}

/** The blocks that have a word, the common ones first. */
function homesOf(text: string): readonly string[] {
  const rank = (name: string) => COMMON.includes(name) ? COMMON.indexOf(name) : COMMON.length;
  const names = KEYWORD_TABLES.filter((table) => indexOf(table).has(text)).map(({ name }) => name);
  return [...new Set(names.sort((left, right) => rank(left) - rank(right)).map(lastName))];
}

/** The innermost block of a table's name. */
function lastName(name: string): string {
  return name.slice(name.lastIndexOf("/") + 1);
}
