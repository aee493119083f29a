/**
 * Two routers on a simulated LAN: who is master, when, and who holds the addresses.
 */
import assert from "node:assert/strict";
import type { Model } from "../../core/config/model.ts";
import { command, group, instance, model, script, vip } from "../support/models.ts";
import { logged, pair, simplePair, state, VIP } from "./pair.ts";

Deno.test("the higher priority becomes master after its master-down interval", () => {
  const { lan, a, b } = simplePair();
  assert.ok(logged(a, "(VI_1) Entering BACKUP STATE (init)"));
  lan.run(3000);
  assert.equal(state(a), "backup");
  lan.run(500);
  assert.equal(state(a), "master");
  lan.run(10_000);
  assert.equal(state(b), "backup");
  assert.ok(a.holds(VIP) && !b.holds(VIP));
  const first = lan.wire[0]!;
  assert.equal(first.at, 3000 + (106 / 256) * 1000);
});

Deno.test("one VRID on one interface serves a group and the unicast peers as routers of their own", () => {
  const unicastTo = (address: string) => ({
    transport: { mode: "unicast", peers: [{ address, minTtl: null, maxTtl: null }] },
  } as const);
  const routers = (priority: number, otherPriority: number, peer: string) =>
    model([
      instance({ name: "M", priority, addresses: [vip("10.0.0.100")] }),
      instance({ name: "U", priority: otherPriority, ...unicastTo(peer), addresses: [vip("10.0.0.101")] }),
    ]);
  const before = routers(150, 100, "10.0.0.2");
  const { lan, a, b } = pair(before, routers(100, 150, "10.0.0.1"));
  lan.run(10_000);
  assert.deepEqual([state(a), state(a, 1), state(b), state(b, 1)], ["master", "backup", "backup", "master"]);
  a.reload(before, lan.now);
  lan.run(10_000);
  assert.deepEqual([state(a), state(a, 1), state(b), state(b, 1)], ["master", "backup", "backup", "master"]);
});

Deno.test("a reload that groups a master with a backup of somebody else makes both backups", () => {
  const routers = (external: number, internal: number, groups: readonly string[] = []) =>
    model([
      instance({ name: "EXT", vrid: 1, priority: external, addresses: [vip("10.0.0.100")] }),
      instance({ name: "INT", vrid: 2, priority: internal, addresses: [vip("10.0.0.101")] }),
    ], { syncGroups: groups.map((name) => group(name, ["EXT", "INT"])) });
  const { lan, a, b } = pair(routers(150, 100), routers(100, 150));
  lan.run(10_000);
  assert.deepEqual([state(a), state(a, 1)], ["master", "backup"]);
  a.reload(routers(150, 100, ["G"]), lan.now);
  lan.run(1500);
  assert.deepEqual([state(a), state(a, 1)], ["backup", "backup"]);
  assert.ok(!a.holds("10.0.0.100") && logged(a, "VRRP_Group(G) Syncing instances to BACKUP state"));
  b.take({ kind: "stop" }, lan.now);
  lan.run(10_000);
  assert.deepEqual([state(a), state(a, 1)], ["master", "master"]);
});

Deno.test("advertisements keep to an absolute grid", () => {
  const { lan } = simplePair({ advertInterval: 10, version: 3 }, { advertInterval: 10, version: 3 });
  lan.run(1000);
  const times = lan.wire.map(({ at }) => at);
  for (const [i, at] of times.entries()) assert.ok(Math.abs(at - times[0]! - i * 10) < 1e-6, `${i}: ${at}`);
});

Deno.test("a stopped master says goodbye and the backup takes over after the skew time", () => {
  const { lan, a, b } = simplePair();
  lan.run(5000);
  const before = lan.now;
  a.take({ kind: "stop" }, lan.now);
  assert.ok(a.stopped);
  assert.ok(!a.holds(VIP));
  assert.equal(lan.wire.at(-1)!.priority, 0);
  lan.runUntil(() => state(b) === "master", 2000);
  assert.ok(lan.now - before < (156 / 256) * 1000 + 1, `${lan.now - before} ms`);
  assert.ok(b.holds(VIP));
});

Deno.test("a killed master's address is gone when its lease ends, and only one node holds it then", () => {
  const { lan, a, b } = simplePair();
  lan.run(5000);
  const killedAt = lan.now;
  a.kill();
  assert.ok(lan.runUntil(() => state(b) === "master", 4000));
  lan.run(killedAt + 5000 - lan.now);
  assert.ok(!a.holds(VIP), "the kernel should have dropped the address");
  assert.ok(b.holds(VIP));
});

