import assert from "node:assert/strict";
import golden from "../../golden/packet/hmac.json" with { type: "json" };
import { fromHex, toHex } from "../../../core/net/bytes.ts";
import { HmacSha256 } from "../../../core/net/sha256.ts";
import { type Advertisement, decodeAdvertisement, encodeAdvertisement } from "../../../core/packet/vrrp.ts";
import {
  encodeTrailer,
  octetsOf,
  octetText,
  type ReceivedTrailer,
  trailerIsAuthentic,
} from "../../../core/packet/vrrp_trailer.ts";

const KEY = new HmacSha256(fromHex(golden.key));
const CONTEXT = { version: 3, vrid: 51 } as const;

function advert(address: string): Advertisement {
  return {
    version: 3,
    vrid: 51,
    priority: 200,
    interval: 1000,
    addresses: [address],
    authentication: "none",
    password: "",
  };
}

function trailerOf(octets: Uint8Array, source: string): ReceivedTrailer {
  const decoded = decodeAdvertisement(octets, { source, destination: "fe80::20" });
  assert.ok(decoded.ok && decoded.trailer !== undefined, toHex(octets));
  return decoded.trailer;
}

Deno.test("encodeTrailer() makes keepalived's wire images, octet for octet", () => {
  for (const { source, destination, address, checksumWithoutPseudoHeader, hex } of golden.images) {
    const options = { source, destination, checksumWithoutPseudoHeader };
    const message = encodeAdvertisement(advert(address), options);
    const sequence = BigInt(`0x${golden.sequence}`);
    const trailer = encodeTrailer(message, 1, sequence, KEY, { ...CONTEXT, source });
    const packet = encodeAdvertisement(advert(address), { ...options, trailer });
    assert.equal(toHex(packet), toHex(fromHex(hex)));
  }
});

Deno.test("decodeAdvertisement() reads keepalived's wire images, and their codes are right", () => {
  for (const { source, destination, address, hex } of golden.images) {
    const decoded = decodeAdvertisement(fromHex(hex), { source, destination });
    assert.ok(decoded.ok && decoded.trailer !== undefined);
    assert.deepEqual([decoded.vrid, decoded.priority, decoded.addresses], [51, 200, [address]]);
    assert.match(decoded.checksum, /^valid/);
    const { type, keyId, reserved, seconds, fraction } = decoded.trailer;
    assert.deepEqual([type, keyId, reserved, seconds, fraction], [1, 1, 0, 0x68000000, 0x80000000]);
    assert.ok(trailerIsAuthentic(decoded.trailer, KEY, { ...CONTEXT, source }));
  }
});

Deno.test("every flipped bit but those of the checksum makes a code wrong", () => {
  const { hex, source } = golden.images[1]!;
  const image = fromHex(hex);
  for (let bit = 0; bit < image.length * 8; bit++) {
    const octet = bit >> 3;
    // The version and the number of addresses decide where a trailer begins.
    if (octet === 0 || octet === 3) continue;
    const flipped = image.slice();
    flipped[octet]! ^= 1 << (bit & 7);
    const authentic = trailerIsAuthentic(trailerOf(flipped, source), KEY, { ...CONTEXT, source });
    assert.equal(authentic, octet === 6 || octet === 7, `bit ${bit}`);
  }
});

Deno.test("a code is of no use for another key, sender, virtual router or version", () => {
  const { hex, source } = golden.images[0]!;
  const trailer = trailerOf(fromHex(hex), source);
  assert.ok(trailerIsAuthentic(trailer, KEY, { ...CONTEXT, source }));
  assert.ok(!trailerIsAuthentic(trailer, KEY, { ...CONTEXT, source: "198.51.100.11" }));
  assert.ok(!trailerIsAuthentic(trailer, KEY, { ...CONTEXT, source, vrid: 52 }));
  assert.ok(!trailerIsAuthentic(trailer, KEY, { version: 2, vrid: 51, source }));
  assert.ok(!trailerIsAuthentic(trailer, new HmacSha256(new Uint8Array(32)), { ...CONTEXT, source }));
});

Deno.test("decodeAdvertisement() takes a cut trailer for a wrong length", () => {
  const { hex, source, destination } = golden.images[0]!;
  const image = fromHex(hex);
  for (let length = 13; length < image.length; length++) {
    const decoded = decodeAdvertisement(image.subarray(0, length), { source, destination });
    assert.ok(!decoded.ok, `${length} octets`);
    assert.match(decoded.error, /too long for 1 address/);
  }
});

Deno.test("octetsOf() undoes octetText()", () => {
  const octets = Uint8Array.from({ length: 256 }, (_, i) => i);
  assert.deepEqual(octetsOf(octetText(octets)), octets);
  assert.deepEqual(JSON.parse(JSON.stringify(octetText(octets))), octetText(octets));
});
