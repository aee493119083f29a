/** The edge gives the same object for a packet that comes again: what was judged once is not believed for ever. */
import assert from "node:assert/strict";
import type { VrrpInstance } from "../../../core/config/model.ts";
import type { Engine } from "../../../core/engine/engine.ts";
import type { Event } from "../../../core/engine/event.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import { instance, LINK, model, vip } from "../../support/models.ts";

const OWN = { interface: "eth0", address: "10.0.0.5", prefixLength: 24, secondary: false, tentative: false };

type Packet = Extract<Event, { kind: "advert.received" }>;

/** What a master of priority 200 says again and again. */
const SAME: Packet = {
  kind: "advert.received",
  interface: "eth0",
  source: "10.0.0.9",
  destination: "224.0.0.18",
  ttl: 255,
  packet: {
    ok: true,
    version: 2,
    type: 1,
    vrid: 51,
    priority: 200,
    interval: 1000,
    addresses: ["10.0.0.100"],
    authenticationType: 0,
    password: "",
    checksum: "valid",
  },
};

function following(config: Partial<VrrpInstance> = {}): Engine {
  const engine = createVrrpEngine();
  const links = [LINK];
  engine.step({ kind: "start", model: model([instance(config)]), links, addresses: [OWN] }, 0);
  for (let second = 1; second <= 3; second++) engine.step(SAME, second * 1000);
  return engine;
}

function seen(engine: Engine) {
  const { counters, state } = engine.snapshot(10_000, 0).instances[0]!;
  return { counters, state };
}

Deno.test("a packet that comes again is counted each time and puts the takeover off", () => {
  const engine = following();
  const { counters, state } = seen(engine);
  assert.equal(counters.advert_rcvd, 3);
  assert.equal(state, "backup");
  assert.equal(engine.nextWakeup(), 3000 + 3000 + 156 / 256 * 1000);
});

const CHANGES:
  readonly (readonly [string, Partial<VrrpInstance>, keyof ReturnType<typeof seen>["counters"]])[] = [
    ["another password", { authentication: { type: "pass", password: "x" } }, "authtype_mismatch"],
    ["other addresses", { addresses: [vip("10.0.0.101")] }, "addr_list_err"],
    ["another interval", { advertInterval: 2000 }, "advert_interval_err"],
    ["another version", { version: 3 }, "version_err"],
  ];

for (const [what, change, counter] of CHANGES) {
  Deno.test(`a packet that was believed is judged anew after a reload with ${what}`, () => {
    const engine = following();
    engine.step({ kind: "reload", model: model([instance(change)]) }, 3500);
    engine.step(SAME, 4000);
    assert.equal(seen(engine).counters[counter], 1);
  });
}

Deno.test("the same message with another TTL, source or destination is judged for itself", () => {
  const engine = following();
  engine.step({ ...SAME, ttl: 254 }, 4000);
  engine.step({ ...SAME, destination: "10.0.0.5" }, 4000);
  const { counters } = seen(engine);
  assert.deepEqual([counters.ip_ttl_err, counters.foreign_source_err], [1, 1]);
  engine.step({ ...SAME, source: "10.0.0.10" }, 4000);
  assert.equal(engine.snapshot(4000, 0).instances[0]!.master, "10.0.0.10");
});

Deno.test("a packet that was believed with `skip_check_adv_addr` is looked at completely once we are master", () => {
  const engine = following({
    skipAddressCheck: true,
    addresses: [vip("10.0.0.101")],
    priority: 250,
    preempt: false,
  });
  // The first one was from an unknown master and checked; nobody was followed, so we took over.
  engine.step({ kind: "timer" }, engine.nextWakeup()!);
  const { state, counters } = seen(engine);
  assert.equal(state, "master");
  engine.step(SAME, 9000);
  assert.equal(seen(engine).counters.addr_list_err, counters.addr_list_err + 1);
});
