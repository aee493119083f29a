/** The keyword tables against the list of all words that keepalived 2.4.3 has, where that list is at hand. */
import assert from "node:assert/strict";
import { KEYWORD_TABLES, OPTION_TABLES } from "../../core/config/keywords/all.ts";
import { indexOf } from "../../core/config/keywords/keyword.ts";
import { needsShared, SHARED } from "./support.ts";

const LIST = "reference/keywords.tsv";

interface Row {
  readonly block: string;
  readonly keyword: string;
  readonly aliases: string;
  readonly tier: string;
  readonly kind: string;
}

function rows(): Row[] {
  const lines = Deno.readTextFileSync(`${SHARED}/${LIST}`).trimEnd().split("\n").slice(1);
  return lines.map((line) => {
    const [block, keyword, aliases, _syntax, _default, _process, _meaning, tier, kind] = line.split("\t");
    return { block: block!, keyword: keyword!, aliases: aliases!, tier: tier!, kind: kind! };
  });
}

Deno.test({
  ...needsShared("the tables have every keyword that keepalived installs, with its tier", LIST),
  fn() {
    const tables = new Map(KEYWORD_TABLES.map((table) => [table.name, indexOf(table)]));
    const installed = rows().filter((row) => row.kind === "installed");
    const gaps = installed.filter(({ block, keyword, tier }) => tables.get(block)?.get(keyword)?.tier !== tier);
    assert.deepEqual(gaps.map(({ block, keyword, tier }) => `${block} ${keyword} ${tier}`), []);
    assert.equal(installed.length, 531);
  },
});

/** `mtu/advmss/rtt` and `inet / inet6` are several words, `as to` and `type ACTION` one. */
function words(keyword: string): string[] {
  if (/[[\]]/.test(keyword)) return [keyword];
  return keyword.split("/").map((part) => part.trim().split(" ")[0]!);
}

Deno.test({
  ...needsShared("the tables have every option within a line", LIST),
  fn() {
    const tables = new Map(OPTION_TABLES.map((table) => [table.name, indexOf(table)]));
    const options = rows().filter((row) => row.kind === "option");
    const gaps = options.flatMap(({ block, keyword, aliases }) => {
      const others = /^[a-z_0-9, ]+$/.test(aliases) && aliases !== "-" ? aliases.split(/, /) : [];
      const wanted = [...words(keyword), ...others.filter((alias) => !alias.includes("("))];
      return wanted.filter((word) => !tables.get(block)?.has(word)).map((word) => `${block} ${word}`);
    });
    assert.deepEqual(gaps, []);
  },
});
