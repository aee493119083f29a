/**
 * Builds `dist/ha`: by `deno compile`, or where that cannot be as one self-extracting file with this very Deno.
 *
 * `HA_BUILD=compile` or `HA_BUILD=self-extracting` insists on one way.
 */
import { join } from "node:path";
import manifest from "../deno.json" with { type: "json" };
import { BuildError, bundle } from "./bundle.ts";
import { registryCache, thirdPartyNotices } from "./notices.ts";
import { compileNatively } from "./native.ts";
import { packSelfExtracting } from "./self_extracting.ts";

/**
 * V8's flags, both ways. A daemon that runs for years wants a small heap rather than the last percent of speed; and what
 * it does once in a year, a takeover, must not wait for a compiler because its code was thrown away meanwhile.
 *
 * The last of V8's four compilers gets what has run 20,000 times and nothing else: left alone it works for minutes after
 * the start on threads of its own, on code that is never needed again. With a thousand backups it has earned back within
 * a minute what it took, and a daemon with two instances never sees it. What the main thread needed to read the
 * configuration is given back a second after the start rather than half a minute.
 */
const V8_FLAGS = "--v8-flags=--optimize-for-size,--max-semi-space-size=2,--no-flush-bytecode," +
  "--invocation-count-for-turbofan=20000,--gc-memory-reducer-start-delay-ms=1000";

/**
 * The second way's for `start`. The start that fills the cache of compiled code is the one that then runs for months,
 * with 20 MB more.
 */
const DAEMON_FLAGS = [V8_FLAGS, "--no-code-cache"];

/**
 * The second way's for all commands but `start`: what lives for 0.1 s need not collect its garbage. All functions are
 * compiled at the very first start, for the runtime's cache holds none that are compiled later; the last of the
 * compilers never earns back its time, and the one before it is asked sooner than usual.
 */
const SHORT_V8_FLAGS = "--v8-flags=--min-semi-space-size=128,--max-semi-space-size=128," +
  "--no-incremental-marking,--no-concurrent-marking,--no-lazy,--no-turbofan," +
  "--invocation-count-for-maglev=100,--minimum-invocations-after-ic-update=100";

/** The runtime's flags of the second way: nothing is looked for outside the unpacked files. */
const RUN_FLAGS = [
  "run",
  "--quiet",
  "--allow-all",
  "--no-prompt",
  "--no-check",
  "--no-config",
  "--no-lock",
  "--no-remote",
  "--no-npm",
  "--cached-only",
];

/** The licences of what is inside, beside the binary and in it. */
const NOTICES = "THIRD_PARTY.txt";

/** Builds into `dist/` below the repository's root and says what it did. */
async function main(root: string): Promise<void> {
  const wish = Deno.env.get("HA_BUILD") ?? "";
  const output = join(root, "dist", "ha");
  const parts = join(root, "dist", "bundle");
  const modules = await bundle(root, parts);
  const notices = join(root, "dist", NOTICES);
  await Deno.writeTextFile(notices, await thirdPartyNotices(allText(modules), await registryCache()));
  const others = [...modules.keys()].filter((name) => name !== "main.js").map((name) => join(parts, name));
  const obstacle = wish === "self-extracting"
    ? "not asked for"
    : await compileNatively(join(parts, "main.js"), others, ["--allow-all", V8_FLAGS], output);
  if (obstacle === null) return report(output, "by deno compile");
  if (wish === "compile") throw new BuildError(`Cannot compile: ${obstacle}`);
  console.log(`No deno compile (${obstacle}): building one self-extracting file with this Deno instead`);
  await buildSelfExtracting(output, modules, notices);
  await report(output, "self-extracting");
}

/** The stub's words to the runtime are no business of the scripts that the daemon runs. */
const FORGET_STUB =
  'for (const name of ["DENO_DIR", "DENO_NO_UPDATE_CHECK", "DENO_NO_PACKAGE_JSON", "MALLOC_ARENA_MAX"]) Deno.env.delete(name);\n';

async function buildSelfExtracting(
  output: string,
  modules: ReadonlyMap<string, Uint8Array>,
  notices: string,
): Promise<void> {
  const main = new TextDecoder().decode(modules.get("main.js"));
  const adapted = new Map([...modules, ["main.js", new TextEncoder().encode(FORGET_STUB + main)]]);
  adapted.set(NOTICES, await Deno.readFile(notices));
  const octets = packSelfExtracting({
    version: manifest.version,
    runtimeVersion: Deno.version.deno,
    architecture: Deno.build.arch,
    runtime: await Deno.readFile(Deno.execPath()),
    modules: adapted,
    flags: RUN_FLAGS,
    daemonFlags: DAEMON_FLAGS,
    shortFlags: [SHORT_V8_FLAGS],
  }, await Deno.readTextFile(new URL("./stub.sh", import.meta.url)));
  // By rename: the file that is there may be running.
  await Deno.writeFile(`${output}.new`, octets, { mode: 0o755 });
  await Deno.rename(`${output}.new`, output);
}

function allText(modules: ReadonlyMap<string, Uint8Array>): string {
  return [...modules.values()].map((octets) => new TextDecoder().decode(octets)).join("\n");
}

async function report(output: string, how: string): Promise<void> {
  const { size } = await Deno.stat(output);
  console.log(`Built ${output}, ${how}, ${(size / 1e6).toFixed(1)} MB`);
}

if (import.meta.main) {
  try {
    await main(decodeURIComponent(new URL("..", import.meta.url).pathname));
  } catch (error) {
    if (!(error instanceof BuildError)) throw error;
    console.error(error.message);
    Deno.exit(1);
  }
}
