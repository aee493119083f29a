/** Another router, reduced to its voice: a frame at every interval. */

/** A frame that is sent at every interval until it is stopped. */
export class Feed {
  #frame: Uint8Array<ArrayBuffer>;
  readonly #send: (frame: Uint8Array<ArrayBuffer>) => number;
  readonly #timer: ReturnType<typeof setInterval>;
  #lastAt = 0;
  #count = 0;
  #waiting: { readonly wanted: number; readonly resolve: () => void }[] = [];

  /** Starts at once; `interval` in ms. */
  constructor(
    send: (frame: Uint8Array<ArrayBuffer>) => number,
    frame: Uint8Array<ArrayBuffer>,
    interval: number,
  ) {
    this.#send = send;
    this.#frame = frame;
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), interval);
  }

  /** When the last frame was sent, ms since the Unix epoch. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** How many were sent. */
  get count(): number {
    return this.#count;
  }

  /** Sends another frame from the next turn on. */
  change(frame: Uint8Array<ArrayBuffer>): void {
    this.#frame = frame;
  }

  /** Waits until that many more were sent. */
  sends(more: number): Promise<void> {
    const wanted = this.#count + more;
    return new Promise((resolve) => this.#waiting.push({ wanted, resolve }));
  }

  /** Falls silent; returns when the last frame was sent. */
  stop(): number {
    clearInterval(this.#timer);
    return this.#lastAt;
  }

  #tick(): void {
    this.#lastAt = this.#send(this.#frame);
    this.#count++;
    const reached = this.#waiting.filter(({ wanted }) => wanted <= this.#count);
    this.#waiting = this.#waiting.filter(({ wanted }) => wanted > this.#count);
    for (const { resolve } of reached) resolve();
  }
}
