/**
 * Quorum, weights, ranges, names.
 */
import assert from "node:assert/strict";
import { virtualServerName } from "../../../core/lvs/endpoint.ts";
import { nextQuorum } from "../../../core/lvs/quorum.ts";
import { addressRange, servicesOf } from "../../../core/lvs/services.ts";
import { effectiveWeight, nextSlowStep, slowStartWeight } from "../../../core/lvs/weight.ts";
import { checkedServer, virtualServer } from "./builders.ts";

Deno.test("nextQuorum() needs quorum + hysteresis to gain and quorum - hysteresis to keep", () => {
  const rules = { quorum: 3, hysteresis: 1 };
  assert.equal(nextQuorum(rules, "undecided", 3), "down");
  assert.equal(nextQuorum(rules, "undecided", 4), "up");
  assert.equal(nextQuorum(rules, "undecided", 1), "down");
  assert.equal(nextQuorum(rules, "up", 2), "up");
  assert.equal(nextQuorum(rules, "up", 1), "down");
  assert.equal(nextQuorum(rules, "down", 3), "down");
  assert.equal(nextQuorum(rules, "down", 4), "up");
  assert.equal(nextQuorum({ quorum: 1, hysteresis: 0 }, "up", 0), "down");
});

Deno.test("effectiveWeight() adds and stays within the kernel's limits", () => {
  assert.equal(effectiveWeight(5, [3, -2]), 6);
  assert.equal(effectiveWeight(5, [-9]), 0);
  assert.equal(effectiveWeight(2147483647, [1]), 2147483647);
});

Deno.test("slowStartWeight() grows in steps from above 0 to the whole", () => {
  assert.equal(slowStartWeight(100, 10_000, 0, 0), 9);
  assert.equal(slowStartWeight(1, 10_000, 0, 0), 1);
  assert.equal(slowStartWeight(0, 10_000, 0, 0), 0);
  assert.equal(slowStartWeight(100, 10_000, 0, 10_000), 100);
  assert.equal(slowStartWeight(100, 0, 0, 0), 100);
  assert.equal(nextSlowStep(10_000, 0, 0), 1000);
  assert.equal(nextSlowStep(10_000, 0, 9999), 10_000);
  assert.equal(nextSlowStep(10_000, 0, 10_000), null);
  assert.equal(nextSlowStep(500, 0, 0), 500);
});

Deno.test("addressRange() crosses octets and families", () => {
  assert.deepEqual(addressRange("10.0.0.254", "10.0.1.1"), [
    "10.0.0.254",
    "10.0.0.255",
    "10.0.1.0",
    "10.0.1.1",
  ]);
  assert.deepEqual(addressRange("fd00::ffff", "fd00::1:0"), ["fd00::ffff", "fd00::1:0"]);
  assert.equal(addressRange("10.0.0.2", "10.0.0.1").length, 65536);
});

Deno.test("servicesOf() turns options into flags and seconds", () => {
  const [service] = servicesOf(virtualServer([checkedServer("10.0.0.11")], {
    scheduler: "mh",
    schedulerFlags: [1, 2],
    onePacket: true,
    persistence: 360_000,
    persistenceMask: 0xffffff00,
    protocol: "udp",
  }));
  assert.deepEqual(service, {
    id: { kind: "address", protocol: "udp", address: "10.0.0.1", port: 80 },
    scheduler: "mh",
    flags: 0x01 | 0x04 | 0x08 | 0x10,
    timeout: 360,
    persistenceMask: 0xffffff00,
    persistenceEngine: null,
  });
});

Deno.test("virtualServerName() is keepalived's", () => {
  const servers = [checkedServer("10.0.0.11")];
  assert.equal(virtualServerName(virtualServer(servers), 0), "[10.0.0.1]:tcp:80");
  assert.equal(
    virtualServerName(virtualServer(servers, { service: { kind: "fwmark", mark: 5 } }), 0),
    "FWM 5",
  );
  const group = { kind: "group", name: "G1", entries: [] } as const;
  assert.equal(virtualServerName(virtualServer(servers, { service: group }), 1), "[G1]:1");
});
