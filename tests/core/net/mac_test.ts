import assert from "node:assert/strict";
import { macFromBytes, macToBytes, multicastMac6, parseMac, virtualMac } from "../../../core/net/mac.ts";

Deno.test("parseMac() gives lower case, or null", () => {
  assert.equal(parseMac("02:AB:00:00:00:01"), "02:ab:00:00:00:01");
  for (
    const text of [
      "",
      "02:ab:00:00:00",
      "02:ab:00:00:00:01:02",
      "2:ab:0:0:0:1",
      "02-ab-00-00-00-01",
      "0g:00:00:00:00:00",
    ]
  ) {
    assert.equal(parseMac(text), null, text);
  }
});

Deno.test("macToBytes() undoes macFromBytes()", () => {
  assert.equal(macFromBytes(macToBytes("00:01:7f:80:fe:ff")), "00:01:7f:80:fe:ff");
  assert.equal(macFromBytes(new Uint8Array()), "");
  assert.throws(() => macToBytes(""), /Cannot encode "": not a hardware address/);
});

Deno.test("virtualMac() is that of RFC 9568 section 7.3", () => {
  assert.equal(virtualMac(4, 9), "00:00:5e:00:01:09");
  assert.equal(virtualMac(6, 255), "00:00:5e:00:02:ff");
});

Deno.test("multicastMac6() is that of RFC 2464 section 7", () => {
  assert.equal(multicastMac6("ff02::1"), "33:33:00:00:00:01");
  assert.equal(multicastMac6("ff02::1:ff12:3456"), "33:33:ff:12:34:56");
});
