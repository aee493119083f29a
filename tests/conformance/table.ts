/** The table of the document tests/conformance.md, made from what a run has seen. */
import type { DaemonKind } from "../lab/adapter.ts";
import { type Chapter, type Numbered, numbered } from "./behaviour.ts";
import type { Verdict } from "./runner.ts";

/** The verdicts of a run by daemon and number. */
export type Results = ReadonlyMap<DaemonKind, ReadonlyMap<number, Verdict>>;

/** What the document says above its tables. */
export interface Heading {
  /** The version of keepalived that was run, such as `2.2.7`; null where it was not. */
  readonly keepalived: string | null;
}

/** The whole document. */
export function renderTable(chapters: readonly Chapter[], results: Results, heading: Heading): string {
  const other = heading.keepalived === null ? "keepalived" : `keepalived ${heading.keepalived}`;
  const parts = [
    "# Conformance\n",
    "<!-- Written by `deno run -A tests/conformance/run.ts --write`; do not edit. -->\n",
    `What a VRRP router does, and whether \`ha\` and ${other} do it. Each row is one black-box test, the same for both:`,
    "the daemon runs in a network namespace with a `keepalived.conf`, the test plays the other routers with packets of",
    "its own, and looks at the wire and at the kernel's addresses. The tests are in `tests/conformance/behaviours/`.\n",
    `**${score(chapters, results, "ha")}** · **${score(chapters, results, "keepalived", other)}**\n`,
    ...chapters.map((chapter) => renderChapter(chapter, results, other)),
  ];
  return parts.join("\n");
}

function score(
  chapters: readonly Chapter[],
  results: Results,
  kind: DaemonKind,
  name: string = kind,
): string {
  const all = chapters.flatMap(numbered);
  const passed = all.filter(({ number }) => results.get(kind)?.get(number)?.error === null).length;
  return `${name}: ${passed} of ${all.length}`;
}

function renderChapter(chapter: Chapter, results: Results, other: string): string {
  return [
    `## ${chapter.number} ${chapter.title}\n`,
    `| | behaviour | source | ha | ${other} | remark |`,
    "|---|---|---|---|---|---|",
    ...numbered(chapter).map((behaviour) => row(behaviour, results)),
    "",
  ].join("\n");
}

function row(behaviour: Numbered, results: Results): string {
  const { number, title, source } = behaviour;
  const cells = [
    String(number),
    title,
    source,
    word(results.get("ha")?.get(number)),
    word(results.get("keepalived")?.get(number)),
    [behaviour.notYet, behaviour.remark].filter(Boolean).join("; "),
  ];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function word(verdict: Verdict | undefined): string {
  if (verdict === undefined) return "not run";
  return verdict.error === null ? "pass" : "**FAIL**";
}

/** The rows of a document: number and title, for comparing it with the table in the code. */
export function rowsOf(document: string): { number: number; title: string }[] {
  return [...document.matchAll(/^\|\s*(\d+)\s*\|\s*((?:\\\||[^|])*?)\s*\|/gm)].map(([, number, title]) => ({
    number: Number(number),
    title: title!,
  }));
}
