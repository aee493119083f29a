/**
 * Bundles the program: one file for the main thread, one for each Worker, side by side.
 */
import { basename, join } from "node:path";

/** Modules that are started as Workers; each becomes a file beside `main.js`. */
const WORKERS = ["cli/daemon/engine_thread.ts"];
const MAIN = "mod.ts";

/**
 * How a Worker's module is named in the sources: `new URL("./engine_thread.ts", import.meta.url)`. In the bundle it is
 * a JavaScript file beside the main one, wherever the source was.
 */
const MODULE_URL = /new URL\(\s*"([^"]+)\.tsx?",\s*import\.meta\.url\s*\)/g;

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
  const entries = [MAIN, ...WORKERS];
  const modules = new Map<string, Uint8Array>();
  for (const entry of entries) {
    const name = entry === MAIN ? "main.js" : nameOfWorker(entry);
    const file = join(directory, name);
    await bundleOne(root, entry, file);
    const text = finishBundle(await Deno.readTextFile(file), entry);
    await Deno.writeTextFile(file, text);
    modules.set(name, new TextEncoder().encode(text));
  }
  return modules;
}

async function bundleOne(root: string, entry: string, output: string): Promise<void> {
  const args = ["bundle", "--quiet", "--platform", "deno", "--frozen", "--output", output, entry];
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

/**
 * Makes a bundle independent of where it was built, points at the Workers' files as they are called in it, and writes it
 * in ASCII: with one character beyond it the runtime keeps two octets for each.
 */
export function finishBundle(text: string, entry: string): string {
  return escapeUnicode(text).replaceAll(CACHED_MODULE, "npm/").replaceAll(MODULE_URL, (_, path) => {
    const worker = WORKERS.find((each) => basename(each, ".ts") === basename(path));
    if (!worker) {
      throw new BuildError(`Cannot bundle ${entry}: it loads "${path}.ts", which is no known Worker`);
    }
    return `new URL("./${nameOfWorker(worker)}", import.meta.url)`;
  });
}

function nameOfWorker(entry: string): string {
  return `${basename(entry, ".ts")}.js`;
}

/** The bundler has escaped what is in strings; what is left stands in comments, where an escape means as much. */
function escapeUnicode(text: string): string {
  return text.replace(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
