/**
 * The recording of `--record FILE`: every event and effect of the engine as a line of JSON.
 */
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";

/** A recording file. It ends with the first line that cannot be written, the daemon goes on: one with a hole tells lies. */
export class Recording implements Disposable {
  readonly #path: string;
  readonly #file: Deno.FsFile;
  readonly #warn: (text: string) => void;
  readonly #encoder = new TextEncoder();
  #ended = false;

  /**
   * @param warn hears once why the recording ends before its time
   * @throws {Refusal} where the file cannot be opened for appending
   */
  constructor(path: string, warn: (text: string) => void) {
    this.#path = path;
    this.#warn = warn;
    try {
      this.#file = Deno.openSync(path, { create: true, append: true, mode: 0o600 });
    } catch (error) {
      throw new Refusal(`Cannot record to "${path}": ${reasonOf(error)}`, EXIT.fatal);
    }
  }

  write(line: string): void {
    if (this.#ended) return;
    const octets = this.#encoder.encode(line + "\n");
    try {
      for (let done = 0; done < octets.length;) done += this.#file.writeSync(octets.subarray(done));
    } catch (error) {
      // A full disk must not stop a router.
      this.#ended = true;
      this.#warn(`Cannot record to "${this.#path}" any more: ${reasonOf(error)}; the recording ends here`);
    }
  }

  [Symbol.dispose](): void {
    this.#file.close();
  }
}
