/**
 * The framing of the command pipe and of nothing else: four octets of length (little endian), then JSON in UTF-8.
 */

/** Octets of the length that precedes each frame. */
const HEADER = 4;

/** One value as a frame. */
export function encodeFrame(value: unknown): Uint8Array {
  const body = new TextEncoder().encode(JSON.stringify(value));
  const frame = new Uint8Array(HEADER + body.length);
  new DataView(frame.buffer).setUint32(0, body.length, true);
  frame.set(body, HEADER);
  return frame;
}

/** Puts frames together again out of the pieces in which a pipe delivers them. */
export class FrameReader {
  #buffer = new Uint8Array(4096);
  #length = 0;

  /** Takes the next piece and returns the values that are complete now, in order. */
  push(piece: Uint8Array): unknown[] {
    this.#append(piece);
    const values: unknown[] = [];
    let at = 0;
    for (;;) {
      const end = this.#endOfFrame(at);
      if (end === null) break;
      values.push(JSON.parse(new TextDecoder().decode(this.#buffer.subarray(at + HEADER, end))));
      at = end;
    }
    this.#buffer.copyWithin(0, at, this.#length);
    this.#length -= at;
    return values;
  }

  #endOfFrame(at: number): number | null {
    if (this.#length - at < HEADER) return null;
    const end = at + HEADER + new DataView(this.#buffer.buffer).getUint32(at, true);
    return end <= this.#length ? end : null;
  }

  #append(piece: Uint8Array): void {
    const needed = this.#length + piece.length;
    if (needed > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(needed, this.#buffer.length * 2));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(piece, this.#length);
    this.#length = needed;
  }
}
