import assert from "node:assert/strict";
import fc from "fast-check";
import { toHex } from "../../../core/net/bytes.ts";
import { decodeArpFrame, encodeGratuitousArp } from "../../../core/packet/arp.ts";
import { decodeNeighbourAdvertisement, encodeNeighbourAdvertisement } from "../../../core/packet/ndp.ts";
import { keepalivedFrames } from "./golden.ts";

const MAC = "02:00:00:00:00:01";
const { mac, frames } = keepalivedFrames();
const recorded = new Set(frames.map(toHex));

Deno.test("encodeGratuitousArp() gives the octets that keepalived sends", () => {
  for (const last of [100, 101, 102, 103, 105]) {
    const frame = toHex(encodeGratuitousArp(mac, `10.77.0.${last}`));
    assert.ok(recorded.has(frame), `keepalived did not send ${frame}`);
  }
});

Deno.test("encodeNeighbourAdvertisement() gives the octets that keepalived sends", () => {
  for (const address of ["fe80::14", "fd00:77::14"]) {
    const frame = toHex(encodeNeighbourAdvertisement(mac, address, false));
    assert.ok(recorded.has(frame), `keepalived did not send ${frame}`);
  }
});

Deno.test("decodeArpFrame() undoes encodeGratuitousArp()", () => {
  assert.deepEqual(decodeArpFrame(encodeGratuitousArp(MAC, "10.0.0.1")), {
    frameDestination: "ff:ff:ff:ff:ff:ff",
    frameSource: MAC,
    operation: 1,
    senderMac: MAC,
    senderAddress: "10.0.0.1",
    targetMac: "ff:ff:ff:ff:ff:ff",
    targetAddress: "10.0.0.1",
  });
});

Deno.test("decodeNeighbourAdvertisement() undoes encodeNeighbourAdvertisement()", () => {
  for (const router of [false, true]) {
    assert.deepEqual(decodeNeighbourAdvertisement(encodeNeighbourAdvertisement(MAC, "fd00::1", router)), {
      frameDestination: "33:33:00:00:00:01",
      frameSource: MAC,
      source: "fd00::1",
      destination: "ff02::1",
      hopLimit: 255,
      target: "fd00::1",
      targetMac: MAC,
      router,
      override: true,
      checksumValid: true,
    });
  }
});

Deno.test("decodeNeighbourAdvertisement() notices a flipped bit of what the checksum covers", () => {
  const frame = encodeNeighbourAdvertisement(MAC, "fd00::1", true);
  for (let bit = 22 * 8; bit < frame.length * 8; bit++) {
    const flipped = frame.slice();
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    assert.ok(!decodeNeighbourAdvertisement(flipped)?.checksumValid, `bit ${bit} flipped unnoticed`);
  }
});

Deno.test("the neighbour decoders give null for other frames and never throw", () => {
  const arp = encodeGratuitousArp(MAC, "10.0.0.1");
  const advertisement = encodeNeighbourAdvertisement(MAC, "fd00::1", true);
  assert.equal(decodeArpFrame(advertisement), null);
  assert.equal(decodeNeighbourAdvertisement(arp), null);
  for (let length = 0; length < 42; length++) assert.equal(decodeArpFrame(arp.subarray(0, length)), null);
  for (let length = 0; length < 86; length++) {
    assert.equal(decodeNeighbourAdvertisement(advertisement.subarray(0, length)), null);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 120 }), (octets) => {
    decodeArpFrame(octets);
    decodeNeighbourAdvertisement(octets);
  }));
});
