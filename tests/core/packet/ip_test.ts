import assert from "node:assert/strict";
import fc from "fast-check";
import { addressFromBytes } from "../../../core/net/address.ts";
import { sumIsValid, sumWords } from "../../../core/net/checksum.ts";
import { toHex } from "../../../core/net/bytes.ts";
import { decodeIpv4Header, encodeIpv4Header, encodeIpv6Header, nextIpId } from "../../../core/packet/ip.ts";
import { keepalivedFrames } from "./golden.ts";

const anOctet = fc.integer({ min: 0, max: 255 });
const anAddress = fc.uint8Array({ minLength: 4, maxLength: 4 }).map((octets) => addressFromBytes(octets));
const aHeader = fc.record({
  source: anAddress,
  destination: anAddress,
  protocol: anOctet,
  ttl: anOctet,
  tos: anOctet,
  id: fc.integer({ min: 0, max: 0xffff }),
  totalLength: fc.integer({ min: 20, max: 0xffff }),
});

Deno.test("encodeIpv4Header() gives the header that keepalived and the kernel send", () => {
  for (const frame of keepalivedFrames().frames) {
    const packet = frame.subarray(14);
    const header = decodeIpv4Header(packet);
    if (header === null) continue;
    assert.equal(header.headerLength, 20);
    assert.equal(toHex(encodeIpv4Header(header)), toHex(packet.subarray(0, 20)));
  }
});

Deno.test("decodeIpv4Header() undoes encodeIpv4Header(), whose checksum is valid", () => {
  fc.assert(fc.property(aHeader, (header) => {
    const octets = encodeIpv4Header(header);
    assert.ok(sumIsValid(sumWords(octets)));
    assert.deepEqual(decodeIpv4Header(octets), { ...header, headerLength: 20 });
  }));
});

Deno.test("decodeIpv4Header() gives the length of a header with options", () => {
  const octets = Uint8Array.of(0x46, ...new Uint8Array(23));
  assert.equal(decodeIpv4Header(octets)?.headerLength, 24);
});

Deno.test("decodeIpv4Header() gives null where there is no whole header", () => {
  const octets = encodeIpv4Header({
    source: "10.0.0.1",
    destination: "10.0.0.2",
    protocol: 112,
    ttl: 255,
    tos: 0,
    id: 1,
    totalLength: 20,
  });
  for (let length = 0; length < 20; length++) {
    assert.equal(decodeIpv4Header(octets.subarray(0, length)), null);
  }
  for (const first of [0x65, 0x44, 0x46]) {
    assert.equal(decodeIpv4Header(Uint8Array.of(first, ...octets.subarray(1))), null);
  }
});

Deno.test("encodeIpv6Header() lays out RFC 8200 section 3", () => {
  const header = {
    source: "fe80::1",
    destination: "ff02::12",
    nextHeader: 112,
    hopLimit: 255,
    payloadLength: 0x128,
  };
  assert.equal(
    toHex(encodeIpv6Header(header)),
    "60000000" + "0128" + "70" + "ff" + "fe80000000000000" + "0000000000000001" + "ff02000000000000" +
      "0000000000000012",
  );
});

Deno.test("nextIpId() starts at 1 and never gives 0", () => {
  assert.deepEqual([0, 1, 0xfffe, 0xffff].map(nextIpId), [1, 2, 0xffff, 1]);
});
