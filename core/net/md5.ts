/**
 * MD5 (RFC 1321), octets as they come: the `digest` of an HTTP check, the same that keepalived's genhash prints, and
 * HMAC-MD5 (RFC 2104) for the IPsec authentication header of old VRRP.
 *
 * It tells whether a page changed; it protects nothing.
 */
import { toHex } from "./bytes.ts";

const BLOCK = 64;
const LENGTH_AT = 56;

/** Left rotations of the four rounds. */
const SHIFTS = [[7, 12, 17, 22], [5, 9, 14, 20], [4, 11, 16, 23], [6, 10, 15, 21]] as const;

/** floor(2^32 * |sin(i + 1)|) */
const SINES = Int32Array.from(
  { length: BLOCK },
  (_, i) => Math.floor(2 ** 32 * Math.abs(Math.sin(i + 1))) | 0,
);

const INITIAL = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const;

/** A digest in the making; memory does not grow with what is put in. */
export class Md5 {
  readonly #state = Int32Array.from(INITIAL, (word) => word | 0);
  readonly #block = new Uint8Array(BLOCK);
  readonly #words = new Int32Array(BLOCK / 4);
  #filled = 0;
  #length = 0;

  update(octets: Uint8Array): this {
    this.#length += octets.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(BLOCK - this.#filled, octets.length);
      this.#block.set(octets.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < BLOCK) return this;
      this.#compress(this.#block, 0);
    }
    for (; at + BLOCK <= octets.length; at += BLOCK) this.#compress(octets, at);
    this.#block.set(octets.subarray(at));
    this.#filled = octets.length - at;
    return this;
  }

  /** 32 lower-case hexadecimal digits; nothing can be put in after that. */
  digest(): string {
    return toHex(this.digestOctets());
  }

  /** The 16 octets of the digest; nothing can be put in after that. */
  digestOctets(): Uint8Array<ArrayBuffer> {
    const { length } = this;
    const padding = new Uint8Array(
      (this.#filled < LENGTH_AT ? LENGTH_AT : LENGTH_AT + BLOCK) - this.#filled + 8,
    );
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, length * 8 % 2 ** 32, true);
    view.setUint32(padding.length - 4, Math.floor(length / 2 ** 29) % 2 ** 32, true);
    this.update(padding);
    const octets = new Uint8Array(16);
    const out = new DataView(octets.buffer);
    this.#state.forEach((word, i) => out.setInt32(i * 4, word, true));
    return octets;
  }

  /** Octets put in so far. */
  get length(): number {
    return this.#length;
  }

  #compress(octets: Uint8Array, at: number): void {
    const words = this.#words;
    for (let i = 0; i < 16; i++) {
      const from = at + i * 4;
      words[i] = octets[from]! | octets[from + 1]! << 8 | octets[from + 2]! << 16 | octets[from + 3]! << 24;
    }
    let [a, b, c, d] = this.#state as unknown as [number, number, number, number];
    for (let i = 0; i < BLOCK; i++) {
      const round = i >>> 4;
      const sum = (a + mix(round, b, c, d) + SINES[i]! + words[wordOf(round, i)]!) | 0;
      const shift = SHIFTS[round]![i & 3]!;
      [a, d, c, b] = [d, c, b, (b + (sum << shift | sum >>> (32 - shift))) | 0];
    }
    this.#state[0]! += a;
    this.#state[1]! += b;
    this.#state[2]! += c;
    this.#state[3]! += d;
  }
}

function mix(round: number, b: number, c: number, d: number): number {
  switch (round) {
    case 0:
      return b & c | ~b & d;
    case 1:
      return b & d | c & ~d;
    case 2:
      return b ^ c ^ d;
    default:
      return c ^ (b | ~d);
  }
}

function wordOf(round: number, i: number): number {
  switch (round) {
    case 0:
      return i;
    case 1:
      return (5 * i + 1) & 15;
    case 2:
      return (3 * i + 5) & 15;
    default:
      return 7 * i & 15;
  }
}

/** The 16 octets that authenticate a message with a key of at most 64 octets. */
export function hmacMd5(key: Uint8Array, message: Uint8Array): Uint8Array<ArrayBuffer> {
  const padded = new Uint8Array(BLOCK);
  padded.set(key);
  const inner = new Md5().update(padded.map((octet) => octet ^ 0x36)).update(message).digestOctets();
  return new Md5().update(padded.map((octet) => octet ^ 0x5c)).update(inner).digestOctets();
}
