/**
 * Bundles the program: `main.js`, a file for each part that is loaded on demand, and one for each Worker, side by side.
 *
 * A command loads what it needs and no more: most of the time of a short one goes into reading the program.
 */
import { basename, join } from "node:path";
import * as platform from "./commander_platform.ts";

/** Modules that are started as Workers; each becomes a file beside `main.js`. */
const WORKERS = ["cli/daemon/engine_thread.ts"];
const MAIN = "mod.ts";
/** Stands in for Node's modules where commander wants them. */
const PLATFORM = "packaging/commander_platform.ts";

/**
 * How a Worker's module is named in the sources: `new URL("./engine_thread.ts", import.meta.url)`. In the bundle it is
 * a JavaScript file beside the main one, wherever the source was.
 */
const MODULE_URL = /new URL\(\s*"([^"]+)\.tsx?",\s*import\.meta\.url\s*\)/g;

/** A part that is loaded on demand. */
const ON_DEMAND = /\bimport\(("\.\/[^"]+\.js")\)/g;

/** A build that went wrong. */
export class BuildError extends Error {
  override readonly name = "BuildError";
}

/**
 * Bundles into `directory`, which is made anew.
 *
 * @returns the modules by name
 * @throws {BuildError} with the bundler's complaint, or where a Worker's module is not known
 */
export async function bundle(root: string, directory: string): Promise<ReadonlyMap<string, Uint8Array>> {
  await Deno.remove(directory, { recursive: true }).catch(() => {});
  await Deno.mkdir(directory, { recursive: true });
  await bundleInto(root, MAIN, ["--code-splitting", "--outdir", directory]);
  await Deno.rename(join(directory, "mod.js"), join(directory, "main.js"));
  for (const entry of [...WORKERS, PLATFORM]) {
    await bundleInto(root, entry, ["--output", join(directory, nameInBundle(entry))]);
  }
  const modules = new Map<string, Uint8Array>();
  for await (const { name } of Deno.readDir(directory)) {
    const file = join(directory, name);
    const text = finishBundle(withLeanCommander(await Deno.readTextFile(file), name), name);
    await Deno.writeTextFile(file, text);
    modules.set(name, new TextEncoder().encode(text));
  }
  return modules;
}

async function bundleInto(root: string, entry: string, output: readonly string[]): Promise<void> {
  const args = ["bundle", "--quiet", "--platform", "deno", "--frozen", ...output, entry];
  const result = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: root,
    env: { NO_COLOR: "1" },
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!result.success) {
    const [reason] = new TextDecoder().decode(result.stderr).trim().split(
      /\n(error: bundling|Stack backtrace)/,
    );
    throw new BuildError(`Cannot bundle ${entry}: ${reason.replace(/^error: /, "")}`);
  }
}

/**
 * How the bundler names a package's module: by the way from the sources to the cache of whoever builds. In the bundle
 * it is `npm/NAME/VERSION/FILE`, the same for everybody.
 */
const CACHED_MODULE =
  /(?<=["\s])[^"\s]*\/npm\/[^"\s/]+\/(?=(@[^"\s/]+\/)?[^"\s/]+\/\d+\.\d+\.\d+[^"\s/]*\/)/g;

/** The line before a module in a bundle, which names it. */
const MODULE_NAME = /^\/\/ \S+\.[cm]?[jt]sx?$/;
const COMMANDER = /\/commander\/\d/;
const NODE_IMPORT = /^import (?:(\w+)|\{ (\w+)( as \w+)? \}) from "node:\w+";$/;

/**
 * Gives commander the platform that it needs in place of Node's modules.
 *
 * @throws {BuildError} where commander asks for more than there is
 */
export function withLeanCommander(text: string, name: string): string {
  let inCommander = false;
  const lines = text.split("\n").map((line) => {
    if (MODULE_NAME.test(line)) inCommander = COMMANDER.test(line);
    const match = inCommander ? NODE_IMPORT.exec(line) : null;
    if (match === null) return line;
    const [, whole, part, alias = ""] = match;
    const original = whole ?? part!;
    if (!Object.hasOwn(platform, original)) {
      throw new BuildError(`Cannot bundle ${name}: there is no stand-in for ${line}`);
    }
    return `import { ${original}${alias} } from "./${nameInBundle(PLATFORM)}";`;
  });
  return lines.join("\n");
}

/**
 * Makes a bundle independent of where it was built, points at the Workers' files as they are called in it, and writes it
 * in ASCII: with one character beyond it the runtime keeps two octets for each. What is loaded on demand is named so that
 * the runtime does not see it coming: whatever a literal names it reads at the start, wanted or not.
 */
export function finishBundle(text: string, name: string): string {
  return escapeUnicode(text)
    .replaceAll(CACHED_MODULE, "npm/")
    .replaceAll(ON_DEMAND, "import(String($1))")
    .replaceAll(MODULE_URL, (_, path) => {
      const worker = WORKERS.find((each) => basename(each, ".ts") === basename(path));
      if (!worker) {
        throw new BuildError(`Cannot bundle ${name}: it loads "${path}.ts", which is no known Worker`);
      }
      return `new URL("./${nameInBundle(worker)}", import.meta.url)`;
    });
}

function nameInBundle(entry: string): string {
  return `${basename(entry, ".ts")}.js`;
}

/** The bundler has escaped what is in strings; what is left stands in comments, where an escape means as much. */
function escapeUnicode(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
