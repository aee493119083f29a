/**
 * Reads the JUnit report of `deno test`: the one form in which it names every test, step and skip.
 */

/** A test or a step of one. */
export interface TestCase {
  readonly name: string;
  readonly outcome: "passed" | "failed" | "skipped";
}

const CASE = /<testcase name="([^"]*)"[^>]*?(?:\/>|>([\s\S]*?)<\/testcase>)/g;
/** Between a test's name and its step's. */
const STEP = " > ";

/**
 * The tests of a report. A test that has steps counts by its steps, unless it failed and they did not.
 */
export function readReport(xml: string): TestCase[] {
  const all = [...xml.matchAll(CASE)].map(([, name, body]) => ({
    name: unescape(name),
    outcome: outcomeOf(body ?? ""),
  }));
  return all.filter((each) => counts(each, all));
}

function counts(test: TestCase, all: readonly TestCase[]): boolean {
  const steps = all.filter((other) => other.name.startsWith(test.name + STEP));
  if (steps.length === 0) return true;
  return test.outcome === "failed" && steps.every((step) => step.outcome !== "failed");
}

function outcomeOf(body: string): TestCase["outcome"] {
  if (/<(failure|error)\b/.test(body)) return "failed";
  return /<skipped\b/.test(body) ? "skipped" : "passed";
}

function unescape(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&quot;", '"').replaceAll(
    "&apos;",
    "'",
  )
    .replaceAll("&amp;", "&");
}

/**
 * Why a test was skipped. Tests say it in one of two ways: a line `skipped: NAME: REASON` when the file is loaded or
 * the step is reached, or `(skipped: REASON)` at the end of their name.
 *
 * @returns the reason, or null where the test gave none
 */
export function skipReason(name: string, output: string): string | null {
  const inName = /[([]skipped: (.+)[)\]]$/.exec(name);
  if (inName) return inName[1];
  const lastName = name.slice(name.lastIndexOf(STEP) + 1).replace(/^> /, "");
  for (const line of output.split("\n")) {
    for (const candidate of [name, lastName]) {
      const start = `skipped: ${candidate}: `;
      if (line.startsWith(start)) return line.slice(start.length);
    }
  }
  return null;
}
