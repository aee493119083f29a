/**
 * The recording of `--record FILE`: every event and effect of the engine as a line of JSON.
 */
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";

/** A recording file; a line that cannot be written is lost, the daemon goes on. */
export class Recording implements Disposable {
  readonly #file: Deno.FsFile;
  readonly #encoder = new TextEncoder();

  /** @throws {Refusal} where the file cannot be opened for appending */
  constructor(path: string) {
    try {
      this.#file = Deno.openSync(path, { create: true, append: true, mode: 0o600 });
    } catch (error) {
      throw new Refusal(`Cannot record to "${path}": ${reasonOf(error)}`, EXIT.fatal);
    }
  }

  write(line: string): void {
    try {
      this.#file.writeSync(this.#encoder.encode(line + "\n"));
    } catch {
      // A full disk must not stop a router.
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
