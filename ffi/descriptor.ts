/**
 * A file descriptor that belongs to one object and is closed once.
 */
import { OsError } from "./errno.ts";
import type { Libc } from "./libc.ts";

/** An open file descriptor. */
export class Descriptor implements Disposable {
  readonly #libc: Libc;
  #number: number;

  /** Takes over an open descriptor. */
  constructor(libc: Libc, number: number) {
    this.#libc = libc;
    this.#number = number;
  }

  /**
   * Takes over the descriptor that a call gave.
   *
   * @throws {OsError} with errno where it gave -1
   */
  static from(libc: Libc, result: number, action: string, subject = ""): Descriptor {
    if (result < 0) throw new OsError(action, subject, libc.errno());
    return new Descriptor(libc, result);
  }

  /** The number to hand to a system call; -1 once it is closed. */
  get number(): number {
    return this.#number;
  }

  [Symbol.dispose](): void {
    if (this.#number < 0) return;
    this.#libc.symbols.close(this.#number);
    this.#number = -1;
  }
}
