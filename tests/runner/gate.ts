/**
 * The gate: what must hold before any test is looked at.
 */
import { runBounded } from "./bounded.ts";
import type { Outcome } from "./tally.ts";

/** One step of the gate: a command of Deno's. */
export interface GateStep {
  readonly name: string;
  readonly args: readonly string[];
}

/** Longest run of one step, s; the first one on a fresh machine downloads the packages. */
const STEP_TIMEOUT = 300;

/** The steps in order. */
export const GATE: readonly GateStep[] = [
  { name: "format", args: ["fmt", "--check"] },
  { name: "lint", args: ["lint"] },
  { name: "types", args: ["check", "--frozen", "."] },
  { name: "core knows no platform", args: ["check", "--config", "lint/core.json", "core"] },
];

/** Runs one step at the repository's root. */
export async function runGateStep(step: GateStep, root: string): Promise<Outcome> {
  const result = await runBounded([Deno.execPath(), ...step.args], { timeout: STEP_TIMEOUT, cwd: root });
  const name = `gate: ${step.name}`;
  const how = result.timedOut ? `${name}: not done after ${STEP_TIMEOUT} s` : name;
  const passed = result.code === 0;
  return {
    passed: passed ? 1 : 0,
    failed: passed ? [] : [how],
    skipped: [],
    seconds: result.seconds,
    output: result.output,
  };
}