Deno.test("a frozen master gives way after the thaw without a word", () => {
  const { lan, a, b } = simplePair();
  lan.run(5000);
  a.freeze();
  lan.run(10_000);
  assert.equal(state(b), "master");
  assert.ok(!a.holds(VIP));
  const words = lan.wire.length;
  a.thaw(lan.now);
  assert.equal(state(a), "backup");
  assert.equal(lan.wire.length, words, "nothing may be sent at the thaw");
  assert.ok(logged(a, "was not running for"));
});

Deno.test("a stalled backup listens once more before it takes over", () => {
  const { lan, a, b } = simplePair();
  lan.run(5000);
  b.freeze();
  // The whole host was stopped: the packets of that time were never received.
  lan.setCut(a, b, true);
  lan.run(10_000);
  lan.setCut(a, b, false);
  b.thaw(lan.now);
  assert.equal(state(b), "backup");
  lan.run(10_000);
  assert.equal(state(b), "backup");
  assert.ok(logged(b, "listening once more"));
});

Deno.test("the preferred node takes the addresses back, unless nopreempt", () => {
  for (const preempt of [true, false]) {
    const { lan, a, b } = simplePair({ preempt }, { preempt });
    lan.run(5000);
    a.setLink("eth0", false, lan.now);
    assert.equal(state(a), "fault");
    assert.ok(logged(a, "(VI_1): entering FAULT state (interface eth0 down)"));
    assert.ok(logged(a, "(VI_1) Entering FAULT STATE"));
    lan.run(5000);
    assert.equal(state(b), "master");
    a.setLink("eth0", true, lan.now);
    lan.run(5000);
    assert.equal(state(a), preempt ? "master" : "backup");
    assert.equal(state(b), preempt ? "backup" : "master");
  }
});

Deno.test("preempt_delay postpones the takeover and needs a master to be heard", () => {
  const { lan, a, b } = simplePair({ preemptDelay: 10_000 });
  lan.run(5000);
  assert.equal(state(a), "master", "no master was there: no delay");
  a.setLink("eth0", false, lan.now);
  lan.run(5000);
  a.setLink("eth0", true, lan.now);
  lan.run(9500);
  assert.equal(state(a), "backup");
  assert.equal(state(b), "master");
  lan.run(5000);
  assert.equal(state(a), "master");
  assert.equal(state(b), "backup");
});

Deno.test("after a split the weaker of two masters yields and the stronger announces again", () => {
  const { lan, a, b } = simplePair();
  lan.run(5000);
  lan.setCut(a, b, true);
  lan.run(10_000);
  assert.equal(state(a), "master");
  assert.equal(state(b), "master");
  const announced = a.announced.length;
  lan.setCut(a, b, false);
  lan.run(2000);
  assert.equal(state(b), "backup");
  assert.ok(a.announced.length > announced, "GARPs after the split");
  assert.ok(!b.holds(VIP));
});

Deno.test("equal priorities are decided by the higher address", () => {
  const { lan, a, b } = simplePair({ priority: 100 });
  lan.setCut(a, b, true);
  lan.run(5000);
  lan.setCut(a, b, false);
  lan.run(2000);
  assert.equal(state(a), "backup");
  assert.equal(state(b), "master");
});

Deno.test("an owner is master at once", () => {
  const { lan, a } = simplePair({ priority: 255, initialState: "master" });
  assert.equal(state(a), "master");
  assert.equal(lan.wire[0]!.at, 0);
  assert.equal(lan.wire[0]!.priority, 255);
});

Deno.test("a wrong password leaves two masters and is counted", () => {
  const { lan, a, b } = simplePair(
    { authentication: { type: "pass", password: "1111" } },
    { authentication: { type: "pass", password: "2222" } },
  );
  lan.run(10_000);
  assert.equal(state(a), "master");
  assert.equal(state(b), "master");
  assert.ok(logged(b, "received an invalid passwd from 10.0.0.1!"));
  const { counters, rejected } = b.engine.snapshot(0, 0).instances[0]!;
  assert.ok(counters.auth_failure > 3);
  assert.equal(rejected?.address, "10.0.0.1");
  assert.match(rejected.reason, /invalid passwd/);
  assert.ok(lan.now - rejected.at < 1100);
});

