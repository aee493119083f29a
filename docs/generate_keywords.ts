/**
 * Writes `docs/keywords.md` from the keyword tables: `deno run --allow-write docs/generate_keywords.ts`.
 *
 * A test compares the file with the tables, so that neither runs away from the other.
 */
import { KEYWORD_TABLES, OPTION_TABLES } from "../core/config/keywords/all.ts";
import { reasonFor } from "../core/config/keywords/kept_reasons.ts";
import { indexOf, type Keyword, type KeywordTable } from "../core/config/keywords/keyword.ts";
import { ROOT } from "../core/config/keywords/root.ts";

/** The whole document. */
export function keywordsDocument(): string {
  const words = KEYWORD_TABLES.reduce((sum, table) => sum + table.keywords.length, 0);
  const options = OPTION_TABLES.reduce((sum, table) => sum + table.keywords.length, 0);
  return [
    "<!-- deno-fmt-ignore-file -->",
    "",
    "# Keywords",
    "",
    `Every word of the configuration language: ${words} keywords in ${KEYWORD_TABLES.length} kinds of blocks, and ${options} words`,
    `within the lines of lists. This page is made from the tables in \`core/config/keywords/\` by \`docs/generate_keywords.ts\`.`,
    "",
    "How far a word is supported:",
    "",
    "- **yes**: it acts, or changes what acts.",
    "- **kept**: it is read, checked and kept in the model, and `ha check` says that nothing acts on it; the last table says why.",
    "- **old**: another word took its place and does what it did.",
    "",
    "Words marked _ours_ are unknown to keepalived.",
    "",
    ...KEYWORD_TABLES.flatMap(section),
    "# Words within lines",
    "",
    ...OPTION_TABLES.flatMap(section),
    ...keptSection(),
  ].join("\n").trimEnd() + "\n";
}

/** The words that nothing acts on, with the reasons. */
function keptSection(): string[] {
  const rows = [...KEYWORD_TABLES, ...OPTION_TABLES].flatMap((table) =>
    table.keywords.filter((keyword) => support(table, keyword) === "kept").map((keyword) =>
      `| \`${keyword.word}\` | ${place(table)} | ${reasonFor(`${table.name}/${keyword.word}`) ?? ""} |`
    )
  );
  return [
    "# Words that nothing acts on",
    "",
    "| word | in | why |",
    "| --- | --- | --- |",
    ...rows,
  ];
}

function place(table: KeywordTable): string {
  return table.name === "(root)" ? "outside all blocks" : `\`${table.name}\``;
}

function section(table: KeywordTable): string[] {
  const title = table.name === "(root)"
    ? "Outside all blocks"
    : table.name.split("/").map((name) => `\`${name}\``).join(" / ");
  return [
    `## ${title}`,
    "",
    "| word | written | default | meaning | supported |",
    "| --- | --- | --- | --- | --- |",
    ...table.keywords.map((keyword) => row(table, keyword)),
    "",
  ];
}

function row(table: KeywordTable, keyword: Keyword): string {
  const replaced = keyword.use === null ? "" : ` (now \`${keyword.use}\`)`;
  const ours = keyword.ours ? " _ours_" : "";
  const cells = [
    `\`${keyword.word}\`${ours}`,
    keyword.syntax,
    keyword.default,
    keyword.meaning + replaced,
    support(table, keyword),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function support(table: KeywordTable, keyword: Keyword): string {
  if (keyword.tier === "D" || keyword.deprecated) return "old";
  const block = indexOf(ROOT).get(table.name.split("/")[0]!);
  return keyword.acted && block?.acted !== false ? "yes" : "kept";
}

if (import.meta.main) {
  Deno.writeTextFileSync(new URL("./keywords.md", import.meta.url), keywordsDocument());
}
