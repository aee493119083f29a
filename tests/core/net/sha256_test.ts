import assert from "node:assert/strict";
import { HmacSha256, sameCode, Sha256 } from "../../../core/net/sha256.ts";
import { fromHex, textToBytes, toHex } from "../../../core/net/bytes.ts";

/** FIPS 180-4's own examples (NIST, "SHA-256 examples"), and the empty message. */
const DIGESTS: readonly [message: string, digest: string][] = [
  ["", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  [
    "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
  ],
  ["a".repeat(1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"],
];

Deno.test("Sha256 gives the digests of FIPS 180-4", () => {
  for (const [message, digest] of DIGESTS) {
    assert.equal(toHex(new Sha256().update(textToBytes(message)).digest()), digest);
  }
});

Deno.test("Sha256 does not care how a message is cut", async () => {
  const message = Uint8Array.from({ length: 200 }, (_, i) => i * 7);
  for (let length = 0; length <= message.length; length++) {
    const whole = message.slice(0, length);
    const expected = toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", whole)));
    for (const cut of [0, 1, 55, 56, 63, 64, 65, 128]) {
      const hash = new Sha256().update(whole.subarray(0, cut)).update(whole.subarray(cut));
      assert.equal(toHex(hash.digest()), expected, `${length} octets cut at ${cut}`);
    }
  }
});

/** RFC 4231 section 4, test cases 1 to 7: key, data, code; case 5 shows the first 128 bits alone. */
const CODES: readonly [key: string, data: string, code: string][] = [
  [
    "0b".repeat(20),
    "4869205468657265",
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    "4a656665",
    "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  ["aa".repeat(20), "dd".repeat(50), "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"],
  [
    "0102030405060708090a0b0c0d0e0f10111213141516171819",
    "cd".repeat(50),
    "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
  ],
  ["0c".repeat(20), toHex(textToBytes("Test With Truncation")), "a3b6167473100ee06e0c796c2955552b"],
  [
    "aa".repeat(131),
    toHex(textToBytes("Test Using Larger Than Block-Size Key - Hash Key First")),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
  [
    "aa".repeat(131),
    toHex(
      textToBytes(
        "This is a test using a larger than block-size key and a larger than block-size data. " +
          "The key needs to be hashed before being used by the HMAC algorithm.",
      ),
    ),
    "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
  ],
];

Deno.test("HmacSha256 gives the codes of RFC 4231", () => {
  for (const [key, data, code] of CODES) {
    const hmac = new HmacSha256(fromHex(key));
    assert.equal(toHex(hmac.authenticate(fromHex(data))).slice(0, code.length), code);
    const halves = [fromHex(data).subarray(0, 5), fromHex(data).subarray(5)];
    assert.equal(toHex(hmac.authenticate(...halves)).slice(0, code.length), code, "a second time, in parts");
  }
});

Deno.test("sameCode() sees any difference", () => {
  const code = fromHex("00112233");
  assert.ok(sameCode(code, fromHex("00112233")));
  for (const other of ["00112232", "80112233", "001122", "0011223300", ""]) {
    assert.ok(!sameCode(code, fromHex(other)), other);
  }
});
