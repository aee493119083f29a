/**
 * A priority queue of things that are due at a time, with at most one time a thing.
 */

/** Where an entry stands that is not in the heap. */
const NOWHERE = -1;

interface Entry<T> {
  readonly item: T;
  at: number;
  /** Order of insertion, so that equal times come out as they went in. */
  order: number;
  /** Its place in the heap, or `NOWHERE`. */
  place: number;
}

/**
 * A binary heap that knows where each item stands: set, move and remove in O(log n).
 *
 * An entry carries its place itself: each packet that a backup hears moves one entry through the whole heap, and a
 * table of places would be written twice on each of its levels.
 */
export class TimerQueue<T extends object> {
  readonly #heap: Entry<T>[] = [];
  /** Also of items that `takeDue` took out: most of them come back at once. */
  readonly #entries = new Map<T, Entry<T>>();
  #order = 0;

  /** The earliest time, or null where nothing is due ever. */
  get nextAt(): number | null {
    return this.#heap.length === 0 ? null : this.#heap[0]!.at;
  }

  /** What is due then. */
  get next(): T | null {
    return this.#heap.length === 0 ? null : this.#heap[0]!.item;
  }

  /** Sets (or moves) the time of an item; Infinity removes it. */
  set(item: T, at: number): void {
    const entry = this.#entries.get(item);
    if (at === Infinity) {
      if (entry !== undefined) this.#forget(entry);
      return;
    }
    if (entry === undefined) this.#insert({ item, at, order: 0, place: NOWHERE });
    else if (entry.place === NOWHERE) {
      entry.at = at;
      this.#insert(entry);
    } else if (entry.at !== at) this.#move(entry, at);
  }

  /** Removes and returns the items that are due at `now`, earliest first. */
  takeDue(now: number): T[] {
    const due: T[] = [];
    while (this.#heap.length > 0 && this.#heap[0]!.at <= now) {
      const first = this.#heap[0]!;
      due.push(first.item);
      this.#takeOut(first);
    }
    return due;
  }

  #insert(entry: Entry<T>): void {
    entry.order = this.#order++;
    this.#entries.set(entry.item, entry);
    this.#heap.push(entry);
    this.#up(entry, this.#heap.length - 1);
  }

  #move(entry: Entry<T>, at: number): void {
    const earlier = at < entry.at;
    entry.at = at;
    if (earlier) this.#up(entry, entry.place);
    else this.#down(entry, entry.place);
  }

  #forget(entry: Entry<T>): void {
    this.#entries.delete(entry.item);
    if (entry.place !== NOWHERE) this.#takeOut(entry);
  }

  #takeOut(entry: Entry<T>): void {
    const { place } = entry;
    entry.place = NOWHERE;
    const last = this.#heap.pop()!;
    if (last === entry) return;
    this.#up(last, place);
    this.#down(last, last.place);
  }

  /** Puts an entry where it belongs, at `place` or nearer to the front. */
  #up(entry: Entry<T>, place: number): void {
    const heap = this.#heap;
    while (place > 0) {
      const parent = heap[(place - 1) >> 1]!;
      if (!isBefore(entry, parent)) break;
      heap[place] = parent;
      parent.place = place;
      place = (place - 1) >> 1;
    }
    heap[place] = entry;
    entry.place = place;
  }

  /** Puts an entry where it belongs, at `place` or further back. */
  #down(entry: Entry<T>, place: number): void {
    const heap = this.#heap;
    const count = heap.length;
    for (let below = 2 * place + 1; below < count; below = 2 * place + 1) {
      if (below + 1 < count && isBefore(heap[below + 1]!, heap[below]!)) below++;
      const child = heap[below]!;
      if (!isBefore(child, entry)) break;
      heap[place] = child;
      child.place = place;
      place = below;
    }
    heap[place] = entry;
    entry.place = place;
  }
}

function isBefore<T>(left: Entry<T>, right: Entry<T>): boolean {
  return left.at < right.at || (left.at === right.at && left.order < right.order);
}
