/** Held against what keepalived 2.2.7 (Debian 12) sent with `auth_type AH`, `auth_pass secret12`, captured here. */
import assert from "node:assert/strict";
import { fromHex, toHex } from "../../../core/net/bytes.ts";
import {
  headerIsAuthentic,
  readHeader,
  seal,
  writeHeader,
} from "../../../core/packet/authentication_header.ts";
import { octetsOf } from "../../../core/packet/vrrp_trailer.ts";

const KEY = "secret12";
const SENT = [
  "45c0004000010000ff33cfdb0ac80014e0000012" + "700400000ac80014000000018faed4e8b1879cb02d3bf888" +
  "2133c80102010a160a5000640000000000000000",
  "45c0004000030000ff33cfd90ac80014e0000012" + "700400000ac80014000000032277cdef926388f7f895260b" +
  "2133c80102010a160a5000640000000000000000",
];

Deno.test("readHeader() and headerIsAuthentic() take keepalived's packets", () => {
  assert.deepEqual(SENT.map((hex) => readHeader(fromHex(hex), 20)!.sequence), [1, 3]);
  for (const hex of SENT) assert.ok(headerIsAuthentic(readHeader(fromHex(hex), 20)!, KEY));
});

Deno.test("writeHeader() and seal() make keepalived's packets", () => {
  for (const [i, hex] of SENT.entries()) {
    const packet = fromHex(hex);
    packet.fill(0, 20, 44);
    writeHeader(packet, i === 0 ? 1 : 3);
    seal(packet, octetsOf(KEY));
    assert.equal(toHex(packet), hex);
  }
});

Deno.test("headerIsAuthentic() leaves the TTL out of account in unicast alone", () => {
  const authentic = (destination: number, ttl: number) => {
    const packet = fromHex(SENT[0]!);
    packet[16] = destination;
    seal(packet, octetsOf(KEY));
    packet[8] = ttl;
    return headerIsAuthentic(readHeader(packet, 20)!, KEY);
  };
  assert.deepEqual([authentic(10, 64), authentic(239, 64), authentic(239, 255)], [true, false, true]);
});

Deno.test("headerIsAuthentic() refuses another key and every changed octet but those that routers change", () => {
  const packet = fromHex(SENT[0]!);
  assert.ok(!headerIsAuthentic(readHeader(packet, 20)!, "secret13"));
  // Type of service, fragmentation, header checksum; the SPI and what the header says of itself are no header then.
  const free = new Set([1, 6, 7, 10, 11]);
  for (let at = 0; at < packet.length; at++) {
    const changed = packet.slice();
    changed[at]! ^= 1;
    const header = readHeader(changed, 20);
    assert.equal(header !== null && headerIsAuthentic(header, KEY), free.has(at), `octet ${at}`);
  }
});

Deno.test("readHeader() finds none in what is too short, has another length or another sender", () => {
  const packet = fromHex(SENT[0]!);
  for (let length = 0; length < 44; length++) assert.equal(readHeader(packet.subarray(0, length), 20), null);
  for (const at of [20, 21, 24]) {
    const changed = packet.slice();
    changed[at]!++;
    assert.equal(readHeader(changed, 20), null);
  }
});
