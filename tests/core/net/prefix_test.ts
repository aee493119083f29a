import assert from "node:assert/strict";
import { formatPrefix, networkOf, parsePrefix, prefixContains } from "../../../core/net/prefix.ts";

Deno.test("parsePrefix() takes an address with or without a length", () => {
  assert.deepEqual(parsePrefix("10.0.0.1/24"), { address: "10.0.0.1", length: 24 });
  assert.deepEqual(parsePrefix("10.0.0.1"), { address: "10.0.0.1", length: 32 });
  assert.deepEqual(parsePrefix("FE80::1/0"), { address: "fe80::1", length: 0 });
  assert.deepEqual(parsePrefix("fe80::1"), { address: "fe80::1", length: 128 });
  for (
    const text of [
      "10.0.0.1/33",
      "10.0.0.1/",
      "10.0.0.1/024",
      "10.0.0.1/-1",
      "10.0.0.1/24/24",
      "/24",
      "::1/129",
    ]
  ) {
    assert.equal(parsePrefix(text), null, text);
  }
});

Deno.test("formatPrefix() undoes parsePrefix()", () => {
  for (const text of ["10.0.0.1/24", "fe80::1/64"]) assert.equal(formatPrefix(parsePrefix(text)!), text);
});

Deno.test("networkOf() keeps the leading bits", () => {
  const networks: Record<string, string> = {
    "10.1.2.3/32": "10.1.2.3",
    "10.1.2.3/24": "10.1.2.0",
    "10.1.2.3/23": "10.1.2.0",
    "10.1.3.3/23": "10.1.2.0",
    "10.1.2.3/0": "0.0.0.0",
    "fd00:1:2:3:4::5/65": "fd00:1:2:3::",
    "fd00:1:2:3:8000::5/65": "fd00:1:2:3:8000::",
  };
  for (const [prefix, network] of Object.entries(networks)) {
    assert.equal(networkOf(parsePrefix(prefix)!), network);
  }
});

Deno.test("prefixContains() compares within one family", () => {
  const contains = (prefix: string, address: string) => prefixContains(parsePrefix(prefix)!, address);
  assert.ok(contains("10.1.2.3/24", "10.1.2.255"));
  assert.ok(!contains("10.1.2.3/24", "10.1.3.0"));
  assert.ok(contains("::/0", "fe80::1"));
  assert.ok(!contains("::/0", "10.0.0.1"));
});
