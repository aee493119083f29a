/** Held against what keepalived 2.2.7 answers (`Number of VIPs exceeds …, max N`) with interfaces of these MTUs. */
import assert from "node:assert/strict";
import { packetLimit } from "../../../core/config/validate/packet_limit.ts";
import { instanceText, load } from "./support.ts";

Deno.test("packetLimit() of IPv6 is keepalived's for every MTU", () => {
  const measured = {
    500: 27,
    576: 32,
    1280: 76,
    1452: 86,
    1476: 88,
    1500: 89,
    1501: 89,
    1502: 90,
    9000: 255,
  };
  for (const [mtu, limit] of Object.entries(measured)) {
    assert.equal(packetLimit(6, 3, Number(mtu)), limit, mtu);
  }
  assert.equal(packetLimit(6, 3, null), 89, "not known");
});

Deno.test("packetLimit() of IPv4 is less by the authentication data in version 2", () => {
  const measured = { 500: [112, 114], 565: [128, 130], 566: [129, 131], 573: [130, 132], 574: [131, 133] };
  for (const [mtu, [second, third]] of Object.entries(measured)) {
    assert.equal(packetLimit(4, 2, Number(mtu)), second, mtu);
    assert.equal(packetLimit(4, 3, Number(mtu)), third, mtu);
  }
  assert.equal(packetLimit(4, 2, 1500), 255);
});

Deno.test("addresses that no packet has room for are excluded, as many as the MTU of the interface says", () => {
  const lines = Array.from({ length: 91 }, (_, i) => `  fd00::${(i + 1).toString(16)}/64`).join("\n");
  const text = instanceText("").replace("10.0.0.1", lines);
  const { model, diagnostics } = load(text, { interfaceMtu: (name) => name === "eth0" ? 1280 : null });
  assert.equal(model.instances[0]!.addresses.length, 76);
  assert.equal(model.instances[0]!.excludedAddresses.length, 15);
  assert.ok(diagnostics.some(({ code }) => code === "too-many-addresses"));
});
