import assert from "node:assert/strict";
import plugin from "../../lint/plugin.ts";

/** Runs all rules over `source` as if it stood at `path`; answers the findings of one rule as texts. */
export function findings(rule: string, path: string, source: string): string[] {
  const found = Deno.lint.runPlugin(plugin, path, source);
  return found.filter((finding) => finding.id === `ha/${rule}`).map((finding) => finding.message);
}

/** Asserts that the rule objects to each of these sources at `path`, exactly once. */
export function refuses(rule: string, path: string, ...sources: readonly string[]): void {
  for (const source of sources) {
    assert.equal(findings(rule, path, source).length, 1, `${rule} must object once to: ${source}`);
  }
}

/** Asserts that the rule has nothing against any of these sources at `path`. */
export function accepts(rule: string, path: string, ...sources: readonly string[]): void {
  for (const source of sources) assert.deepEqual(findings(rule, path, source), [], `in: ${source}`);
}
