/**
 * Files that hold our process id while we run, for tools that knew keepalived's.
 */
import { dirname } from "node:path";
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";

/** Files that are ours until disposed; the lock on each keeps two daemons from having the same. */
export class PidFiles implements Disposable {
  readonly #files: { readonly path: string; readonly file: Deno.FsFile }[] = [];

  /** @throws {Refusal} where one belongs to a living daemon or cannot be written; none is left then */
  constructor(paths: readonly string[]) {
    try {
      for (const path of paths) this.#files.push({ path, file: claim(path) });
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  [Symbol.dispose](): void {
    for (const { path, file } of this.#files.splice(0)) {
      try {
        Deno.removeSync(path);
      } catch {
        // Removed under us: it is not there any more, which is what we want.
      }
      file.close();
    }
  }
}

function claim(path: string): Deno.FsFile {
  let file: Deno.FsFile;
  try {
    Deno.mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
    file = Deno.openSync(path, { create: true, read: true, write: true, mode: 0o644 });
  } catch (error) {
    const denied = error instanceof Deno.errors.PermissionDenied;
    throw new Refusal(
      `Cannot write pid file "${path}": ${reasonOf(error)}`,
      denied ? EXIT.permission : EXIT.fatal,
    );
  }
  if (!file.tryLockSync(true)) {
    file.close();
    throw new Refusal(`daemon is already running: "${path}" is another one's`, EXIT.fatal);
  }
  file.truncateSync();
  file.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
  return file;
}
