import assert from "node:assert/strict";
import fc from "fast-check";
import {
  ByteReader,
  ByteWriter,
  fromHex,
  textFromBytes,
  textToBytes,
  toHex,
} from "../../../core/net/bytes.ts";
import { equalBytes } from "../../support/octets.ts";

Deno.test("ByteWriter and ByteReader agree in both byte orders", () => {
  const expected = {
    big: "01" + "0203" + "04050607" + "fffffffe" + "08090a0b0c0d0e0f" + "abcd" + "0000",
    little: "01" + "0302" + "07060504" + "feffffff" + "0f0e0d0c0b0a0908" + "abcd" + "0000",
  };
  for (const endian of ["big", "little"] as const) {
    const writer = new ByteWriter(endian, 1);
    writer.u8(1).u16(0x0203).u32(0x04050607).i32(-2).u64(0x08090a0b0c0d0e0fn).bytes(fromHex("abcd")).zeros(2);
    assert.equal(toHex(writer.finish()), expected[endian]);
    const reader = new ByteReader(writer.finish(), endian);
    assert.deepEqual(
      [reader.u8(), reader.u16(), reader.u32(), reader.i32(), reader.u64(), toHex(reader.bytes(2))],
      [1, 0x0203, 0x04050607, -2, 0x08090a0b0c0d0e0fn, "abcd"],
    );
    assert.deepEqual([reader.offset, reader.remaining], [21, 2]);
    reader.skip(2);
    assert.equal(reader.remaining, 0);
  }
});

Deno.test("ByteReader throws past the end and stays where it was", () => {
  const reader = new ByteReader(fromHex("010203"));
  assert.throws(() => reader.u32(), /Cannot read 4 octets at offset 0: 3 are left/);
  assert.throws(() => reader.skip(-1), RangeError);
  assert.equal(reader.u16(), 0x0102);
  assert.throws(() => reader.bytes(2), RangeError);
  assert.equal(reader.u8(), 3);
});

Deno.test("ByteReader reads a view of a larger buffer", () => {
  const reader = new ByteReader(fromHex("ff0102ff").subarray(1, 3));
  assert.equal(reader.u16(), 0x0102);
  assert.equal(reader.remaining, 0);
});

Deno.test("ByteWriter.align() and its patches", () => {
  const writer = new ByteWriter("little").u32(0).u8(7).align(4).align(4);
  assert.equal(writer.length, 8);
  writer.patchU32(0, writer.length).patchU16(6, 0x0102);
  assert.equal(toHex(writer.finish()), "0800000007000201");
  assert.throws(() => writer.patchU16(7, 1), RangeError);
  assert.throws(() => writer.patchU32(-1, 1), RangeError);
});

Deno.test("fromHex() undoes toHex() and refuses anything else", () => {
  fc.assert(fc.property(fc.uint8Array(), (octets) => {
    assert.ok(equalBytes(fromHex(toHex(octets)), octets));
  }));
  for (const text of ["0", "0g", "xyz", "0x10"]) assert.throws(() => fromHex(text), RangeError);
  assert.equal(toHex(fromHex("DE ad\nbe ef")), "deadbeef");
});

Deno.test("textToBytes() and textFromBytes() agree with the platform's UTF-8", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assert.ok(equalBytes(textToBytes(text), new TextEncoder().encode(text)));
    if (!text.includes("\0")) assert.equal(textFromBytes(textToBytes(text)), text);
  }));
});

Deno.test("textFromBytes() stops at NUL and survives what is not UTF-8", () => {
  assert.equal(textFromBytes(fromHex("657468300065")), "eth0");
  assert.equal(textFromBytes(fromHex("e4f6")), "\u00e4\u00f6");
  assert.equal(textFromBytes(new Uint8Array()), "");
});
