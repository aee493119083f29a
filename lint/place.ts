/**
 * Where a file stands in the house: every rule asks this first.
 */

/** The repository's root as a path that ends in a slash. */
const ROOT = decodeURIComponent(new URL("..", import.meta.url).pathname);

/** The path of a linted file below the repository's root; a path that is relative already stays as it is. */
export function pathInRepository(filename: string): string {
  return filename.startsWith(ROOT) ? filename.slice(ROOT.length) : filename;
}

/** True where the file is in one of these top-level folders. */
export function isIn(filename: string, ...folders: readonly string[]): boolean {
  const path = pathInRepository(filename);
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

/** True for what ships: everything but tests, benchmarks and the tools around them. */
export function isProduct(filename: string): boolean {
  return pathInRepository(filename) === "mod.ts" || isIn(filename, "core", "ffi", "web", "cli");
}
