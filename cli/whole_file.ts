/**
 * Files that a reader finds whole or not at all: written beside and then renamed.
 */

/**
 * Permissions of what is written: nobody else's business. A file that is in the way, which may be a link that somebody
 * else has put there, is removed rather than written to.
 */
const OPTIONS = { mode: 0o600, createNew: true } as const;

/**
 * Writes a text file; where that fails nothing is left beside it, and an older one stays as it was.
 *
 * @throws what the system refused
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  try {
    removeIfThere(beside);
    await Deno.writeTextFile(beside, text, OPTIONS);
    await Deno.rename(beside, path);
  } catch (error) {
    removeIfThere(beside);
    throw error;
  }
}

/** The same at once. */
export function writeWholeSync(path: string, text: string): void {
  const beside = `${path}.new`;
  try {
    removeIfThere(beside);
    Deno.writeTextFileSync(beside, text, OPTIONS);
    Deno.renameSync(beside, path);
  } catch (error) {
    removeIfThere(beside);
    throw error;
  }
}

/** Removes a file; where it cannot be removed, what is done with its path tells. */
function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Not there, or not to be removed: then the writing failed or will fail, which is the error to be told.
  }
}
