/**
 * Files that a reader finds whole or not at all: written beside and then renamed.
 */

/** Permissions of what is written: nobody else's business. */
const MODE = 0o600;

/**
 * Writes a text file; where that fails nothing is left beside it, and an older one stays as it was.
 *
 * @throws what the system refused
 */
export async function writeWhole(path: string, text: string): Promise<void> {
  const beside = `${path}.new`;
  try {
    await Deno.writeTextFile(beside, text, { mode: MODE });
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
    Deno.writeTextFileSync(beside, text, { mode: MODE });
    Deno.renameSync(beside, path);
  } catch (error) {
    removeIfThere(beside);
    throw error;
  }
}

/** Removes a file; one that is not there, or cannot be removed either, is left to what was wrong before. */
function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // The error that led here is the one to be told.
  }
}
