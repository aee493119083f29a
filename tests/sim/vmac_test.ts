/**
 * Virtual interfaces, kernel settings and accept mode on simulated hosts.
 */
import assert from "node:assert/strict";
import { parseConfig } from "../../core/config/config.ts";
import type { Model } from "../../core/config/model.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";

const VIP = "10.0.0.100";

function modelOf(lines: string, priority = 100): Model {
  const { model, fatal, diagnostics } = parseConfig(`vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority ${priority}
    ${lines}
    virtual_ipaddress { ${VIP}/24 }
  }`);
  assert.ok(!fatal, JSON.stringify(diagnostics));
  return model;
}

function host(lan: SimulatedLan, name: string, model: Model, last: number): SimulatedNode {
  const node = lan.add({
    name,
    model,
    interfaces: [{ name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 }],
  });
  node.start(lan.now);
  return node;
}

function status(node: SimulatedNode) {
  return node.engine.snapshot(0, 0).instances[0]!;
}

const VIP_ON_VMAC = `${VIP}/24 dev vrrp.51`;

Deno.test("use_vmac: two routers elect one master, and its VIP is on the virtual interface", () => {
  const lan = new SimulatedLan();
  const [a, b] = [host(lan, "a", modelOf("use_vmac", 150), 1), host(lan, "b", modelOf("use_vmac"), 2)];
  assert.deepEqual(a.log.filter(({ text }) => text.includes("FAULT")), []);
  lan.run(10_000);
  assert.deepEqual([status(a).state, status(b).state], ["master", "backup"]);
  assert.deepEqual([a.addresses.includes(VIP_ON_VMAC), b.links], [true, ["eth0", "vrrp.51"]]);
  a.take({ kind: "stop" }, lan.now);
  lan.run(5000);
  assert.ok(b.addresses.includes(VIP_ON_VMAC));
  assert.deepEqual([a.links, [...a.settings]], [["eth0"], []]);
});

Deno.test("use_vmac: the interface below is set to answer ARP for its own addresses alone", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", modelOf("use_vmac"), 1);
  assert.deepEqual([...a.settings], [
    ["eth0 ipv4/arp_ignore", "1"],
    ["eth0 ipv4/arp_filter", "1"],
    ["eth0 ipv4/arp_announce", "2"],
  ]);
  a.reload(modelOf(""), lan.now);
  assert.deepEqual([...a.settings], []);
});

Deno.test("use_vmac: everything comes back after the interface below was deleted and made anew", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", modelOf("use_vmac"), 1);
  lan.run(5000);
  a.removeLink("eth0", lan.now);
  assert.equal(status(a).state, "fault");
  assert.deepEqual(a.links, []);
  lan.run(1000);
  a.restoreLink("eth0", lan.now);
  assert.deepEqual([status(a).state, a.links], ["backup", ["eth0", "vrrp.51"]]);
  lan.run(5000);
  assert.ok(a.addresses.includes(VIP_ON_VMAC));
});

Deno.test("use_vmac: a deleted virtual interface is made anew with its VIP", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", modelOf("use_vmac"), 1);
  lan.run(5000);
  a.removeLink("vrrp.51", lan.now);
  lan.run(5000);
  assert.deepEqual(status(a).state, "master");
  assert.ok(a.addresses.includes(VIP_ON_VMAC));
});

Deno.test("use_vmac: what a crash leaves is replaced", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", modelOf("use_vmac"), 1);
  lan.run(5000);
  a.kill();
  a.restart(lan.now);
  assert.deepEqual([status(a).state, a.links], ["backup", ["eth0", "vrrp.51"]]);
  assert.ok(!a.holds(VIP));
  lan.run(5000);
  assert.ok(a.addresses.includes(VIP_ON_VMAC));
});

Deno.test("no_accept: packets to the VIP are dropped while it is there, and from before it is", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", modelOf("no_accept"), 1);
  const kinds: string[] = [];
  const step = a.engine.step.bind(a.engine);
  a.engine.step = (event, now) => {
    const effects = step(event, now);
    kinds.push(...effects.map(({ kind }) => kind).filter((kind) => /^(filter|address\.[ar][de])/.test(kind)));
    return effects;
  };
  assert.deepEqual([...a.blocked], []);
  lan.run(4000);
  assert.deepEqual([...a.blocked], [VIP]);
  a.take({ kind: "stop" }, lan.now);
  assert.deepEqual([...a.blocked], []);
  assert.deepEqual(kinds, ["filter.block", "address.add", "address.remove", "filter.unblock"]);
});

Deno.test("no_accept: the address owner accepts", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", modelOf("no_accept\n state MASTER", 255), 1);
  assert.deepEqual([status(a).state, [...a.blocked]], ["master", []]);
});

Deno.test("promote_secondaries: the setting is made, and again for an interface that was made anew", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", modelOf("promote_secondaries"), 1);
  assert.deepEqual([...a.settings], [["eth0 ipv4/promote_secondaries", "1"]]);
  a.settings.clear();
  a.removeLink("eth0", lan.now);
  a.restoreLink("eth0", lan.now);
  assert.deepEqual([...a.settings], [["eth0 ipv4/promote_secondaries", "1"]]);
  a.take({ kind: "stop" }, lan.now);
  assert.deepEqual([...a.settings], []);
});
