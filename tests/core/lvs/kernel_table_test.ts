/**
 * The engine of virtual servers and the kernel's table, which is not there, is not empty, or is changed by somebody else.
 */
import assert from "node:assert/strict";
import { checkedServer, loadBalancer, realServer, virtualServer } from "./builders.ts";
import { dead, Rig } from "./rig.ts";

const A = "10.0.0.11";
const B = "10.0.0.12";

Deno.test("a service never gets a server of the other family but through a tunnel", () => {
  const range = (address: string) => ({ kind: "range", first: address, last: address, port: 80 }) as const;
  const service = {
    kind: "group",
    name: "G",
    entries: [range("10.0.0.1"), range("fd00::1")],
  } as const;
  const tunnel = { method: "tunnel", encapsulation: "ipip", port: 0, checksum: "none" } as const;
  const servers = [realServer(A, []), realServer(B, [], { forwarding: tunnel })];
  const config = virtualServer(servers, { service });
  const rig = new Rig().start(loadBalancer([config])).run(100);
  assert.deepEqual(rig.lines(), [
    "tcp 10.0.0.1 80: 10.0.0.11:80=1 10.0.0.12:80=1",
    "tcp fd00::1 80: 10.0.0.12:80=1",
  ]);
  const masks = [...rig.table.values()].map(({ service }) => service.persistenceMask);
  assert.deepEqual(masks, [0xffffffff, 128]);
});

Deno.test("without a load balancer in the kernel checks go on, and the table is filled once there is one", () => {
  const rig = new Rig();
  rig.available = false;
  rig.start(loadBalancer([virtualServer([checkedServer(A), checkedServer(B)])]));
  rig.answer = dead(A);
  rig.run(30_000);
  assert.deepEqual(rig.lines(), []);
  assert.equal(rig.logged.filter((line) => line.startsWith("IPVS: Can't initialize ipvs")).length, 1);
  assert.equal(rig.engine.snapshot(rig.now, 0).ipvs.available, false);
  rig.available = true;
  rig.run(60_000);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.12:80=1"]);
});

Deno.test("what somebody else changed is repaired, what is not ours is left alone", () => {
  const rig = new Rig().start(loadBalancer([virtualServer([checkedServer(A)])]));
  const foreign = { ...[...rig.table.values()][0]! };
  rig.table.set("udp 9.9.9.9 53", {
    ...foreign,
    service: { ...foreign.service, id: { kind: "address", protocol: "udp", address: "9.9.9.9", port: 53 } },
  });
  rig.table.set("tcp 10.0.0.1 80", { ...foreign, destinations: [] });
  rig.run(61_000);
  assert.deepEqual(rig.lines().sort(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1", "udp 9.9.9.9 53: 10.0.0.11:80=1"]);
  assert.ok(rig.logged.some((line) => line.startsWith("Repairing VS [10.0.0.1]:tcp:80: 1 difference ")));
  assert.equal(rig.engine.snapshot(rig.now, 0).ipvs.repairs, 1);
});

Deno.test("lvs_flush empties the table before anything is put into it", () => {
  const rig = new Rig().start(loadBalancer([virtualServer([checkedServer(A)])]));
  const config = loadBalancer([virtualServer([checkedServer(B)], { service: { kind: "fwmark", mark: 3 } })], {
    flushOnStart: true,
  });
  const flushed = new Rig();
  for (const [key, entry] of rig.table) flushed.table.set(key, entry);
  flushed.start(config);
  assert.deepEqual(flushed.lines(), ["fwm 3 4: 10.0.0.12:80=1"]);
});

Deno.test("a mark in a group that two virtual servers listen to has the servers of both", () => {
  const service = { kind: "group", name: "G", entries: [{ kind: "fwmark", mark: 7, family: null }] } as const;
  const rig = new Rig().start(loadBalancer([
    virtualServer([checkedServer(A)], { service, scheduler: "nq" }),
    virtualServer([checkedServer(B)], { service, scheduler: "dh", protocol: "udp" }),
  ])).run(100);
  assert.deepEqual(rig.lines(), ["fwm 7 4: 10.0.0.11:80=1 10.0.0.12:80=1"]);
  assert.equal(rig.table.get("fwm 7 4")?.service.scheduler, "nq");
  rig.answer = dead(B);
  rig.run(8000);
  assert.deepEqual(rig.lines(), ["fwm 7 4: 10.0.0.11:80=1"]);
});

Deno.test("a restart finds the table as it was and changes nothing", () => {
  const config = loadBalancer([virtualServer([checkedServer(A), checkedServer(B)])]);
  const old = new Rig().start(config);
  const rig = new Rig();
  for (const [key, entry] of old.table) rig.table.set(key, entry);
  const effects = rig.engine.step({
    kind: "start",
    loadBalancer: config,
    table: rig.reading(),
    addresses: [],
    seed: 1,
  }, 1000);
  assert.ok(!effects.some(({ kind }) => kind === "table.apply"));
});

Deno.test("stop removes what is ours, unless the table is to be kept; omega tells of it", () => {
  const command = { argv: ["/bin/down"], user: null, text: "/bin/down" };
  const config = loadBalancer([virtualServer([checkedServer(A, { notifyDown: command })], { omega: true })]);
  const kept = new Rig().start(config).tell({ kind: "stop", keepTable: true });
  assert.equal(kept.lines().length, 1);
  assert.deepEqual(kept.told(), ["VS [10.0.0.1]:tcp:80 UP"]);
  assert.ok(!kept.logged.some((line) => line.startsWith("Shutting down service")));
  const rig = new Rig().start(config).tell({ kind: "stop", keepTable: false });
  assert.deepEqual(rig.lines(), []);
  assert.deepEqual(rig.told().slice(1), [
    "RS [10.0.0.11]:tcp:80 [10.0.0.1]:tcp:80 DOWN",
    "VS [10.0.0.1]:tcp:80 DOWN",
  ]);
  assert.equal(rig.effects.at(-1)?.kind, "stopped");
  assert.equal(rig.engine.nextWakeup(), null);
});
