/** BFD sessions of simulated nodes, and what follows of them for instances. */
import assert from "node:assert/strict";
import type { VrrpInstance } from "../../core/config/model.ts";
import type { BfdInstance } from "../../core/config/tracking_model.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";
import { bfd, group, instance, model } from "../support/models.ts";

const TRACKED: Partial<VrrpInstance> = { trackBfds: [{ name: "gw", weight: 0, reverse: false }] };

/** Node `a` with instances, and `gw`, which only speaks BFD. */
function gateway(instances: readonly Partial<VrrpInstance>[], config: Partial<BfdInstance> = {}) {
  const lan = new SimulatedLan({});
  const add = (name: string, last: number, what: Parameters<typeof model>) => {
    const address = { name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 };
    const node = lan.add({ name, model: model(...what), interfaces: [address] });
    node.start(lan.now);
    return node;
  };
  const session = bfd("gw", { neighbour: "10.0.0.9", ...config });
  const a = add("a", 1, [instances.map((each) => instance(each)), { bfdInstances: [session] }]);
  const gw = add("gw", 9, [[], { bfdInstances: [bfd("a", { neighbour: "10.0.0.1" })] }]);
  return { lan, a, gw, session };
}

function status(node: SimulatedNode, index = 0) {
  return node.engine.snapshot(0, 0).instances[index]!;
}

function session(node: SimulatedNode, index = 0) {
  return node.engine.snapshot(0, 0).bfdSessions![index]!;
}

function logged(node: SimulatedNode, pattern: RegExp): number {
  return node.log.filter(({ text }) => pattern.test(text)).length;
}

