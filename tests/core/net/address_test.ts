import assert from "node:assert/strict";
import fc from "fast-check";
import {
  addressFromBytes,
  addressToBytes,
  compareAddresses,
  familyOf,
  isLinkLocal,
  isMulticast,
  parseAddress,
} from "../../../core/net/address.ts";

const anAddress = fc.constantFrom(4, 16)
  .chain((length) => fc.uint8Array({ minLength: length, maxLength: length }))
  .map((octets) => addressFromBytes(octets));

Deno.test("parseAddress() gives the canonical text", () => {
  const canonical: Record<string, string> = {
    "10.0.0.1": "10.0.0.1",
    "FE80::0001": "fe80::1",
    "0:0:0:0:0:0:0:0": "::",
    "::": "::",
    "2001:db8:0:0:1:0:0:1": "2001:db8::1:0:0:1",
    "2001:db8:0:1:1:1:1:1": "2001:db8:0:1:1:1:1:1",
    "1:0:0:2:0:0:0:3": "1:0:0:2::3",
    "::ffff:10.0.0.1": "::ffff:10.0.0.1",
    "64:ff9b::10.0.0.1": "64:ff9b::a00:1",
  };
  for (const [text, expected] of Object.entries(canonical)) assert.equal(parseAddress(text), expected, text);
});

Deno.test("parseAddress() gives null for what is not an address", () => {
  const refused = [
    ..."| |1|1.2.3|1.2.3.4.5|256.0.0.1|01.2.3.4|1.2.3.4 |+1.2.3.4|1.2.3.-4|0x1.2.3.4|1..2.3".split("|"),
    ...":|:::|1::2::3|1:2:3:4:5:6:7|1:2:3:4:5:6:7:8:9|1:2:3:4:5:6:7::8:9|12345::|g::|fe80::1%eth0|fe80::1/64"
      .split("|"),
    ...":1:2:3:4:5:6:7|1:2:3:4:5:6:7:|::1.2.3|::1.2.3.256|1.2.3.4::".split("|"),
  ];
  for (const text of refused) assert.equal(parseAddress(text), null, text);
});

Deno.test("an address survives text and octets", () => {
  fc.assert(fc.property(anAddress, (address) => {
    assert.equal(parseAddress(address), address);
    assert.equal(addressFromBytes(addressToBytes(address)), address);
    assert.equal(addressToBytes(address).length, familyOf(address) === 4 ? 4 : 16);
  }));
});

Deno.test("addressFromBytes() and addressToBytes() refuse what is none", () => {
  assert.throws(() => addressFromBytes(new Uint8Array(5)), RangeError);
  assert.throws(() => addressToBytes("10.0.0"), RangeError);
});

Deno.test("compareAddresses() orders as unsigned numbers", () => {
  const ordered = ["0.0.0.0", "9.255.255.255", "10.0.0.2", "10.0.0.10", "192.168.0.1", "255.255.255.255"];
  for (let i = 1; i < ordered.length; i++) {
    assert.ok(compareAddresses(ordered[i - 1]!, ordered[i]!) < 0);
    assert.ok(compareAddresses(ordered[i]!, ordered[i - 1]!) > 0);
  }
  assert.ok(compareAddresses("fe80::2", "fe80::10") < 0);
  assert.equal(compareAddresses("fe80::1", "fe80::1"), 0);
});

Deno.test("isMulticast() and isLinkLocal() know their ranges to the last address", () => {
  const multicast = ["224.0.0.0", "239.255.255.255", "ff00::", "ff02::12"];
  const unicast = ["223.255.255.255", "240.0.0.0", "fe80::1", "::"];
  assert.deepEqual(multicast.map(isMulticast), multicast.map(() => true));
  assert.deepEqual(unicast.map(isMulticast), unicast.map(() => false));
  assert.deepEqual(["fe80::", "febf:ffff::"].map(isLinkLocal), [true, true]);
  assert.deepEqual(["fe7f::", "fec0::", "169.254.0.1"].map(isLinkLocal), [false, false, false]);
});
