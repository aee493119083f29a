import assert from "node:assert/strict";
import { rehearse } from "../../../cli/daemon/rehearsal.ts";
import { instance, model, vip } from "../../support/models.ts";

/** A clock that goes on by 1 ms each time it is asked. */
function ticking() {
  let now = 0;
  return { clock: () => ++now, asked: () => now };
}

const MODELS = {
  "version 2, multicast": instance({ authentication: { type: "pass", password: "1111" } }),
  "version 3 at 10 ms": instance({ version: 3, advertInterval: 10, priority: 255 }),
  "unicast": instance({
    sourceAddress: "10.0.0.1",
    transport: { mode: "unicast", peers: [{ address: "10.0.0.2", minTtl: null, maxTtl: null }] },
  }),
  "IPv6": instance({
    family: 6,
    version: 3,
    transport: { mode: "multicast", group: "ff02::12" },
    addresses: [vip("fe80::100"), vip("2001:db8::100", { interface: "eth1" })],
  }),
  "startup delay and scripts": instance({ trackScripts: [{ name: "chk", weight: 0, reverse: false }] }),
};

for (const [name, each] of Object.entries(MODELS)) {
  Deno.test(`rehearse() plays a takeover and the end of it: ${name}`, () => {
    const played = rehearse(model([each]), 0, ticking().clock);
    for (const [what, count] of Object.entries(played)) assert.ok(count > 0, `${what}: ${count}`);
    const bursts = Math.floor(played.announced / (each.announce.repeat * each.addresses.length));
    assert.ok(each.priority === 255 || bursts >= 2, `became master again: ${bursts} bursts`);
  });
}

Deno.test("rehearse() plays until its time is over", () => {
  const { clock, asked } = ticking();
  rehearse(model([instance()]), 5, clock);
  assert.equal(asked(), 6);
});

Deno.test("rehearse() has nothing to play without instances, and minds no model that cannot be played", () => {
  const { clock } = ticking();
  const nothing = { sent: 0, added: 0, removed: 0, announced: 0 };
  assert.deepEqual(rehearse(model([]), 5, clock), nothing);
  assert.deepEqual(rehearse(model([instance({ addresses: [vip("no address")] })]), 5, clock).added, 0);
});
