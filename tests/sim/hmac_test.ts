/** `auth_hmac` on a simulated LAN: who believes whom, and what a captured packet is good for. */
import assert from "node:assert/strict";
import type { HmacSettings } from "../../core/config/model.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";
import type { Event } from "../../core/engine/event.ts";
import { instance, model } from "../support/models.ts";

const KEY = { id: 1, value: "", secret: "ab".repeat(32) };
const HMAC: HmacSettings = { keys: [KEY], activeKey: 1, timeWindow: 5, antiReplay: "time", mode: "enforce" };

type Advert = Extract<Event, { kind: "advert.received" }>;

function pair(a: HmacSettings | null, b: HmacSettings | null) {
  const lan = new SimulatedLan({});
  const add = (name: string, priority: number, hmac: HmacSettings | null, last: number) => {
    const address = { name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 };
    const node = lan.add({ name, model: model([instance({ priority, hmac })]), interfaces: [address] });
    node.start(lan.now);
    return node;
  };
  return { lan, a: add("a", 150, a, 1), b: add("b", 100, b, 2) };
}

function status(node: SimulatedNode) {
  return node.engine.snapshot(0, 0).instances[0]!;
}

/** Every advertisement that a node is given from now on. */
function tap(node: SimulatedNode): Advert[] {
  const seen: Advert[] = [];
  const take = node.take.bind(node);
  node.take = (event, now) => {
    if (event.kind === "advert.received") seen.push(event);
    take(event, now);
  };
  return seen;
}

Deno.test("nodes with one key follow each other, over a takeover and back", () => {
  const { lan, a, b } = pair(HMAC, HMAC);
  lan.run(10_000);
  assert.deepEqual([status(a).state, status(b).state], ["master", "backup"]);
  assert.equal(status(b).authentication, "hmac");
  a.freeze();
  lan.run(5000);
  assert.equal(status(b).state, "master");
  a.thaw(lan.now);
  lan.run(10_000);
  assert.deepEqual([status(a).state, status(b).state], ["master", "backup"]);
  for (const node of [a, b]) {
    const { counters } = status(node);
    assert.equal(counters.auth_ext_replay + counters.auth_ext_invalid_hmac + counters.auth_ext_stale, 0);
  }
});

for (
  const [what, hmac, counter, words] of [
    [
      "a wrong key",
      { ...HMAC, keys: [{ ...KEY, secret: "cd".repeat(32) }] },
      "auth_ext_invalid_hmac",
      "(VI_1) invalid authentication HMAC from 10.0.0.1",
    ],
    ["no trailer", null, "auth_ext_missing", "(VI_1) missing authentication trailer from 10.0.0.1"],
    [
      "an unknown key",
      { ...HMAC, keys: [{ ...KEY, id: 7 }], activeKey: 7 },
      "auth_ext_unknown_key",
      "(VI_1) unknown authentication key id 7 from 10.0.0.1",
    ],
    [
      "mode receive-only",
      { ...HMAC, mode: "receive-only" },
      "auth_ext_missing",
      "(VI_1) missing authentication trailer from 10.0.0.1",
    ],
  ] as const
) {
  Deno.test(`${what} is not believed, is counted each time and said once`, () => {
    const { lan, a, b } = pair(hmac, HMAC);
    lan.run(10_000);
    assert.deepEqual([status(a).state, status(b).state], ["master", "master"]);
    assert.ok(status(b).counters[counter] > 3);
    const said = b.log.filter(({ text }) => text === words);
    assert.ok(said.length > 0 && said.length <= 3, `${said.length} lines`);
    if (hmac === null) {
      assert.ok(status(a).counters.packet_len_err > 3, "the other one knows of no trailers");
    }
  });
}

Deno.test("permissive on one side believes a node that does not sign yet", () => {
  const { lan, a, b } = pair({ ...HMAC, mode: "receive-only" }, { ...HMAC, mode: "permissive" });
  lan.run(10_000);
  assert.deepEqual([status(a).state, status(b).state], ["master", "backup"]);
});

