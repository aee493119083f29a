/** The words of a configuration, which has few different ones. */

/** A power of two: far more than the language has words. */
const SLOTS = 2048;

/** Keeps one string for all the places where a word stands: less memory, and the next one who looks it up knows its hash. */
export class WordTable {
  readonly #slots: string[] = new Array<string>(SLOTS).fill("");

  /**
   * Characters `start` to `end` of a text.
   *
   * @param hash of these characters; which hash does not matter, the same characters having the same one
   */
  get(text: string, start: number, end: number, hash: number): string {
    const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1);
    const known = this.#slots[slot]!;
    if (known.length === end - start && text.startsWith(known, start)) return known;
    return this.#slots[slot] = text.slice(start, end);
  }
}
