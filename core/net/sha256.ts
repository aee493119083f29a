/**
 * SHA-256 (FIPS 180-4) and HMAC-SHA256 (RFC 2104), for the authentication of advertisements.
 *
 * The engine is synchronous and the runtime's own hashes are not, and one packet is a handful of blocks.
 */

/** Octets of a block and of a digest. */
const BLOCK = 64;
const DIGEST = 32;
const LENGTH_AT = 56;
const ROUNDS = 64;

/** The first primes, from which the standard takes its constants. */
const PRIMES: readonly number[] = firstPrimes(ROUNDS);

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const CONSTANTS = Int32Array.from(PRIMES, (prime) => fractionBits(Math.cbrt(prime)));

/** The same of the square roots of the first eight. */
const INITIAL = Int32Array.from(PRIMES.slice(0, 8), (prime) => fractionBits(Math.sqrt(prime)));

function firstPrimes(count: number): number[] {
  const primes: number[] = [];
  for (let candidate = 2; primes.length < count; candidate++) {
    if (primes.every((prime) => candidate % prime !== 0)) primes.push(candidate);
  }
  return primes;
}

function fractionBits(value: number): number {
  return Math.floor((value - Math.floor(value)) * 2 ** 32) | 0;
}

/** A digest in the making; memory does not grow with what is put in. */
export class Sha256 {
  readonly #state: Int32Array;
  readonly #block = new Uint8Array(BLOCK);
  #filled = 0;
  #length = 0;

  constructor(state: Int32Array = INITIAL, length = 0) {
    this.#state = Int32Array.from(state);
    this.#length = length;
  }

  update(octets: Uint8Array): this {
    this.#length += octets.length;
    let at = 0;
    if (this.#filled > 0) {
      at = Math.min(BLOCK - this.#filled, octets.length);
      this.#block.set(octets.subarray(0, at), this.#filled);
      this.#filled += at;
      if (this.#filled < BLOCK) return this;
      compress(this.#state, this.#block, 0);
    }
    for (; at + BLOCK <= octets.length; at += BLOCK) compress(this.#state, octets, at);
    this.#block.set(octets.subarray(at));
    this.#filled = octets.length - at;
    return this;
  }

  /** The 32 octets; nothing can be put in after that. */
  digest(): Uint8Array<ArrayBuffer> {
    const block = this.#block;
    block[this.#filled] = 0x80;
    block.fill(0, this.#filled + 1);
    if (this.#filled >= LENGTH_AT) {
      compress(this.#state, block, 0);
      block.fill(0);
    }
    const view = new DataView(block.buffer);
    view.setUint32(LENGTH_AT, Math.floor(this.#length / 2 ** 29));
    view.setUint32(LENGTH_AT + 4, (this.#length * 8) % 2 ** 32);
    compress(this.#state, block, 0);
    const octets = new Uint8Array(DIGEST);
    const out = new DataView(octets.buffer);
    this.#state.forEach((word, i) => out.setInt32(i * 4, word));
    return octets;
  }

  /** The state after whole blocks, from which another digest can go on. */
  get middle(): Int32Array {
    return this.#state;
  }
}

const schedule = new Int32Array(ROUNDS);

function compress(state: Int32Array, octets: Uint8Array, at: number): void {
  const words = schedule;
  expand(words, octets, at);
  let [a, b, c, d, e, f, g, h] = state as unknown as Eight;
  for (let i = 0; i < ROUNDS; i++) {
    const sum1 = (e >>> 6 | e << 26) ^ (e >>> 11 | e << 21) ^ (e >>> 25 | e << 7);
    const first = (h + sum1 + (e & f ^ ~e & g) + CONSTANTS[i]! + words[i]!) | 0;
    const sum0 = (a >>> 2 | a << 30) ^ (a >>> 13 | a << 19) ^ (a >>> 22 | a << 10);
    const second = (sum0 + (a & b ^ a & c ^ b & c)) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + second) | 0;
  }
  state[0]! += a;
  state[1]! += b;
  state[2]! += c;
  state[3]! += d;
  state[4]! += e;
  state[5]! += f;
  state[6]! += g;
  state[7]! += h;
}

type Eight = [number, number, number, number, number, number, number, number];

function expand(words: Int32Array, octets: Uint8Array, at: number): void {
  for (let i = 0; i < 16; i++) {
    const from = at + i * 4;
    words[i] = octets[from]! << 24 | octets[from + 1]! << 16 | octets[from + 2]! << 8 | octets[from + 3]!;
  }
  for (let i = 16; i < ROUNDS; i++) {
    const early = words[i - 15]!;
    const late = words[i - 2]!;
    const sigma0 = (early >>> 7 | early << 25) ^ (early >>> 18 | early << 14) ^ early >>> 3;
    const sigma1 = (late >>> 17 | late << 15) ^ (late >>> 19 | late << 13) ^ late >>> 10;
    words[i] = (words[i - 16]! + sigma0 + words[i - 7]! + sigma1) | 0;
  }
}

/** A key made ready: the two blocks that depend on it alone are hashed once. */
export class HmacSha256 {
  readonly #inner: Int32Array;
  readonly #outer: Int32Array;

  /** @param key any length; one longer than 64 octets counts as its digest */
  constructor(key: Uint8Array) {
    const padded = new Uint8Array(BLOCK);
    padded.set(key.length > BLOCK ? new Sha256().update(key).digest() : key);
    this.#inner = new Sha256().update(padded.map((octet) => octet ^ 0x36)).middle;
    this.#outer = new Sha256().update(padded.map((octet) => octet ^ 0x5c)).middle;
  }

  /** The 32 octets that authenticate the parts, one after the other. */
  authenticate(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
    const inner = new Sha256(this.#inner, BLOCK);
    for (const part of parts) inner.update(part);
    return new Sha256(this.#outer, BLOCK).update(inner.digest()).digest();
  }
}

/** Whether two codes are the same, in a time that does not tell where they differ. */
export function sameCode(left: Uint8Array, right: Uint8Array): boolean {
  let difference = left.length ^ right.length;
  for (let i = 0; i < left.length; i++) difference |= left[i]! ^ (right[i] ?? 0);
  return difference === 0;
}
