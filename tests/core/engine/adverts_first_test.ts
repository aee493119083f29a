/**
 * Advertisements before addresses, however many instances become master in one moment and however slow the machine is:
 * the order of effects decides, no clock.
 */
import assert from "node:assert/strict";
import type { Effect } from "../../../core/engine/effect.ts";
import type { Engine } from "../../../core/engine/engine.ts";
import { ANNOUNCEMENT_COST, PORTION } from "../../../core/engine/outbox.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import { instance, model, vip } from "../../support/models.ts";

const PER_LINK = 250;
const INTERVAL = 1000;

/** Instances over as many interfaces as they need, each with its addresses. */
function started(instances: number, addresses: number, interval = INTERVAL): Engine {
  const count = Math.ceil(instances / PER_LINK);
  const names = Array.from({ length: count }, (_, i) => `eth${i}`);
  const links = names.map((name, i) => ({
    name,
    index: i + 2,
    mac: `02:00:00:00:00:0${i}`,
    mtu: 1500,
    up: true,
    arp: true,
    multicast: true,
  }));
  const configs = Array.from({ length: instances }, (_, i) => {
    const link = Math.floor(i / PER_LINK);
    return instance({
      name: `V${i}`,
      interface: names[link]!,
      vrid: i % PER_LINK + 1,
      version: 3,
      advertInterval: interval,
      addresses: Array.from(
        { length: addresses },
        (_, k) => vip(`10.${link}.${k}.${i % PER_LINK + 1}`, { interface: names[link]! }),
      ),
    });
  });
  const own = names.map((name, i) => ({
    interface: name,
    address: `192.168.${i}.1`,
    prefixLength: 24,
    secondary: false,
    tentative: false,
  }));
  const engine = createVrrpEngine();
  engine.step({ kind: "start", model: model(configs), links, addresses: own }, 0);
  return engine;
}

/** What the effects ask of the kernel beside advertisements, in additions of one address. */
function costOf(effects: readonly Effect[]): number {
  let cost = 0;
  for (const effect of effects) {
    if (effect.kind === "address.add") cost += effect.addresses.length;
    if (effect.kind === "address.announce") cost += effect.addresses.length * ANNOUNCEMENT_COST;
  }
  return cost;
}

/** Names of the instances that advertise, and whether an address comes before one of them. */
function adverts(effects: readonly Effect[]) {
  const names: string[] = [];
  let behind = false;
  let addressesSeen = false;
  for (const effect of effects) {
    if (effect.kind.startsWith("address.")) addressesSeen = true;
    if (effect.kind !== "advert.send") continue;
    names.push(effect.instance);
    behind ||= addressesSeen;
  }
  return { names, behind };
}

/** The news that the kernel tells when it has added addresses. */
function added(effects: readonly Effect[]) {
  return effects.flatMap((effect) => effect.kind === "address.add" ? effect.addresses : []);
}

/**
 * Runs the engine as a loop does whose kernel takes `slowness` ms for each addition of an address, news included, and
 * gives for every advertisement by how much its step came too late.
 */
function run(engine: Engine, until: number, slowness: number): Map<string, number[]> {
  const sent = new Map<string, number[]>();
  let now = 0;
  for (;;) {
    const due = engine.nextWakeup();
    assert.ok(due !== null);
    now = Math.max(now, due);
    if (now > until) return sent;
    const effects = engine.step({ kind: "timer" }, now);
    const { names, behind } = adverts(effects);
    assert.equal(behind, false, "an address stands before an advertisement");
    for (const name of names) sent.set(name, [...sent.get(name) ?? [], now]);
    const cost = costOf(effects);
    assert.ok(cost <= PORTION, `a step of ${cost} additions`);
    for (const { interface: name, address, prefixLength } of added(effects)) {
      const local = { interface: name, address, prefixLength, secondary: false, tentative: false };
      const told = engine.step({ kind: "address.added", address: local }, now);
      assert.equal(costOf(told), 0, "news alone lets no work out");
    }
    now += cost * slowness;
  }
}

for (const [instances, addresses] of [[1000, 1], [1, 250], [100, 20]] as const) {
  const what = `${instances} instances of ${addresses}`;

  Deno.test(`${what} that are promoted in one step say so before any address is touched`, () => {
    const engine = started(instances, addresses);
    const at = engine.nextWakeup()!;
    const { names, behind } = adverts(engine.step({ kind: "timer" }, at));
    assert.equal(names.length, instances);
    assert.equal(new Set(names).size, instances);
    assert.equal(behind, false);
  });

  for (const slowness of [0.05, 1]) {
    Deno.test(`${what}: no advertisement waits for more than one portion, at ${slowness} ms an address`, () => {
      const engine = started(instances, addresses);
      const promoted = engine.nextWakeup()!;
      const sent = run(engine, promoted + 12.5 * INTERVAL, slowness);
      assert.equal(sent.size, instances);
      for (const [name, times] of sent) {
        assert.ok(times.length >= 12, `${name} spoke ${times.length} times`);
        for (const [i, at] of times.entries()) {
          const late = at - promoted - i * INTERVAL;
          assert.ok(
            late >= 0 && late <= PORTION * slowness,
            `advertisement ${i} of ${name} is ${late} ms late`,
          );
        }
      }
    });
  }
}

Deno.test("where advertisements alone take longer than their interval, addresses are added all the same", () => {
  const engine = started(1000, 1, 10);
  const promoted = engine.nextWakeup()!;
  const there = new Set<string>();
  for (let step = 0; step < 20; step++) {
    const effects = engine.step({ kind: "timer" }, promoted + step * 50);
    for (const { interface: name, address, prefixLength } of added(effects)) {
      there.add(`${name} ${address}`);
      const local = { interface: name, address, prefixLength, secondary: false, tentative: false };
      engine.step({ kind: "address.added", address: local }, promoted + step * 50);
    }
  }
  assert.equal(there.size, 1000);
});