Deno.test("version 3 learns the master's interval", () => {
  const { lan, a, b } = simplePair(
    { version: 3, advertInterval: 100 },
    { version: 3, advertInterval: 1000 },
  );
  lan.run(2000);
  assert.equal(b.engine.snapshot(0, 0).instances[0]!.masterAdvertInterval, 100);
  a.kill();
  const before = lan.now;
  assert.ok(lan.runUntil(() => state(b) === "master", 1000));
  assert.ok(lan.now - before <= 300 + (156 / 256) * 100 + 1);
});

Deno.test("a sync group moves together and notifies once", () => {
  const twoInstances = (priority: number): Model =>
    model([
      instance({ name: "EXT", priority, vrid: 22 }),
      instance({
        name: "INT",
        interface: "eth1",
        priority,
        vrid: 11,
        addresses: [vip("10.1.0.100", { interface: "eth1" })],
      }),
    ], {
      syncGroups: [
        group("G1", ["EXT", "INT"], {
          notify: {
            ...group("x", []).notify,
            master: command("/p.sh primary"),
            fault: command("/p.sh fault"),
            any: command("/n.sh"),
          },
        }),
      ],
    });
  const { lan, a, b } = pair(twoInstances(150), twoInstances(100));
  lan.run(6000);
  assert.deepEqual([state(a, 0), state(a, 1)], ["master", "master"]);
  a.setLink("eth1", false, lan.now);
  assert.deepEqual([state(a, 0), state(a, 1)], ["fault", "fault"]);
  lan.run(8000);
  assert.deepEqual([state(b, 0), state(b, 1)], ["master", "master"]);
  assert.ok(logged(b, "VRRP_Group(G1) Syncing instances to MASTER state"));
  const words = a.notified.map(({ state, commands }) => [state, commands.map(({ argv }) => argv.join(" "))]);
  assert.deepEqual(words, [
    ["BACKUP", ["/n.sh GROUP G1 BACKUP 0"]],
    ["MASTER", ["/p.sh primary", "/n.sh GROUP G1 MASTER 0"]],
    ["FAULT", ["/p.sh fault", "/n.sh GROUP G1 FAULT 0"]],
  ]);
});

Deno.test("a failing script with weight 0 is a FAULT, with a weight it costs priority", () => {
  for (const weight of [0, -60]) {
    const { lan, a, b } = pair(
      model([instance({ priority: 150, trackScripts: [{ name: "chk", weight, reverse: false }] })], {
        scripts: [script("chk", { fall: 2, rise: 2 })],
      }),
      model([instance()]),
    );
    lan.run(5000);
    assert.equal(state(a), "master");
    a.scriptOutcomes.set("chk", { kind: "exited", status: 1 });
    lan.run(8000);
    assert.equal(state(b), "master");
    assert.equal(state(a), weight === 0 ? "fault" : "backup");
    if (weight !== 0) assert.ok(logged(a, "(VI_1) Changing effective priority from 150 to 90"));
    a.scriptOutcomes.clear();
    lan.run(10_000);
    assert.equal(state(a), "master");
    assert.equal(state(b), "backup");
  }
});

Deno.test("24 simulated hours pass quickly and nothing changes", () => {
  const { lan, a, b } = simplePair({ advertInterval: 1000 }, { advertInterval: 1000 });
  lan.run(24 * 3600 * 1000);
  assert.equal(a.engine.snapshot(0, 0).instances[0]!.counters.become_master, 1);
  assert.equal(b.engine.snapshot(0, 0).instances[0]!.counters.become_master, 0);
});

Deno.test("an advertisement that a link which is down does not take is no news: the link is", () => {
  const { lan, a } = simplePair();
  lan.run(5000);
  const refused = (reason: string) =>
    ({
      kind: "effect.failed",
      effect: "advert.send",
      instance: "VI_1",
      subject: "224.0.0.18",
      reason,
    }) as const;
  a.setLink("eth0", false, lan.now);
  a.take(refused("ENETUNREACH (Network is unreachable)"), lan.now);
  assert.ok(!logged(a, "send advert error"));
  a.setLink("eth0", true, lan.now);
  lan.run(5000);
  a.take(refused("EPERM (Operation not permitted)"), lan.now);
  assert.ok(logged(a, "send advert error: cannot send to 224.0.0.18: EPERM"));
});