Deno.test("an instance waits in FAULT for its session, and goes there within the detection time", () => {
  const { lan, a, gw } = gateway([TRACKED]);
  assert.equal(status(a).state, "fault");
  assert.deepEqual(status(a).faults, ["BFD session gw is down"]);
  lan.run(3000);
  assert.equal(status(a).state, "backup");
  assert.equal(logged(a, /^\(gw\) Entering Up state$/), 1);
  assert.equal(logged(a, /^VRRP_Instance\(VI_1\) Tracked BFD instance gw is UP$/), 1);
  lan.run(10_000);
  assert.equal(status(a).state, "master");
  const at = lan.now;
  gw.kill();
  assert.ok(lan.runUntil(() => status(a).state === "fault", 1000));
  assert.ok(lan.now - at <= 50.4, `${lan.now - at} ms`);
  assert.equal(logged(a, /^\(gw\) Expired after 5\d ms \(\d+ usec overdue\)$/), 1);
  const why =
    /^\(gw\) Entering Down state \(Local diagnostic - Control Detection Time Expired, Remote diagnostic - /;
  assert.equal(logged(a, why), 1);
  assert.equal(logged(a, /^VRRP_Instance\(VI_1\) Tracked BFD instance gw is DOWN$/), 1);
  assert.equal(status(a).reason, "BFD session gw is down");
  gw.restart(lan.now);
  lan.run(2500);
  assert.equal(status(a).state, "backup");
});

Deno.test("weights: a session adds while it is up, takes away while it is down, and reverse turns that round", () => {
  const tracked = (weight: number, reverse: boolean) => ({ trackBfds: [{ name: "gw", weight, reverse }] });
  for (
    const [weight, reverse, whileUp, whileDown] of [
      [20, false, 120, 100],
      [-20, false, 100, 80],
      [20, true, 80, 100],
      [-20, true, 100, 120],
    ] as const
  ) {
    const { lan, a, gw } = gateway([tracked(weight, reverse)]);
    assert.equal(status(a).effectivePriority, whileDown, `${weight} before it is up`);
    lan.run(3000);
    assert.equal(status(a).effectivePriority, whileUp, `${weight} up`);
    gw.kill();
    lan.run(100);
    assert.equal(status(a).effectivePriority, whileDown, `${weight} down`);
    assert.notEqual(status(a).state, "fault");
  }
});

Deno.test("weight 0 reverse: FAULT while the session is up", () => {
  const { lan, a, gw } = gateway([{ trackBfds: [{ name: "gw", weight: 0, reverse: true }] }]);
  assert.equal(status(a).state, "backup");
  lan.run(3000);
  assert.equal(status(a).state, "fault");
  gw.kill();
  lan.run(100);
  assert.equal(status(a).state, "backup");
});

Deno.test("a tracker of the group holds for every member", () => {
  const members = [instance({ name: "A", vrid: 1 }), instance({ name: "B", vrid: 2 })];
  const lan = new SimulatedLan({});
  const address = { name: "eth0", segment: "lan0", address: "10.0.0.1", prefixLength: 24 };
  const syncGroups = [group("G", ["A", "B"], TRACKED)];
  const a = lan.add({
    name: "a",
    model: model(members, { syncGroups, bfdInstances: [bfd("gw", { neighbour: "10.0.0.9" })] }),
    interfaces: [address],
  });
  a.start(lan.now);
  assert.deepEqual([status(a, 0).state, status(a, 1).state], ["fault", "fault"]);
});

Deno.test("a session that is there for checkers alone moves no instance, and tells them from the start on", () => {
  const { lan, a, gw } = gateway([TRACKED], { tells: { vrrp: false, checker: true } });
  assert.equal(status(a).state, "backup");
  assert.deepEqual([...a.checkers], [["gw", false]]);
  lan.run(3000);
  assert.deepEqual([...a.checkers], [["gw", true]]);
  gw.kill();
  lan.run(100);
  assert.deepEqual([...a.checkers], [["gw", false]]);
  assert.notEqual(status(a).state, "fault");
  assert.equal(logged(a, /Tracked BFD instance/), 0);
  const other = gateway([TRACKED], { tells: { vrrp: true, checker: false } });
  other.lan.run(3000);
  assert.deepEqual([...other.a.checkers], []);
});

Deno.test("a neighbour that stops by its own wish is no failure", () => {
  const { lan, a, gw } = gateway([TRACKED]);
  lan.run(3000);
  gw.take({ kind: "stop" }, lan.now);
  lan.run(60_000);
  assert.deepEqual([session(a).state, session(a).up], ["down", true]);
  assert.equal(status(a).state, "master");
});

Deno.test("a reload keeps sessions that did not change, with state, discriminators and counters", () => {
  const { lan, a, session: config } = gateway([TRACKED]);
  lan.run(10_000);
  const before = session(a);
  a.reload(model([instance(TRACKED)], { bfdInstances: [config] }), lan.now);
  lan.run(5000);
  const after = session(a);
  assert.deepEqual([after.state, after.since, after.localDiscriminator], [
    "up",
    before.since,
    before.localDiscriminator,
  ]);
  assert.ok(after.counters.sent > before.counters.sent);
  assert.equal(after.counters.down, 0);
  assert.equal(status(a).state, "master");
});

Deno.test("a reload changes intervals by a poll, and names as they are", () => {
  const { lan, a, gw } = gateway([{ trackBfds: [{ name: "edge", weight: 0, reverse: false }] }]);
  lan.run(3000);
  const config = bfd("edge", { neighbour: "10.0.0.9", minTransmit: 300, minReceive: 200, multiplier: 3 });
  a.reload(
    model([instance({ trackBfds: [{ name: "edge", weight: 0, reverse: false }] })], {
      bfdInstances: [config],
    }),
    lan.now,
  );
  lan.run(2000);
  const [own, other] = [session(a), session(gw)];
  assert.deepEqual([own.name, own.state, own.counters.down, other.counters.down], ["edge", "up", 0, 0]);
  assert.deepEqual([own.transmitInterval, own.polling, other.transmitInterval], [300, false, 200]);
  assert.deepEqual([own.detectionTime, other.detectionTime], [1000, 900]);
  assert.equal(status(a).state, "master");
});

Deno.test("a reload that removes a session tells the neighbour, and its instance is free of it", () => {
  const { lan, a, gw } = gateway([TRACKED]);
  lan.run(3000);
  gw.kill();
  lan.run(100);
  assert.equal(status(a).state, "fault");
  gw.restart(lan.now);
  lan.run(3000);
  a.reload(model([instance()]), lan.now);
  lan.run(10);
  assert.equal(a.engine.snapshot(0, 0).bfdSessions, undefined);
  assert.deepEqual([session(gw).state, session(gw).remoteState, session(gw).up], [
    "down",
    "admin_down",
    true,
  ]);
  assert.equal(session(gw).diagnostic, "Neighbor Signaled Session Down");
  assert.equal(session(gw).remoteDiagnostic, "Administratively Down");
  assert.notEqual(status(a).state, "fault");
});

Deno.test("two sessions that exchange their names keep their neighbours", () => {
  const lan = new SimulatedLan({});
  const add = (name: string, last: number, bfdInstances: readonly BfdInstance[]) => {
    const address = { name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 };
    const node = lan.add({ name, model: model([], { bfdInstances }), interfaces: [address] });
    node.start(lan.now);
    return node;
  };
  const pair = (one: string, two: string) => [
    bfd(one, { neighbour: "10.0.0.2" }),
    bfd(two, { neighbour: "10.0.0.3" }),
  ];
  const a = add("a", 1, pair("x", "y"));
  for (const last of [2, 3]) add(`n${last}`, last, [bfd("a", { neighbour: "10.0.0.1" })]);
  lan.run(3000);
  a.reload(model([], { bfdInstances: pair("y", "x") }), lan.now);
  lan.run(3000);
  for (const index of [0, 1]) {
    assert.deepEqual([session(a, index).state, session(a, index).counters.down], ["up", 0]);
  }
});

Deno.test("sockets that cannot be opened are tried again, said once and shown", () => {
  const { lan, a, gw } = gateway([TRACKED]);
  gw.kill();
  const reason = "EADDRNOTAVAIL (Cannot assign requested address)";
  for (let i = 0; i < 3; i++) {
    a.take({ kind: "effect.failed", effect: "bfd.open", instance: "", subject: "gw", reason }, lan.now);
    assert.equal(session(a).trouble, reason);
    lan.run(1000);
  }
  assert.equal(logged(a, /^\(gw\) Cannot open BFD sockets: EADDRNOTAVAIL .*; trying again$/), 1);
  gw.restart(lan.now);
  lan.run(3000);
  assert.deepEqual([session(a).state, session(a).trouble], ["up", null]);
});

Deno.test("packets from elsewhere, with a low TTL, on the other port or for another session are no use", () => {
  const { lan, a, gw } = gateway([]);
  lan.run(3000);
  const packet = {
    state: "down",
    diagnostic: 0,
    poll: false,
    final: false,
    demand: false,
    detectMultiplier: 3,
    myDiscriminator: session(gw).localDiscriminator,
    yourDiscriminator: session(a).localDiscriminator,
    desiredMinTransmit: 1_000_000,
    requiredMinReceive: 1_000_000,
  } as const;
  const good = {
    kind: "bfd.received",
    source: "10.0.0.9",
    ttl: 255,
    port: 3784,
    packet: { ok: true, packet },
  } as const;
  const discarded = () => session(a).counters.discarded;
  a.take({ ...good, source: "10.0.0.8" }, lan.now);
  a.take({ ...good, port: 4784 }, lan.now);
  assert.equal(discarded(), 0, "they are of nobody's session");
  a.take({ ...good, ttl: 254 }, lan.now);
  a.take({ ...good, packet: { ok: true, packet: { ...packet, yourDiscriminator: 1 } } }, lan.now);
  a.take({ ...good, packet: { ok: false, error: "version 2" } }, lan.now);
  assert.deepEqual([discarded(), session(a).state], [3, "up"]);
  a.take(good, lan.now);
  assert.equal(session(a).state, "down");
});

Deno.test("max_hops lets packets come from farther, and keepalived's IPv6 hop limit is enough", () => {
  const heard = (config: Partial<BfdInstance>, ttl: number) => {
    const { lan, a } = gateway([], config);
    const packet = { state: "down", diagnostic: 0, poll: false, final: false, demand: false } as const;
    const intervals = { detectMultiplier: 3, desiredMinTransmit: 1_000_000, requiredMinReceive: 1_000_000 };
    const decoded = {
      ok: true,
      packet: { ...packet, ...intervals, myDiscriminator: 7, yourDiscriminator: 0 },
    } as const;
    const source = config.neighbour ?? "10.0.0.9";
    a.take({ kind: "bfd.received", source, ttl, port: 3784, packet: decoded }, lan.now);
    return session(a).state === "init";
  };
  assert.deepEqual([heard({}, 255), heard({}, 254)], [true, false]);
  assert.deepEqual([heard({ maxHops: 3 }, 252), heard({ maxHops: 3 }, 251)], [true, false]);
  assert.deepEqual([heard({ maxHops: -1 }, 1), heard({ ttl: 64 }, 63), heard({ ttl: 64 }, 64)], [
    true,
    false,
    true,
  ]);
  const neighbour = "2001:db8::9";
  assert.deepEqual([heard({ neighbour }, 64), heard({ neighbour }, 63)], [true, false]);
  assert.deepEqual([heard({ neighbour, ttl: 255 }, 254)], [false]);
});

Deno.test("BFD does not wait for the startup delay of VRRP", () => {
  const lan = new SimulatedLan({});
  const address = (
    last: number,
  ) => [{ name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 }];
  const bfdInstances = [bfd("gw", { neighbour: "10.0.0.9" })];
  const a = lan.add({
    name: "a",
    model: model([instance(TRACKED)], { bfdInstances, globals: { startupDelay: 10_000 } }),
    interfaces: address(1),
  });
  const gw = lan.add({
    name: "gw",
    model: model([], { bfdInstances: [bfd("a", { neighbour: "10.0.0.1" })] }),
    interfaces: address(9),
  });
  a.start(lan.now);
  lan.run(3500);
  assert.ok(session(a).counters.sent >= 4, "it speaks before it hears anything");
  gw.start(lan.now);
  lan.run(3500);
  assert.deepEqual([session(a).state, status(a).state], ["up", "init"]);
  lan.run(4000);
  assert.equal(status(a).state, "backup");
  lan.run(10_000);
  assert.equal(status(a).state, "master");
});
