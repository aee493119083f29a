/**
 * Makes named pipes.
 */
import { OsError } from "./errno.ts";
import { cString, type Libc } from "./libc.ts";

/** Owner reads and writes, others read, as keepalived's. */
const MODE = 0o644;

/**
 * Makes a named pipe, mkfifo(3).
 *
 * @throws {OsError} where it is there already or cannot be made
 */
export function makeNamedPipe(libc: Libc, path: string): void {
  if (libc.symbols.mkfifo(cString(path), MODE) < 0) {
    throw new OsError("Cannot make named pipe", path, libc.errno());
  }
}
