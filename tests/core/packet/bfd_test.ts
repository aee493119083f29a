import assert from "node:assert/strict";
import fc from "fast-check";
import { BFD_STATES, type BfdPacket, decodeBfd, encodeBfd } from "../../../core/packet/bfd.ts";
import { fromHex, toHex } from "../../../core/net/bytes.ts";

/** As tcpdump 4.99 prints it: state up, multiplier 3, 300 ms both ways. */
const UP: BfdPacket = {
  state: "up",
  diagnostic: 0,
  poll: false,
  final: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 0x7429abf9,
  yourDiscriminator: 0xd43a40c1,
  desiredMinTransmit: 300_000,
  requiredMinReceive: 300_000,
};
const UP_OCTETS = "20c00318 7429abf9 d43a40c1 000493e0 000493e0 00000000";

Deno.test("encodeBfd() writes the octets of RFC 5880 section 4.1", () => {
  assert.equal(toHex(encodeBfd(UP)), toHex(fromHex(UP_OCTETS)));
  const down = {
    ...UP,
    state: "down",
    diagnostic: 3,
    poll: true,
    demand: true,
    yourDiscriminator: 0,
  } as const;
  assert.equal(toHex(encodeBfd(down).subarray(0, 12)), "236203187429abf900000000");
});

Deno.test("decodeBfd() passes over the echo interval and octets behind the packet", () => {
  const octets = fromHex(`${UP_OCTETS.slice(0, -8)}000493e0 ffff`);
  assert.deepEqual(decodeBfd(octets), { ok: true, packet: UP });
});

const aPacket: fc.Arbitrary<BfdPacket> = fc.record({
  state: fc.constantFrom(...BFD_STATES),
  diagnostic: fc.integer({ min: 0, max: 31 }),
  poll: fc.boolean(),
  final: fc.constant(false),
  demand: fc.boolean(),
  detectMultiplier: fc.integer({ min: 1, max: 255 }),
  myDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
  yourDiscriminator: fc.integer({ min: 1, max: 0xffffffff }),
  desiredMinTransmit: fc.integer({ min: 0, max: 0xffffffff }),
  requiredMinReceive: fc.integer({ min: 0, max: 0xffffffff }),
}, { noNullPrototype: true });

Deno.test("decodeBfd() undoes encodeBfd()", () => {
  fc.assert(fc.property(aPacket, (packet) => {
    assert.deepEqual(decodeBfd(encodeBfd(packet)), { ok: true, packet });
  }));
});

Deno.test("decodeBfd() discards what RFC 5880 section 6.8.6 discards, and says why", () => {
  const changed = (change: (octets: Uint8Array) => void) => {
    const octets = encodeBfd(UP);
    change(octets);
    const decoded = decodeBfd(octets);
    return decoded.ok ? "ok" : decoded.error;
  };
  assert.equal(changed((octets) => octets[0] = 0x40), "version 2");
  assert.equal(changed((octets) => octets[1]! |= 0x04), "authentication bit set");
  assert.equal(changed((octets) => octets[1]! |= 0x01), "multipoint bit set");
  assert.equal(changed((octets) => octets[1]! |= 0x30), "both poll and final bit set");
  assert.equal(changed((octets) => octets[2] = 0), "detection multiplier 0");
  assert.equal(changed((octets) => octets[3] = 23), "length field 23 in a payload of 24 octets");
  assert.equal(changed((octets) => octets[3] = 25), "length field 25 in a payload of 24 octets");
  assert.equal(changed((octets) => octets.fill(0, 4, 8)), "my discriminator 0");
  assert.equal(changed((octets) => octets.fill(0, 8, 12)), "your discriminator 0 in state up");
  for (const state of ["down", "admin_down"] as const) {
    assert.ok(decodeBfd(encodeBfd({ ...UP, state, yourDiscriminator: 0 })).ok, state);
  }
  for (let length = 0; length < 24; length++) {
    const decoded = decodeBfd(encodeBfd(UP).subarray(0, length));
    assert.ok(!decoded.ok && decoded.error === `${length} octets are too short`);
  }
});

Deno.test("decodeBfd() never throws", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), (octets) => {
      const decoded = decodeBfd(octets);
      assert.ok(decoded.ok || decoded.error.length > 0);
    }),
    { numRuns: 2000 },
  );
});
