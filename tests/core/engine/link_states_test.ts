/** Changes of links that must last, and links that are polled. */
import assert from "node:assert/strict";
import type { Model } from "../../../core/config/model.ts";
import type { Event, Link, LocalAddress, Readings } from "../../../core/engine/event.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import { instance, model } from "../../support/models.ts";

const ETH0: Link = {
  name: "eth0",
  index: 2,
  mac: "02:00:00:00:00:01",
  mtu: 1500,
  up: true,
  arp: true,
  multicast: true,
};
const ETH1: Link = { ...ETH0, name: "eth1", index: 3, mac: "02:00:00:00:00:02" };
const ADDRESS: LocalAddress = {
  interface: "eth0",
  address: "10.0.0.5",
  prefixLength: 24,
  secondary: false,
  tentative: false,
};

const TRACKED = [{ name: "eth1", weight: 0, reverse: false }];

function withDelays(...interfaceDelays: Model["interfaceDelays"]): Model {
  return model([instance({ trackInterfaces: TRACKED })], { interfaceDelays });
}

/** An engine in state backup at time 0, and a way to tell it something and hear its state. */
function begin(config: Model, readings?: Readings) {
  const engine = createVrrpEngine();
  const start = { model: config, links: [ETH0, ETH1], addresses: [ADDRESS] };
  engine.step({ kind: "start", ...start, ...(readings === undefined ? {} : { readings }) }, 0);
  const state = (at: number) => engine.snapshot(at, 0).instances[0]!.state;
  return {
    state,
    /** What the engine is after the event. */
    after(event: Event, at: number): string {
      engine.step(event, at);
      return state(at);
    },
    /** Lets timers go off up to a time. */
    waitUntil(end: number): string {
      for (let due = engine.nextWakeup(); due !== null && due <= end; due = engine.nextWakeup()) {
        engine.step({ kind: "timer" }, due);
      }
      return state(end);
    },
  };
}

const down = (link: Link): Event => ({ kind: "link.changed", link: { ...link, up: false } });
const up = (link: Link): Event => ({ kind: "link.changed", link });

Deno.test("a tracked interface counts as down once it has been for its delay", () => {
  const node = begin(withDelays({ interface: "eth1", down: 1500, up: 500 }));
  assert.equal(node.after(down(ETH1), 100), "backup");
  assert.equal(node.waitUntil(1599), "backup");
  assert.equal(node.waitUntil(1600), "fault");
  assert.equal(node.after(up(ETH1), 2000), "fault");
  assert.equal(node.waitUntil(2499), "fault");
  assert.equal(node.waitUntil(2500), "backup");
});

Deno.test("an interface that comes back within its delay was never down", () => {
  const node = begin(withDelays({ interface: "eth1", down: 1500, up: 0 }));
  node.after(down(ETH1), 100);
  assert.equal(node.after(up(ETH1), 1500), "backup");
  assert.equal(node.waitUntil(2000), "backup");
  assert.equal(node.after(down(ETH1), 2000), "backup");
  assert.equal(node.waitUntil(3499), "backup");
  assert.equal(node.waitUntil(3500), "fault");
});

Deno.test("an instance notices its own interface before others stop waiting for it", () => {
  const node = begin(withDelays({ interface: "eth0", down: 60_000, up: 0 }));
  node.after(down(ETH0), 0);
  assert.equal(node.waitUntil(1990), "backup");
  assert.equal(node.waitUntil(2000), "fault");
});

Deno.test("an interface that is removed is gone at once, whatever its delay", () => {
  const node = begin(withDelays({ interface: "eth1", down: 1500, up: 1500 }));
  node.after(down(ETH1), 100);
  assert.equal(node.after({ kind: "link.removed", name: "eth1" }, 200), "fault");
  assert.equal(node.after(up({ ...ETH1, index: 9 }), 300), "backup");
});

Deno.test("a delay that a reload takes away holds nothing back any more", () => {
  const node = begin(withDelays({ interface: "eth1", down: 60_000, up: 0 }));
  node.after(down(ETH1), 100);
  assert.equal(node.after({ kind: "reload", model: withDelays() }, 200), "fault");
});

const READINGS: Readings = { files: {}, processes: {}, links: { eth1: true } };

Deno.test("a link that polling finds dead is down whatever the kernel says", () => {
  const node = begin(withDelays(), READINGS);
  assert.equal(node.after({ kind: "link.polled", interface: "eth1", up: false }, 100), "fault");
  assert.equal(node.after(up(ETH1), 200), "fault");
  assert.equal(node.after({ kind: "link.polled", interface: "eth1", up: true }, 300), "backup");
  assert.equal(node.after(down(ETH1), 400), "fault");
  assert.equal(node.after({ kind: "link.polled", interface: "eth1", up: true }, 500), "fault");
});

Deno.test("a link that is dead at the start is down; a reload without polling takes the kernel's word", () => {
  const node = begin(withDelays(), { ...READINGS, links: { eth1: false } });
  assert.equal(node.state(0), "fault");
  const readings = { files: {}, processes: {} };
  assert.equal(node.after({ kind: "reload", model: withDelays(), readings }, 100), "backup");
});

Deno.test("what polling finds is delayed like what the kernel says", () => {
  const node = begin(withDelays({ interface: "eth1", down: 1000, up: 0 }), READINGS);
  assert.equal(node.after({ kind: "link.polled", interface: "eth1", up: false }, 100), "backup");
  assert.equal(node.waitUntil(1100), "fault");
});
