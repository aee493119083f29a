/**
 * Runs one test file in a process of its own and reads what became of it.
 */
import { runBounded } from "./bounded.ts";
import { readReport, skipReason } from "./junit.ts";
import type { Outcome } from "./tally.ts";

/** What is needed to run a test file. */
export interface TestRun {
  readonly root: string;
  /** Below the root. */
  readonly path: string;
  readonly permissions: readonly string[];
  /** s */
  readonly timeout: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs it; a file that says nothing, dies or takes too long counts as one failure more. */
export async function runTestFile(run: TestRun): Promise<Outcome> {
  const report = await Deno.makeTempFile({ prefix: "ha-junit-", suffix: ".xml" });
  try {
    const args = [
      "test",
      "--no-check",
      "--no-prompt",
      `--junit-path=${report}`,
      ...run.permissions,
    ];
    const result = await runBounded([Deno.execPath(), ...args, run.path], {
      timeout: run.timeout,
      cwd: run.root,
      env: run.env ?? {},
    });
    const tests = readReport(await Deno.readTextFile(report));
    const failed = tests.filter((test) => test.outcome === "failed").map((test) => test.name);
    const trouble = result.timedOut
      ? `not done after ${run.timeout} s, killed`
      : whatElse(result.code, tests.length, failed.length);
    return {
      passed: tests.filter((test) => test.outcome === "passed").length,
      failed: [...failed, ...(trouble === null ? [] : [trouble])].map((name) => `${run.path}: ${name}`),
      skipped: tests.filter((test) => test.outcome === "skipped").map((test) => ({
        what: `${run.path}: ${test.name.replace(/ [([]skipped: .*$/, "")}`,
        reason: skipReason(test.name, result.output) ?? "NO REASON GIVEN",
      })),
      seconds: result.seconds,
      output: result.output,
    };
  } finally {
    await Deno.remove(report);
  }
}

/** What is wrong with a file although none of its tests failed, or null. */
function whatElse(code: number, tests: number, failed: number): string | null {
  if (code !== 0 && failed === 0) return `ended with exit code ${code}`;
  return tests === 0 && failed === 0 ? "has no tests" : null;
}
