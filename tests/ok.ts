/**
 * The gate of `deno task ok`: format, lint, types, the core's tests without permissions, and a smoke run of the binary.
 */
import { runBuild, runGate, runWorld } from "./runner/run_worlds.ts";
import { Session } from "./runner/session.ts";
import { findTestFiles, WORLDS } from "./runner/worlds.ts";

/** s */
const BUDGET = 600;

async function main(root: string): Promise<number> {
  const session = new Session(BUDGET, console.log);
  const files = findTestFiles(root);
  await runGate(session, root);
  const below = (folder: string) => files.filter((path) => path.startsWith(folder));
  const world = (name: string) => WORLDS.find((each) => each.name === name)!;
  await runWorld(session, world("pure"), [...below("tests/core/"), ...below("tests/lint/")], root);
  await runBuild(session, root);
  await runWorld(session, world("binary"), below("tests/binary/smoke_test.ts"), root);
  return session.finish();
}

if (import.meta.main) Deno.exit(await main(decodeURIComponent(new URL("..", import.meta.url).pathname)));
