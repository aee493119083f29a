/**
 * Runs the conformance table from the command line.
 *
 * `deno run -A tests/conformance/run.ts [--write] [--daemons ha,keepalived] [--quiet] [PATTERN…]`, where a pattern is a
 * number, a chapter such as `4xx`, or a part of a title. `--write` writes tests/conformance.md.
 */
import type { DaemonKind } from "../lab/adapter.ts";
import { run } from "../../cli/demo/command.ts";
import { BEHAVIOURS, CHAPTERS } from "./all.ts";
import type { Numbered } from "./behaviour.ts";
import { runEach, type Verdict, whyNot } from "./runner.ts";
import { renderTable } from "./table.ts";

function option(name: string): string | null {
  const at = Deno.args.indexOf(`--${name}`);
  return at < 0 ? null : Deno.args[at + 1] ?? "";
}

function wanted(patterns: readonly string[]): Numbered[] {
  const matches = (each: Numbered) =>
    patterns.some((pattern) =>
      /^\dxx$|^\d\dxx$/.test(pattern)
        ? Math.floor(each.number / 100) === parseChapter(pattern)
        : /^\d+$/.test(pattern)
        ? each.number === Number(pattern)
        : each.title.includes(pattern)
    );
  return BEHAVIOURS.filter((each) => patterns.length === 0 || matches(each));
}

function parseChapter(pattern: string): number {
  return Number(pattern.slice(0, -2));
}

function show(verdict: Verdict, quiet: boolean): void {
  const { behaviour, kind, error, seconds } = verdict;
  const word = error === null ? "pass" : "FAIL";
  console.log(`${word} ${kind.padEnd(10)} ${behaviour.number} ${behaviour.title} (${seconds.toFixed(1)} s)`);
  if (error !== null) console.log(quiet ? `     ${error.message.split("\n")[0]}` : `     ${error.stack}`);
}

const DOCUMENT = new URL("../conformance.md", import.meta.url);

async function write(verdicts: readonly Verdict[]): Promise<void> {
  const results = new Map<DaemonKind, Map<number, Verdict>>();
  for (const verdict of verdicts) {
    const mine = results.get(verdict.kind) ?? new Map<number, Verdict>();
    results.set(verdict.kind, mine.set(verdict.behaviour.number, verdict));
  }
  const version = await run(["keepalived", "--version"]);
  const keepalived = /Keepalived v(\S+)/.exec(version.stderr + version.stdout)?.[1] ?? null;
  await Deno.writeTextFile(DOCUMENT, renderTable(CHAPTERS, results, { keepalived }));
  await run([Deno.execPath(), "fmt", "-q", DOCUMENT.pathname]);
  console.log(`written: ${DOCUMENT.pathname}`);
}

async function main(): Promise<number> {
  const daemons = (option("daemons") ?? "ha,keepalived").split(",") as DaemonKind[];
  const patterns = Deno.args.filter((word, i) => !word.startsWith("--") && Deno.args[i - 1] !== "--daemons");
  const quiet = Deno.args.includes("--quiet");
  const chosen = wanted(patterns);
  const verdicts: Verdict[] = [];
  for (const kind of daemons) {
    const reason = whyNot(kind);
    if (reason !== null) {
      console.log(`skipped: ${kind}: ${reason}`);
      continue;
    }
    const start = performance.now();
    await runEach(kind, chosen, async (_, judge) => {
      const verdict = await judge();
      verdicts.push(verdict);
      show(verdict, quiet);
    });
    const mine = verdicts.filter((verdict) => verdict.kind === kind);
    const failed = mine.filter(({ error }) => error !== null).map(({ behaviour }) => behaviour.number).sort();
    console.log(
      `---- ${kind}: ${mine.length - failed.length} of ${mine.length} pass, ` +
        `${((performance.now() - start) / 1000).toFixed(0)} s; failed: ${failed.join(" ") || "none"}`,
    );
  }
  if (Deno.args.includes("--write")) await write(verdicts);
  return verdicts.some(({ kind, error }) => kind === "ha" && error !== null) ? 1 : 0;
}

if (import.meta.main) Deno.exit(await main());
