import assert from "node:assert/strict";
import { parseWebAddress } from "../../../cli/commands/options.ts";

Deno.test("parseWebAddress() takes IPv4, IPv6 in brackets, and localhost", () => {
  assert.deepEqual(parseWebAddress("127.0.0.1:9650"), { hostname: "127.0.0.1", port: 9650 });
  assert.deepEqual(parseWebAddress("[::1]:0"), { hostname: "::1", port: 0 });
  assert.deepEqual(parseWebAddress("localhost:65535"), { hostname: "localhost", port: 65535 });
});

for (
  const text of [
    "",
    "9650",
    ":9650",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:08",
    "127.0.0.1:-1",
    "127.0.0.1:1e3",
    "127.0.0.300:80",
    "::1:80",
    "[127.0.0.1]:80",
    "[::1:80",
    "host.example:80",
    "127.0.0.1:80 ",
  ]
) {
  Deno.test(`parseWebAddress() refuses "${text}"`, () => {
    assert.throws(() => parseWebAddress(text), /must be ADDR:PORT/);
  });
}
