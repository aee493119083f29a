/**
 * Reading and writing of octets in network or host order, with bounds checked.
 *
 * A decoder asks {@linkcode ByteReader.remaining} before it reads; a read past the end is a mistake of the decoder
 * and throws.
 */

/** The order of the octets of a number: `big` on the network, `little` in netlink on the machines that we run on. */
export type Endian = "big" | "little";

/** Reads one buffer from its front to its end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  #at = 0;

  constructor(bytes: Uint8Array, endian: Endian = "big") {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = endian === "little";
  }

  /** Octets read so far. */
  get offset(): number {
    return this.#at;
  }

  /** Octets that are left. */
  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws {RangeError} past the end, as all reads do */
  u8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#advance(2), this.#little);
  }

  u32(): number {
    return this.#view.getUint32(this.#advance(4), this.#little);
  }

  i32(): number {
    return this.#view.getInt32(this.#advance(4), this.#little);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#advance(8), this.#little);
  }

  /** The next `length` octets: a view of the buffer, not a copy. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  skip(length: number): void {
    this.#advance(length);
  }

  #advance(length: number): number {
    const start = this.#at;
    if (length < 0 || length > this.remaining) {
      throw new RangeError(`Cannot read ${length} octets at offset ${start}: ${this.remaining} are left`);
    }
    this.#at = start + length;
    return start;
  }
}

/** Writes one buffer that grows as needed. */
export class ByteWriter {
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  readonly #little: boolean;
  #length = 0;

  constructor(endian: Endian = "big", capacity = 64) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
    this.#little = endian === "little";
  }

  /** Octets written so far. */
  get length(): number {
    return this.#length;
  }

  u8(value: number): this {
    const at = this.#claim(1);
    this.#view.setUint8(at, value);
    return this;
  }

  u16(value: number): this {
    const at = this.#claim(2);
    this.#view.setUint16(at, value, this.#little);
    return this;
  }

  u32(value: number): this {
    const at = this.#claim(4);
    this.#view.setUint32(at, value, this.#little);
    return this;
  }

  i32(value: number): this {
    const at = this.#claim(4);
    this.#view.setInt32(at, value, this.#little);
    return this;
  }

  u64(value: bigint): this {
    const at = this.#claim(8);
    this.#view.setBigUint64(at, value, this.#little);
    return this;
  }

  bytes(value: Uint8Array): this {
    const at = this.#claim(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  zeros(length: number): this {
    this.#claim(length);
    return this;
  }

  /** Zeros up to the next multiple of `alignment`. */
  align(alignment: number): this {
    return this.zeros((alignment - this.#length % alignment) % alignment);
  }

  /** Writes over two octets that are already there: for a length or a checksum that is known only later. */
  patchU16(offset: number, value: number): this {
    this.#view.setUint16(this.#written(offset, 2), value, this.#little);
    return this;
  }

  /** Writes over four octets that are already there. */
  patchU32(offset: number, value: number): this {
    this.#view.setUint32(this.#written(offset, 4), value, this.#little);
    return this;
  }

  /** What was written: a view that the next write may leave behind. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  #written(offset: number, length: number): number {
    if (offset < 0 || offset + length > this.#length) {
      throw new RangeError(`Cannot write over offset ${offset}: ${this.#length} octets are written`);
    }
    return offset;
  }

  #claim(length: number): number {
    const at = this.#length;
    if (at + length > this.#bytes.length) this.#grow(at + length);
    this.#length = at + length;
    return at;
  }

  #grow(needed: number): void {
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

/** Octets as lower-case hexadecimal digits without separators. */
export function toHex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/**
 * Octets of hexadecimal digits; blanks between them are ignored.
 *
 * @throws {RangeError} for anything else than pairs of hexadecimal digits
 */
export function fromHex(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replaceAll(/\s/g, "");
  if (!/^([0-9a-fA-F]{2})*$/.test(digits)) {
    throw new RangeError(`Cannot read "${text}" as hexadecimal: pairs of digits are expected`);
  }
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = Number(`0x${digits.slice(i * 2, i * 2 + 2)}`);
  return bytes;
}

/** UTF-8 octets of a text; for names of interfaces, labels and the kernel's own words. */
export function textToBytes(text: string): Uint8Array<ArrayBuffer> {
  const pieces = encodeURIComponent(text).match(/%[0-9A-F]{2}|[^%]/g) ?? [];
  return Uint8Array.from(
    pieces,
    (piece) => piece.length === 1 ? piece.charCodeAt(0) : Number(`0x${piece.slice(1)}`),
  );
}

/** The text in octets up to the first NUL: UTF-8, or one octet a character where it is not UTF-8. */
export function textFromBytes(octets: Uint8Array): string {
  const end = octets.indexOf(0);
  const used = end < 0 ? octets : octets.subarray(0, end);
  const text = String.fromCharCode(...used);
  if (used.every((octet) => octet < 0x80)) return text;
  try {
    return decodeURIComponent(
      Array.from(used, (octet) => `%${octet.toString(16).padStart(2, "0")}`).join(""),
    );
  } catch {
    return text;
  }
}
