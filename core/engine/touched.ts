/**
 * What happened to a step's things, for those who look at them when it ends.
 */

/**
 * Collects the things whose timers may have changed in a step.
 *
 * Most steps touch one thing, once. One that is named twice is handed out twice, which is cheaper than to keep a set and
 * clear it at the end of each step.
 */
export class Touched<T> {
  readonly #items: T[] = [];

  add(item: T): void {
    if (this.#items.at(-1) !== item) this.#items.push(item);
  }

  /** Hands out all of them in the order in which they were named, and forgets them. */
  drain(visit: (item: T) => void): void {
    for (const item of this.#items) visit(item);
    // One by one: emptying an array as a whole gives up its memory, for the next step to ask for it again.
    while (this.#items.length > 0) this.#items.pop();
  }
}