Deno.test("a captured advertisement does not hold a backup down", () => {
  const { lan, a, b } = pair(HMAC, HMAC);
  const seen = tap(b);
  lan.run(10_000);
  a.kill();
  const captured = seen.at(-1)!;
  for (let i = 0; i < 8; i++) {
    lan.run(500);
    b.take(captured, lan.now);
  }
  assert.equal(status(b).state, "master");
  assert.equal(status(b).counters.auth_ext_replay, 8);
  lan.run(60_000);
  b.take(captured, lan.now);
  assert.equal(status(b).counters.auth_ext_stale, 1);
  assert.ok(
    b.log.some(({ text }) => /stale authentication trailer from 10\.0\.0\.1, clock skew \d+ sec/.test(text)),
  );
});

Deno.test("clocks that are apart: a warning in time, then no belief, then belief again", () => {
  const { lan, a, b } = pair(HMAC, HMAC);
  lan.run(10_000);
  a.take({ kind: "clock.set", epochOffset: 4000 }, lan.now);
  lan.run(3000);
  assert.equal(status(b).state, "backup");
  assert.ok(
    b.log.some(({ text }) => /clock skew -[34] sec from 10\.0\.0\.1 approaching window 5 sec/.test(text)),
  );
  a.take({ kind: "clock.set", epochOffset: 600_000 }, lan.now);
  lan.run(8000);
  assert.equal(status(b).state, "master", "a trailer of the future is no trailer");
  a.take({ kind: "clock.set", epochOffset: 0 }, lan.now);
  lan.run(8000);
  assert.deepEqual([status(a).state, status(b).state], ["master", "backup"]);
});

Deno.test("a daemon that restarts at once is believed at once", () => {
  const { lan, a, b } = pair(HMAC, HMAC);
  lan.run(10_000);
  a.kill();
  lan.run(50);
  a.restart(lan.now);
  lan.run(10_000);
  assert.deepEqual([status(a).state, status(b).state], ["master", "backup"]);
  assert.equal(status(b).counters.auth_ext_replay, 0);
});

Deno.test("keys change by reloads without a takeover: add, switch, drop", () => {
  const next = { id: 2, value: "", secret: "ef".repeat(32) };
  const { lan, a, b } = pair(HMAC, HMAC);
  const seen = tap(b);
  lan.run(10_000);
  const keyOf = (advert: Advert | undefined) => advert?.packet.ok ? advert.packet.trailer?.keyId : undefined;
  assert.equal(keyOf(seen.at(-1)), 1);
  for (
    const hmac of [
      { ...HMAC, keys: [KEY, next] },
      { ...HMAC, keys: [KEY, next], activeKey: 2 },
      { ...HMAC, keys: [next], activeKey: 2 },
    ]
  ) {
    for (const [node, priority] of [[a, 150], [b, 100]] as const) {
      node.reload(model([instance({ priority, hmac })]), lan.now);
      lan.run(1300);
    }
  }
  assert.deepEqual([status(a).state, status(b).state], ["master", "backup"]);
  assert.deepEqual([status(a).counters.become_master, status(b).counters.become_master], [1, 0]);
  assert.equal(status(b).counters.auth_ext_unknown_key + status(b).counters.auth_ext_replay, 0);
  assert.equal(keyOf(seen.at(-1)), 2);
});

Deno.test("auth_hmac comes by reloads without a takeover: receive-only, permissive, enforce", () => {
  const { lan, a, b } = pair(null, null);
  lan.run(10_000);
  for (const mode of ["receive-only", "permissive", "enforce"] as const) {
    for (const [node, priority] of [[a, 150], [b, 100]] as const) {
      node.reload(model([instance({ priority, hmac: { ...HMAC, mode } })]), lan.now);
      lan.run(1300);
    }
  }
  assert.deepEqual([status(a).counters.become_master, status(b).counters.become_master], [1, 0]);
  assert.equal(status(b).counters.auth_ext_missing, 0);
});
