/**
 * Reload of virtual servers: what did not change keeps its state and its entry, at any size.
 */
import assert from "node:assert/strict";
import type { LvsEffect } from "../../../core/engine/lvs_effect.ts";
import { createLvsEngine } from "../../../core/engine/lvs_engine.ts";
import { checkedServer, loadBalancer, realServer, target, tcpCheck, virtualServer } from "./builders.ts";
import { dead, Rig } from "./rig.ts";

const A = "10.0.0.11";
const B = "10.0.0.12";

Deno.test("reload keeps verdicts, attempts and the times of checks", () => {
  const config = loadBalancer([virtualServer([checkedServer(A), checkedServer(B)])]);
  const rig = new Rig();
  rig.answer = dead(A);
  rig.start(config).run(3000);
  rig.reload(structuredClone(config)).run(3005);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.12:80=1"]);
  rig.run(10);
  assert.deepEqual(rig.probes.map(({ at }) => at), [1000, 1000, 7010, 7010]);
});

Deno.test("a server that is down stays down when its check is another", () => {
  const rig = new Rig();
  rig.answer = dead(A);
  rig.start(loadBalancer([virtualServer([checkedServer(A)])])).run(100);
  rig.answer = () => "silence";
  const slower = realServer(A, [tcpCheck({ target: target(), delayLoop: 9000 })]);
  rig.reload(loadBalancer([virtualServer([slower])])).run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80:"]);
  assert.equal(rig.told().filter((line) => line.startsWith("RS")).length, 1);
});

Deno.test("a server that is up stays up when its check is another, though that one is alpha", () => {
  const rig = new Rig().start(loadBalancer([virtualServer([checkedServer(A)])])).run(100);
  rig.answer = () => "silence";
  const alpha = (address: string) =>
    realServer(address, [tcpCheck({ target: target({ address }), alpha: true })], { alpha: true });
  rig.reload(loadBalancer([virtualServer([alpha(A), alpha(B)])])).run(100);
  // B is new: it has to pass first.
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1"]);
  assert.deepEqual(rig.told().filter((line) => line.startsWith("RS")), []);
  rig.reload(loadBalancer([virtualServer([alpha(A)])])).run(100);
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.11:80=1"]);
});

Deno.test("new, changed and removed servers and services", () => {
  const rig = new Rig().start(loadBalancer([
    virtualServer([checkedServer(A), checkedServer(B)]),
    virtualServer([checkedServer(A)], { service: { kind: "fwmark", mark: 10 } }),
  ])).run(100);
  rig.reload(loadBalancer([
    virtualServer([checkedServer(B, { weight: 5 }), checkedServer("10.0.0.13")], { scheduler: "rr" }),
    virtualServer([checkedServer(A)], { service: { kind: "fwmark", mark: 11 } }),
  ])).run(100);
  assert.deepEqual(rig.lines(), [
    "tcp 10.0.0.1 80: 10.0.0.12:80=5 10.0.0.13:80=1",
    "fwm 11 4: 10.0.0.11:80=1",
  ]);
  assert.equal(rig.table.get("tcp 10.0.0.1 80")?.service.scheduler, "rr");
  for (
    const line of [
      "Reinitializing ipvs",
      "Removing Virtual Server FWM 10",
      "Removing service [10.0.0.11]:none:80 from VS FWM 10",
      "service [10.0.0.11]:tcp:80 no longer exist",
      "Changing weight from 1 to 5 for active service [10.0.0.12]:tcp:80 of VS [10.0.0.1]:tcp:80",
      "Gained quorum 1+0=1 <= 1 for VS FWM 11",
    ]
  ) assert.ok(rig.logged.includes(line), line);
  assert.deepEqual(rig.told().slice(2), [
    "RS [10.0.0.11]:tcp:80 [10.0.0.1]:tcp:80 DOWN",
    "RS [10.0.0.11]:none:80 FWM 10 DOWN",
    "VS FWM 10 DOWN",
    "VS FWM 11 UP",
  ]);
});

Deno.test("a check that nobody needs any more is cancelled, and its late answer changes nothing", () => {
  const rig = new Rig();
  rig.answer = () => "silence";
  rig.start(loadBalancer([virtualServer([checkedServer(A)])])).run(100);
  rig.reload(loadBalancer([virtualServer([checkedServer(B)])]));
  assert.ok(rig.effects.some((effect) => effect.kind === "probe.cancel" && effect.probe === 1));
  rig.tell({
    kind: "probe.ended",
    probe: 1,
    result: { ok: false, kind: "connect", reason: "x" },
    duration: 1,
  });
  assert.deepEqual(rig.lines(), ["tcp 10.0.0.1 80: 10.0.0.12:80=1"]);
});

/** The size of a real installation whose reload took keepalived 130 s. */
const SERVICES = 2300;
const SERVERS_EACH = 16;

Deno.test(`${SERVICES * SERVERS_EACH} real servers in ${SERVICES} virtual servers reload in linear time`, () => {
  const build = (weight: number) =>
    loadBalancer(Array.from({ length: SERVICES }, (_, i) => {
      const servers = Array.from({ length: SERVERS_EACH }, (_, j) => {
        const address = `10.${2 + (i >> 8)}.${i & 255}.${j + 1}`;
        return realServer(address, [tcpCheck({ target: target({ address }), warmup: 6000 })], { weight });
      });
      return virtualServer(servers, {
        service: { kind: "address", address: `10.1.${i >> 8}.${i & 255}`, port: 80 },
      });
    }));
  const engine = createLvsEngine();
  const started = engine.step({
    kind: "start",
    loadBalancer: build(1),
    table: { ok: true, entries: [] },
    addresses: [],
    seed: 1,
  }, 0);
  assert.equal(operations(started), SERVICES * (SERVERS_EACH + 1));
  const changed = build(1);
  const last = changed.virtualServers.at(-1)!;
  const config = {
    ...changed,
    virtualServers: [...changed.virtualServers.slice(0, -1), { ...last, scheduler: "rr" as const }],
  };
  const entries = tableOf(started);
  const reloaded = engine.step({ kind: "reload", loadBalancer: config, table: { ok: true, entries } }, 1);
  assert.equal(operations(reloaded), 1);
});

function operations(effects: readonly LvsEffect[]): number {
  return effects.reduce(
    (sum, effect) => sum + (effect.kind === "table.apply" ? effect.operations.length : 0),
    0,
  );
}

function tableOf(effects: readonly LvsEffect[]) {
  type Operation = Extract<LvsEffect, { kind: "table.apply" }>["operations"][number];
  type Entry = { service: Extract<Operation, { service: unknown }>["service"]; destinations: unknown[] };
  const entries: Entry[] = [];
  for (const effect of effects) {
    if (effect.kind !== "table.apply") continue;
    for (const operation of effect.operations) {
      if ("service" in operation) entries.push({ service: operation.service, destinations: [] });
      else if ("destination" in operation) entries.at(-1)!.destinations.push(operation.destination);
    }
  }
  // deno-lint-ignore no-explicit-any
  return entries as any;
}
