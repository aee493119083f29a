/**
 * The test command: the gate, then every world of tests, then one line with the sum.
 *
 * `deno task test` runs everything. With arguments it runs only what they name: `gate`, a world (`netns`), or a path
 * (`tests/core/net`).
 */
import { stopAll } from "./runner/bounded.ts";
import { preparePackages } from "./runner/apt.ts";
import { runBuild, runGate, runWorld } from "./runner/run_worlds.ts";
import { Session } from "./runner/session.ts";
import { findTestFiles, WITH_BINARY, worldOf, WORLDS } from "./runner/worlds.ts";

/** s for everything; what has not run by then counts as failed. */
const BUDGET = 24 * 60;

/** Runs what the arguments name and returns the exit code. */
async function main(root: string, wishes: readonly string[]): Promise<number> {
  const session = new Session(BUDGET, console.log);
  const files = findTestFiles(root).filter((path) => isWished(path, wishes));
  if (files.length === 0 && !wishes.includes("gate")) session.say(`No test file is at ${wishes.join(" ")}`);
  const worlds = WORLDS.filter((world) => files.some((path) => worldOf(path) === world));
  if (wishes.length === 0 || wishes.includes("gate")) await runGate(session, root);
  await preparePackages((line) => session.say(line), worlds.map((world) => world.name));
  for (const world of worlds) {
    if (world.name === "binary") await runBuild(session, root);
    await runWorld(session, world, files.filter((path) => worldOf(path) === world), root);
    if (world.name === "binary") await runWorld(session, WITH_BINARY.world(root), WITH_BINARY.files, root);
  }
  return session.finish();
}

function isWished(path: string, wishes: readonly string[]): boolean {
  return wishes.length === 0 || wishes.some((wish) => path.startsWith(wish) || worldOf(path).name === wish);
}

if (import.meta.main) {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      stopAll();
      Deno.exit(code);
    });
  }
  Deno.exit(await main(decodeURIComponent(new URL("..", import.meta.url).pathname), Deno.args));
}
