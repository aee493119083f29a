/**
 * A priority queue of things that are due at a time, with at most one time a thing.
 */

interface Entry<T> {
  readonly item: T;
  at: number;
  /** Order of insertion, so that equal times come out as they went in. */
  readonly order: number;
}

/** A binary heap that knows where each item stands: set, move and remove in O(log n). */
export class TimerQueue<T extends object> {
  #heap: Entry<T>[] = [];
  #places = new Map<T, number>();
  #order = 0;

  /** The earliest time, or null where nothing is due ever. */
  get nextAt(): number | null {
    return this.#heap[0]?.at ?? null;
  }

  /** What is due then. */
  get next(): T | null {
    return this.#heap[0]?.item ?? null;
  }

  /** Sets (or moves) the time of an item; Infinity removes it. */
  set(item: T, at: number): void {
    const place = this.#places.get(item);
    if (at === Infinity) {
      if (place !== undefined) this.#removeAt(place);
      return;
    }
    if (place === undefined) {
      this.#heap.push({ item, at, order: this.#order++ });
      this.#places.set(item, this.#heap.length - 1);
      this.#up(this.#heap.length - 1);
      return;
    }
    const entry = this.#heap[place]!;
    if (entry.at === at) return;
    entry.at = at;
    this.#up(place);
    this.#down(this.#places.get(item)!);
  }

  /** Removes and returns the items that are due at `now`, earliest first. */
  takeDue(now: number): T[] {
    const due: T[] = [];
    while (this.#heap.length > 0 && this.#heap[0]!.at <= now) {
      due.push(this.#heap[0]!.item);
      this.#removeAt(0);
    }
    return due;
  }

  #removeAt(place: number): void {
    const removed = this.#heap[place]!;
    const last = this.#heap.pop()!;
    this.#places.delete(removed.item);
    if (last === removed) return;
    this.#heap[place] = last;
    this.#places.set(last.item, place);
    this.#up(place);
    this.#down(this.#places.get(last.item)!);
  }

  #up(place: number): void {
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#before(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #down(place: number): void {
    for (;;) {
      const left = 2 * place + 1;
      const right = left + 1;
      let first = place;
      if (left < this.#heap.length && this.#before(left, first)) first = left;
      if (right < this.#heap.length && this.#before(right, first)) first = right;
      if (first === place) return;
      this.#swap(place, first);
      place = first;
    }
  }

  #before(a: number, b: number): boolean {
    const left = this.#heap[a]!;
    const right = this.#heap[b]!;
    return left.at < right.at || (left.at === right.at && left.order < right.order);
  }

  #swap(a: number, b: number): void {
    const left = this.#heap[a]!;
    const right = this.#heap[b]!;
    this.#heap[a] = right;
    this.#heap[b] = left;
    this.#places.set(right.item, a);
    this.#places.set(left.item, b);
  }
}
