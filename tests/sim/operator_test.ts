/**
 * What an operator asks, on a simulated LAN: handing over, maintenance; and two address owners.
 */
import assert from "node:assert/strict";
import type { Model, VrrpInstance } from "../../core/config/model.ts";
import type { MaintenanceOrder } from "../../core/engine/event.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";
import { group, instance, LINK, model, vip } from "../support/models.ts";

const VIP = "10.0.0.100";
const ALL: MaintenanceOrder = { all: true, names: [] };
const NONE: MaintenanceOrder = { all: false, names: [] };

/** Two nodes with the models; `b` is started first, so that both have heard each other once `a` is master. */
function pair(modelA: Model, modelB: Model) {
  const lan = new SimulatedLan();
  const [a, b] = ([["a", modelA, 1], ["b", modelB, 2]] as const).map(([name, of, last]) =>
    lan.add({
      name,
      model: of,
      interfaces: [
        { name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 },
        { name: "eth1", segment: "lan1", address: `10.1.0.${last}`, prefixLength: 24 },
      ],
    })
  );
  b!.start(lan.now);
  lan.run(5000);
  a!.start(lan.now);
  return { lan, a: a!, b: b! };
}

function simplePair(a: Partial<VrrpInstance> = {}, b: Partial<VrrpInstance> = {}) {
  const made = pair(model([instance({ priority: 150, ...a })]), model([instance({ priority: 100, ...b })]));
  assert.ok(made.lan.runUntil(() => state(made.a) === "master", 10_000));
  // Between two advertisements: the simulated LAN may turn the order of packets round.
  made.lan.run(3500);
  return made;
}

function state(node: SimulatedNode, name = "VI_1"): string {
  return node.engine.snapshot(0, 0).instances.find((each) => each.name === name)!.state;
}

function failover(node: SimulatedNode, lan: SimulatedLan, hold: number, instances = ["VI_1"]): void {
  node.take({ kind: "failover", instances, hold }, lan.now);
}

Deno.test("failover: goodbye at once, the other one takes over after its skew time, and keeps it for the hold", () => {
  const { lan, a, b } = simplePair();
  const before = lan.now;
  failover(a, lan, 60_000);
  assert.equal(state(a), "backup");
  assert.ok(!a.holds(VIP));
  assert.equal(lan.wire.at(-1)!.priority, 0);
  assert.ok(lan.runUntil(() => state(b) === "master", 2000));
  assert.ok(lan.now - before < (156 / 256) * 1000 + 1, `${lan.now - before} ms`);
  lan.run(59_000);
  assert.deepEqual([state(a), state(b)], ["backup", "master"]);
  assert.ok(lan.runUntil(() => state(a) === "master", 5000), "preemption after the hold");
});

Deno.test("failover with no hold: the usual rules from the takeover on", () => {
  const { lan, a, b } = simplePair();
  failover(a, lan, 0);
  assert.ok(lan.runUntil(() => state(b) === "master", 2000));
  assert.ok(lan.runUntil(() => state(a) === "master", 5000), "a preempts");
});

Deno.test("failover: the hold does not keep the address away from a dead peer", () => {
  const { lan, a, b } = simplePair();
  failover(a, lan, 600_000);
  assert.ok(lan.runUntil(() => state(b) === "master", 2000));
  lan.run(5000);
  b.kill();
  assert.ok(lan.runUntil(() => state(a) === "master", 4000), "a takes over");
});

Deno.test("failover: nobody takes over, and it comes back after the usual silence", () => {
  const { lan, a, b } = simplePair();
  b.kill();
  lan.run(10_000);
  const before = lan.now;
  failover(a, lan, 600_000);
  assert.ok(lan.runUntil(() => state(a) === "master", 5000));
  assert.ok(lan.now - before < 3000 + (106 / 256) * 1000 + 1, `${lan.now - before} ms`);
});

Deno.test("failover takes the whole sync group along", () => {
  const both = (priority: number) =>
    model([
      instance({ name: "ONE", priority, addresses: [vip(VIP)] }),
      instance({
        name: "TWO",
        vrid: 52,
        interface: "eth1",
        priority,
        addresses: [vip("10.1.0.100", { interface: "eth1" })],
      }),
    ], { syncGroups: [group("G", ["ONE", "TWO"])] });
  const { lan, a, b } = pair(both(150), both(100));
  assert.ok(lan.runUntil(() => state(a, "TWO") === "master", 10_000));
  lan.run(2500);
  failover(a, lan, 60_000, ["ONE"]);
  assert.deepEqual([state(a, "ONE"), state(a, "TWO")], ["backup", "backup"]);
  assert.equal(lan.wire.filter(({ at, priority }) => at === lan.now && priority === 0).length, 2);
  assert.ok(lan.runUntil(() => state(b, "ONE") === "master" && state(b, "TWO") === "master", 5000));
  lan.run(30_000);
  assert.deepEqual([state(a, "ONE"), state(a, "TWO")], ["backup", "backup"]);
});

