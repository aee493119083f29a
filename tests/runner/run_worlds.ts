/**
 * Runs gate steps, the build and the test files of a world, and hands their outcomes to the session.
 */
import { runBounded } from "./bounded.ts";
import { GATE, runGateStep } from "./gate.ts";
import { inPool } from "./pool.ts";
import type { Session } from "./session.ts";
import type { Outcome } from "./tally.ts";
import { runTestFile } from "./test_file.ts";
import { permissionsOf, type World } from "./worlds.ts";

/** Files at once where they may run side by side. */
const MOST_AT_ONCE = 4;
/** Longest build of the binary, s. */
const BUILD_TIMEOUT = 400;

/** Runs the gate's steps; answers whether all hold. */
export async function runGate(session: Session, root: string): Promise<boolean> {
  const outcomes = await timed(session, "gate", async () => {
    const all: Outcome[] = [];
    for (const step of GATE) {
      const outcome = await runGateStep(step, root);
      session.show(`gate: ${step.name}`, outcome);
      all.push(outcome);
    }
    return all;
  });
  return outcomes.every((each) => each.failed.length === 0);
}

/** Builds `dist/ha`, which the tests of the binary run. */
export async function runBuild(session: Session, root: string): Promise<void> {
  await timed(session, "compile", async () => {
    const args = ["run", "--allow-all", "packaging/compile.ts"];
    const result = await runBounded([Deno.execPath(), ...args], { timeout: BUILD_TIMEOUT, cwd: root });
    const failed = result.code === 0 ? [] : ["compile: dist/ha"];
    const outcome = { ...result, passed: 1 - failed.length, failed, skipped: [] };
    session.show("compile: dist/ha", outcome);
    return [outcome];
  });
}

/** Runs the test files of one world, or skips them all with the world's reason. */
export async function runWorld(
  session: Session,
  world: World,
  files: readonly string[],
  root: string,
): Promise<void> {
  const reason = await world.whyNot();
  if (reason) return skipWorld(session, world, files, reason);
  await timed(session, world.title ?? world.name, () => {
    const atOnce = world.parallel ? Math.min(navigator.hardwareConcurrency, MOST_AT_ONCE) : 1;
    return inPool(files, atOnce, async (path) => {
      const outcome = await runWithinBudget(session, world, path, root);
      session.show(world.title ? `${path} with ${world.title}` : path, outcome);
      return outcome;
    });
  });
}

function skipWorld(session: Session, world: World, files: readonly string[], reason: string): void {
  const skipped = files.map((what) => ({ what, reason }));
  const title = world.title ?? world.name;
  session.say(`skip ${title}: ${files.length} files: ${reason}`);
  session.add(title, [{ passed: 0, failed: [], skipped, seconds: 0, output: "" }], 0);
}

function runWithinBudget(session: Session, world: World, path: string, root: string): Promise<Outcome> {
  const timeout = Math.floor(Math.min(world.timeout, session.secondsLeft));
  if (timeout >= 1) {
    return runTestFile({ root, path, permissions: permissionsOf(path), timeout, env: world.env ?? {} });
  }
  const failed = [`${path}: not run, the time for all tests is over`];
  return Promise.resolve({ passed: 0, failed, skipped: [], seconds: 0, output: "" });
}

async function timed(session: Session, name: string, work: () => Promise<Outcome[]>): Promise<Outcome[]> {
  const start = performance.now();
  const outcomes = await work();
  session.add(name, outcomes, (performance.now() - start) / 1000);
  return outcomes;
}
