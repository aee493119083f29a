/**
 * A priority queue of things that are due at a time, with at most one time a thing.
 */

/** Where an entry stands that is not in the heap. */
const NOWHERE = -1;

interface Entry<T> {
  readonly item: T;
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
  /** When each entry of the heap is due, at the same place: a sift reads many times and few entries. */
  readonly #times: number[] = [];
  /** Also of items that `takeDue` took out: most of them come back at once. */
  readonly #entries = new Map<T, Entry<T>>();
  #order = 0;

  /** The earliest time, or null where nothing is due ever. */
  get nextAt(): number | null {
    return this.#times.length === 0 ? null : this.#times[0]!;
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
    if (entry === undefined) this.#insert({ item, order: 0, place: NOWHERE }, at);
    else if (entry.place === NOWHERE) this.#insert(entry, at);
    else this.#move(entry, at);
  }

  /** Removes and returns the items that are due at `now`, earliest first. */
  takeDue(now: number): T[] {
    const due: T[] = [];
    while (this.#heap.length > 0 && this.#times[0]! <= now) {
      const first = this.#heap[0]!;
      due.push(first.item);
      this.#takeOut(first);
    }
    return due;
  }

  #insert(entry: Entry<T>, at: number): void {
    entry.order = this.#order++;
    this.#entries.set(entry.item, entry);
    this.#heap.push(entry);
    this.#times.push(at);
    this.#up(entry, at, this.#heap.length - 1);
  }

  #move(entry: Entry<T>, at: number): void {
    const before = this.#times[entry.place]!;
    if (at < before) this.#up(entry, at, entry.place);
    else if (at > before) this.#down(entry, at, entry.place);
  }

  #forget(entry: Entry<T>): void {
    this.#entries.delete(entry.item);
    if (entry.place !== NOWHERE) this.#takeOut(entry);
  }

  #takeOut(entry: Entry<T>): void {
    const { place } = entry;
    entry.place = NOWHERE;
    const last = this.#heap.pop()!;
    const at = this.#times.pop()!;
    if (last === entry) return;
    this.#up(last, at, place);
    this.#down(last, at, last.place);
  }

  /** Puts an entry where it belongs, at `place` or nearer to the front. */
  #up(entry: Entry<T>, at: number, place: number): void {
    const heap = this.#heap;
    const times = this.#times;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (times[above]! < at || (times[above] === at && heap[above]!.order < entry.order)) break;
      this.#put(heap[above]!, times[above]!, place);
      place = above;
    }
    this.#put(entry, at, place);
  }

  /** Puts an entry where it belongs, at `place` or further back. */
  #down(entry: Entry<T>, at: number, place: number): void {
    const heap = this.#heap;
    const times = this.#times;
    const count = heap.length;
    for (let below = 2 * place + 1; below < count; below = 2 * place + 1) {
      if (below + 1 < count && this.#isBefore(below + 1, below)) below++;
      if (at < times[below]! || (at === times[below] && entry.order < heap[below]!.order)) break;
      this.#put(heap[below]!, times[below]!, place);
      place = below;
    }
    this.#put(entry, at, place);
  }

  #put(entry: Entry<T>, at: number, place: number): void {
    this.#heap[place] = entry;
    this.#times[place] = at;
    entry.place = place;
  }

  #isBefore(left: number, right: number): boolean {
    const a = this.#times[left]!;
    const b = this.#times[right]!;
    return a < b || (a === b && this.#heap[left]!.order < this.#heap[right]!.order);
  }
}
