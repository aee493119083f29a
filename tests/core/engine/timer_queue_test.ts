/** The timer queue against a list that is sorted each time. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { TimerQueue } from "../../../core/engine/timer_queue.ts";

interface Item {
  readonly name: number;
}

/** Sets an item to a time (Infinity removes it), or takes what is due. */
const MOVE = fc.oneof(
  fc.record({ item: fc.nat(20), at: fc.oneof(fc.nat(50), fc.constant(Infinity)) }),
  fc.record({ takeAt: fc.nat(60) }),
);

/** The plainest queue that keeps the promise. */
class Model {
  #entries: { item: Item; at: number; order: number }[] = [];
  #order = 0;

  get first() {
    return this.#sorted()[0] ?? null;
  }

  set(item: Item, at: number): void {
    const known = this.#entries.find((entry) => entry.item === item);
    if (at === Infinity) this.#entries = this.#entries.filter((entry) => entry !== known);
    else if (known !== undefined) known.at = at;
    else this.#entries.push({ item, at, order: this.#order++ });
  }

  takeDue(now: number): Item[] {
    const due = this.#sorted().filter(({ at }) => at <= now);
    this.#entries = this.#entries.filter((entry) => !due.includes(entry));
    return due.map(({ item }) => item);
  }

  #sorted() {
    return this.#entries.toSorted((a, b) => a.at - b.at || a.order - b.order);
  }
}

Deno.test("TimerQueue gives the earliest first, and equal times as they were set, whatever is moved", () => {
  const items = Array.from({ length: 21 }, (_, name): Item => ({ name }));
  fc.assert(fc.property(fc.array(MOVE, { maxLength: 300 }), (moves) => {
    const [queue, model] = [new TimerQueue<Item>(), new Model()];
    for (const move of moves) {
      if ("takeAt" in move) assert.deepEqual(queue.takeDue(move.takeAt), model.takeDue(move.takeAt));
      else {
        queue.set(items[move.item]!, move.at);
        model.set(items[move.item]!, move.at);
      }
      assert.equal(queue.nextAt, model.first?.at ?? null);
      assert.equal(queue.next, model.first?.item ?? null);
    }
  }));
});
