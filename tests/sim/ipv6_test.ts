/**
 * IPv6 on a simulated LAN: the source address, duplicate detection, link-local VIPs.
 */
import assert from "node:assert/strict";
import type { VrrpInstance } from "../../core/config/model.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";
import { instance, model, vip } from "../support/models.ts";

const VIP = "fe80::100";

function instance6(overrides: Partial<VrrpInstance> = {}): VrrpInstance {
  return instance({
    name: "V6",
    family: 6,
    version: 3,
    transport: { mode: "multicast", group: "ff02::12" },
    addresses: [vip(VIP, { prefixLength: 64 }), vip("2001:db8::100", { prefixLength: 64 })],
    ...overrides,
  });
}

function host(lan: SimulatedLan, config: VrrpInstance, tentative = false): SimulatedNode {
  const address = { address: "fe80::1", prefixLength: 64, tentative };
  const node = lan.add({
    name: "a",
    model: model([config]),
    interfaces: [
      { name: "eth0", segment: "lan0", ...address },
      { name: "eth1", segment: "lan1", address: VIP, prefixLength: 64 },
    ],
  });
  node.start(lan.now);
  return node;
}

function status(node: SimulatedNode) {
  return node.engine.snapshot(0, 0).instances[0]!;
}

Deno.test("an IPv6 instance waits for duplicate detection of its source and is no FAULT meanwhile", () => {
  const lan = new SimulatedLan();
  const node = host(lan, instance6(), true);
  assert.equal(status(node).state, "init");
  assert.deepEqual(node.notified, []);
  lan.run(1500);
  node.endDetection("fe80::1", false, lan.now);
  assert.deepEqual([status(node).state, status(node).source], ["backup", "fe80::1"]);
  lan.run(5000);
  assert.equal(status(node).state, "master");
  assert.ok(node.holds("2001:db8::100"));
  assert.deepEqual(node.log.filter(({ text }) => text.includes("FAULT")), []);
});

Deno.test("a source that somebody else has too is a FAULT, until another one comes", () => {
  const lan = new SimulatedLan();
  const node = host(lan, instance6(), true);
  node.endDetection("fe80::1", true, lan.now);
  assert.equal(status(node).state, "fault");
  assert.deepEqual(status(node).faults, ["no IPv6 address for interface"]);
  const address = {
    interface: "eth0",
    address: "fe80::2",
    prefixLength: 64,
    secondary: false,
    tentative: false,
  };
  node.take({ kind: "address.added", address }, lan.now);
  assert.deepEqual([status(node).state, status(node).source], ["backup", "fe80::2"]);
});

Deno.test("a master speaks on while duplicate detection of its source runs again", () => {
  const lan = new SimulatedLan();
  const node = host(lan, instance6());
  lan.run(5000);
  const address = {
    interface: "eth0",
    address: "fe80::1",
    prefixLength: 64,
    secondary: false,
    tentative: true,
  };
  node.take({ kind: "address.added", address }, lan.now);
  const before = lan.wire.length;
  lan.run(3000);
  assert.deepEqual([status(node).state, status(node).source], ["master", "fe80::1"]);
  assert.equal(lan.wire.length, before + 3);
});

Deno.test("a link-local VIP of one interface may be the own address of another", () => {
  const lan = new SimulatedLan();
  const node = host(lan, instance6({ interface: "eth1", addresses: [vip(VIP, { prefixLength: 64 })] }));
  assert.deepEqual([status(node).state, status(node).source], ["backup", VIP]);
});

Deno.test("unicast between global addresses is spoken from a global address", () => {
  const lan = new SimulatedLan();
  const peers = [{ address: "2001:db8::2", minTtl: null, maxTtl: null }];
  const node = host(lan, instance6({ transport: { mode: "unicast", peers } }));
  assert.equal(status(node).source, "fe80::1", "the only one there is");
  const address = {
    interface: "eth0",
    address: "2001:db8::1",
    prefixLength: 64,
    secondary: false,
    tentative: false,
  };
  node.take({ kind: "address.added", address }, lan.now);
  assert.equal(status(node).source, "2001:db8::1");
});