Deno.test("failover does nothing to a backup", () => {
  const { lan, b } = simplePair();
  const sent = lan.wire.length;
  failover(b, lan, 60_000);
  assert.equal(lan.wire.length, sent);
  assert.equal(state(b), "backup");
});

Deno.test("maintenance: FAULT with a goodbye, through a reload, until it is over", () => {
  const { lan, a, b } = simplePair();
  a.take({ kind: "maintenance", order: ALL }, lan.now);
  assert.equal(state(a), "fault");
  assert.ok(!a.holds(VIP));
  assert.equal(lan.wire.at(-1)!.priority, 0);
  assert.equal(a.engine.snapshot(0, 0).instances[0]!.maintenance, true);
  assert.deepEqual(a.engine.snapshot(0, 0).instances[0]!.faults, ["in maintenance"]);
  assert.ok(lan.runUntil(() => state(b) === "master", 2000));
  const second = instance({ name: "VI_2", vrid: 52, priority: 200, addresses: [vip("10.0.0.101")] });
  a.reload(model([instance({ priority: 180 }), second]), lan.now);
  lan.run(10_000);
  assert.deepEqual([state(a), state(a, "VI_2")], ["fault", "fault"]);
  a.take({ kind: "maintenance", order: NONE }, lan.now);
  assert.equal(state(a), "backup");
  assert.ok(lan.runUntil(() => state(a) === "master" && state(a, "VI_2") === "master", 10_000));
});

Deno.test("maintenance of one instance leaves the others alone, and other faults stay", () => {
  const two = [instance({ priority: 150 }), instance({ name: "VI_2", vrid: 52, priority: 150 })];
  const { lan, a } = pair(model(two), model([]));
  assert.ok(lan.runUntil(() => state(a) === "master" && state(a, "VI_2") === "master", 10_000));
  a.take({ kind: "maintenance", order: { all: false, names: ["VI_2"] } }, lan.now);
  assert.deepEqual([state(a), state(a, "VI_2")], ["master", "fault"]);
  a.setLink("eth0", false, lan.now);
  a.take({ kind: "maintenance", order: NONE }, lan.now);
  assert.deepEqual([state(a), state(a, "VI_2")], ["fault", "fault"]);
});

Deno.test("maintenance from the start: nothing is ever sent, not even by an owner", () => {
  const lan = new SimulatedLan();
  const a = lan.add({
    name: "a",
    model: model([instance({ priority: 255, initialState: "master" })]),
    interfaces: [{ name: "eth0", segment: "lan0", address: "10.0.0.1", prefixLength: 24 }],
  });
  const local = {
    interface: "eth0",
    address: "10.0.0.1",
    prefixLength: 24,
    secondary: false,
    tentative: false,
  };
  a.take({ kind: "start", model: a.model, links: [LINK], addresses: [local], maintenance: ALL }, lan.now);
  lan.run(10_000);
  assert.equal(state(a), "fault");
  assert.deepEqual(lan.wire, []);
});

const OWNER = { priority: 255, initialState: "master" } as const;

Deno.test("two owners: the one with the lower address gives way, the other one stays at 255", () => {
  const { lan, a, b } = pair(model([instance(OWNER)]), model([instance(OWNER)]));
  lan.run(20_000);
  assert.deepEqual([state(a), state(b)], ["backup", "master"]);
  assert.equal(lan.wire.at(-1)!.priority, 255);
  assert.ok(a.log.concat(b.log).some(({ text }) => text.includes("both configured as address owner")));
});

Deno.test("two owners, one deaf: the other one lowers itself and gives way, and is 255 again afterwards", () => {
  // The deaf one has the lower address: by the rule it would give way.
  const { lan, a, b } = pair(
    model([instance({ ...OWNER, ownerIgnoreAdverts: true })]),
    model([instance(OWNER)]),
  );
  lan.run(20_000);
  assert.deepEqual([state(a), state(b)], ["master", "backup"]);
  assert.ok(b.log.some(({ text }) => text.includes("10.0.0.1 goes on as address owner")));
  assert.equal(b.engine.snapshot(0, 0).instances[0]!.effectivePriority, 254);
  a.kill();
  assert.ok(lan.runUntil(() => state(b) === "master", 5000));
  assert.equal(lan.wire.at(-1)!.priority, 255);
});
