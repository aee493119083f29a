import assert from "node:assert/strict";
import { networkOf, type Prefix, prefixContains } from "../../../core/net/prefix.ts";

function prefixOf(text: string): Prefix {
  const [address, length] = text.split("/");
  return { address: address!, length: Number(length) };
}

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
    assert.equal(networkOf(prefixOf(prefix)), network);
  }
});

Deno.test("prefixContains() compares within one family", () => {
  const contains = (prefix: string, address: string) => prefixContains(prefixOf(prefix), address);
  assert.ok(contains("10.1.2.3/24", "10.1.2.255"));
  assert.ok(!contains("10.1.2.3/24", "10.1.3.0"));
  assert.ok(contains("::/0", "fe80::1"));
  assert.ok(!contains("::/0", "10.0.0.1"));
});
