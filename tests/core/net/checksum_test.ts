import assert from "node:assert/strict";
import fc from "fast-check";
import { fromHex } from "../../../core/net/bytes.ts";
import { checksumOf, foldSum, pseudoHeaderSum, sumIsValid, sumWords } from "../../../core/net/checksum.ts";

Deno.test("sumWords() gives the example of RFC 1071 section 3", () => {
  const sum = sumWords(fromHex("0001f203f4f5f6f7"));
  assert.equal(sum, 0x2ddf0);
  assert.equal(foldSum(sum), 0xddf2);
  assert.equal(checksumOf(sum), 0x220d);
});

Deno.test("sumWords() counts an odd last octet as if a zero followed", () => {
  assert.equal(sumWords(fromHex("010203")), 0x0102 + 0x0300);
  assert.equal(sumWords(new Uint8Array()), 0);
});

Deno.test("data with its checksum is valid, and invalid with one bit flipped", () => {
  const someData = fc.uint8Array({ minLength: 2, maxLength: 200 });
  fc.assert(fc.property(someData, fc.nat(), (data, position) => {
    const even = data.subarray(0, data.length & ~1);
    const checksum = checksumOf(sumWords(even));
    const whole = Uint8Array.of(...even, checksum >> 8, checksum & 0xff);
    assert.ok(sumIsValid(sumWords(whole)));
    whole[position % whole.length]! ^= 1 << (position % 8);
    assert.ok(!sumIsValid(sumWords(whole)));
  }));
});

Deno.test("foldSum() folds a sum that a 32-bit number does not hold", () => {
  assert.equal(foldSum(0x1_0000_0000), 1);
  assert.equal(foldSum(0xffff), 0xffff);
  assert.equal(foldSum(0x1fffe), 0xffff);
});

Deno.test("pseudoHeaderSum() adds addresses, protocol and length", () => {
  assert.equal(pseudoHeaderSum("1.2.3.4", "5.6.7.8", 112, 20), 0x0102 + 0x0304 + 0x0506 + 0x0708 + 112 + 20);
  assert.equal(pseudoHeaderSum("::1", "::2", 58, 0x10020), 1 + 2 + 58 + 1 + 0x20);
});
