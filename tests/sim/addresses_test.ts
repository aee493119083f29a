/** Virtual addresses of simulated routers: put back, left over, announced, and across a reload. */
import assert from "node:assert/strict";
import { SimulatedLan } from "../../core/sim/lan.ts";
import { group, instance, LINK, model, vip } from "../support/models.ts";
import { pair, simplePair, state, VIP } from "./pair.ts";

Deno.test("a VIP that somebody else removes is put back at once", () => {
  const { lan, a } = simplePair();
  lan.run(5000);
  a.removeAddress(VIP, lan.now);
  lan.run(1);
  assert.ok(a.holds(VIP));
  assert.equal(a.engine.snapshot(0, 0).instances[0]!.counters.address_restored, 1);
});

Deno.test("a VIP that one reload took and the next gave back is put back at once when it is removed by hand", () => {
  const own = model([instance({ priority: 150 })]);
  const other = model([instance({ priority: 150, addresses: [vip("10.0.0.101")] })]);
  const { lan, a } = pair(own, model([]));
  lan.run(5000);
  a.reload(other, lan.now);
  lan.run(100);
  assert.ok(!a.holds(VIP));
  a.reload(own, lan.now);
  lan.run(100);
  a.removeAddress(VIP, lan.now);
  lan.run(10);
  assert.ok(a.holds(VIP));
  assert.equal(a.engine.snapshot(0, 0).instances[0]!.counters.address_restored, 1);
});

Deno.test("a VIP with no_track that somebody else removes stays away, whatever leases are renewed", () => {
  const addresses = [vip(VIP), vip("10.0.0.101", { tracked: false })];
  const { lan, a } = simplePair({ addresses }, { addresses });
  lan.run(8_000);
  assert.ok(a.holds("10.0.0.101"));
  a.removeAddress("10.0.0.101", lan.now);
  lan.run(8_000);
  assert.ok(!a.holds("10.0.0.101"));
  assert.ok(a.holds(VIP));
});

Deno.test("a left-over VIP of a crash is removed at the start", () => {
  const lan = new SimulatedLan();
  const spec = { name: "a", model: model([instance()]) };
  const node = lan.add({
    ...spec,
    interfaces: [
      { name: "eth0", segment: "lan0", address: "10.0.0.1", prefixLength: 24 },
    ],
  });
  const leftOver = { interface: "eth0", address: VIP, prefixLength: 32, secondary: false, tentative: false };
  const effects = node.engine.step({
    kind: "start",
    model: spec.model,
    links: [LINK],
    addresses: [leftOver, { ...leftOver, address: "10.0.0.1" }],
  }, 0);
  assert.ok(
    effects.some((effect) => effect.kind === "address.remove" && effect.addresses[0]!.address === VIP),
  );
  assert.equal(node.engine.snapshot(0, 0).instances[0]!.source, "10.0.0.1");
});

Deno.test("a reload keeps a master, its addresses and its counters", () => {
  const { lan, a } = simplePair();
  lan.run(5000);
  const before = a.engine.snapshot(0, 0).instances[0]!.counters.advert_sent;
  const changed = instance({ priority: 200, addresses: [vip(VIP), vip("10.0.0.101")] });
  a.take({ kind: "reload", model: model([changed]) }, lan.now);
  assert.equal(state(a), "master");
  lan.run(1);
  assert.ok(a.holds("10.0.0.101") && a.holds(VIP));
  assert.equal(a.engine.snapshot(0, 0).instances[0]!.counters.advert_sent, before + 1);
  assert.equal(lan.wire.at(-1)!.priority, 200);
  a.take({ kind: "reload", model: model([instance({ priority: 200 })]) }, lan.now);
  assert.ok(!a.holds("10.0.0.101") && a.holds(VIP));
  a.take({ kind: "reload", model: model([]) }, lan.now);
  assert.ok(!a.holds(VIP));
  assert.equal(lan.wire.at(-1)!.priority, 0);
});

Deno.test("vrrp_garp_interval lets announcements out one at a time, and none after the mastership", () => {
  const many = { addresses: [vip("10.0.0.100"), vip("10.0.0.101"), vip("10.0.0.102")] };
  const { lan, a } = pair(
    model([instance({ priority: 150, ...many })], { globals: { garpInterval: 100 } }),
    model([instance({ ...many })]),
  );
  lan.runUntil(() => state(a) === "master", 4000);
  lan.run(1000);
  const times = a.announced.map(({ at }) => at);
  assert.equal(times.length, 11);
  for (const [i, at] of times.entries()) assert.ok(Math.abs(at - times[0]! - i * 100) < 0.001, `${i}: ${at}`);
  a.setLink("eth0", false, lan.now);
  lan.run(5000);
  assert.equal(a.announced.length, 11);
});

Deno.test("the leases of many instances are renewed together, a third of a lease apart", () => {
  const many = Array.from({ length: 100 }, (_, i) =>
    instance({
      name: `VI_${i}`,
      vrid: i + 1,
      priority: 100 + i,
      addresses: [vip(`10.0.1.${i}`)],
    }));
  const { lan, a } = pair(model(many), model([]));
  const moments = new Set<number>();
  lan.run(5000);
  const take = a.take.bind(a);
  a.take = (event, now) => {
    if (event.kind === "address.added") moments.add(Math.floor(now));
    take(event, now);
  };
  lan.run(10_000);
  assert.ok(moments.size <= 14, `renewals at ${moments.size} moments`);
  for (const config of many) assert.ok(a.holds(config.addresses[0]!.address));
});

Deno.test("a reload tells no state again, but the FIFOs where that is asked for", () => {
  const grouped = (statesOnReload: boolean) => {
    const made = model([instance({ priority: 150 })], { syncGroups: [group("G", ["VI_1"])] });
    return {
      ...made,
      global: { ...made.global, statesOnReload },
      daemon: { ...made.daemon, webhook: { url: "http://10.0.0.9/", timeout: 1000 } },
    };
  };
  const { lan, a } = pair(grouped(false), model([]));
  lan.run(5000);
  const told = () =>
    a.notified.map(({ object, state, fifoOnly }) => `${object} ${state}${fifoOnly ? " again" : ""}`);
  const before = ["INSTANCE BACKUP", "GROUP BACKUP", "INSTANCE MASTER", "GROUP MASTER"];
  assert.deepEqual(told(), before);
  a.reload(grouped(false), lan.now);
  lan.run(5000);
  assert.deepEqual(told(), before);
  a.reload(grouped(true), lan.now);
  lan.run(5000);
  assert.deepEqual(told(), [...before, "INSTANCE MASTER again", "GROUP MASTER again"]);
});
