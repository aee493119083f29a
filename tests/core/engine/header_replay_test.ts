/** `auth_type AH`: a packet of keepalived 2.2.7 (Debian 12), captured here, is believed once. */
import assert from "node:assert/strict";
import type { Engine } from "../../../core/engine/engine.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import { fromHex } from "../../../core/net/bytes.ts";
import { AH_LENGTH, readHeader } from "../../../core/packet/authentication_header.ts";
import { decodeIpv4Header, IPV4_HEADER_LENGTH } from "../../../core/packet/ip.ts";
import { decodeAdvertisement } from "../../../core/packet/vrrp.ts";
import { instance, LINK, model, vip } from "../../support/models.ts";

/** Of a master of priority 200; their sequence numbers are 1 and 3. */
const [FIRST, THIRD] = [
  "45c0004000010000ff33cfdb0ac80014e0000012" + "700400000ac80014000000018faed4e8b1879cb02d3bf888" +
  "2133c80102010a160a5000640000000000000000",
  "45c0004000030000ff33cfd90ac80014e0000012" + "700400000ac80014000000032277cdef926388f7f895260b" +
  "2133c80102010a160a5000640000000000000000",
] as const;

const OWN = {
  interface: "eth0",
  address: "10.200.0.5",
  prefixLength: 24,
  secondary: false,
  tentative: false,
};
const DOWN = 3000 + 156 / 256 * 1000;

function backup(): Engine {
  const engine = createVrrpEngine();
  const config = instance({
    authentication: { type: "ah", password: "secret12" },
    addresses: [vip("10.80.0.100")],
  });
  engine.step({
    kind: "start",
    model: model([config]),
    links: [LINK],
    addresses: [OWN],
  }, 0);
  return engine;
}

function hear(engine: Engine, hex: string, now: number) {
  const octets = fromHex(hex);
  const ip = decodeIpv4Header(octets)!;
  const { source, destination, ttl } = ip;
  const packet = decodeAdvertisement(octets.subarray(IPV4_HEADER_LENGTH + AH_LENGTH), {
    source,
    destination,
  });
  const header = readHeader(octets, IPV4_HEADER_LENGTH)!;
  return engine.step({
    kind: "advert.received",
    interface: "eth0",
    source,
    destination,
    ttl,
    packet,
    header,
  }, now);
}

function counted(engine: Engine) {
  const { counters: { auth_failure } } = engine.snapshot(10_000, 0).instances[0]!;
  return { replayed: auth_failure, takeover: engine.nextWakeup() };
}

Deno.test("a number that was heard, or is less than that, is a replay: it is dropped and puts no takeover off", () => {
  const engine = backup();
  hear(engine, FIRST, 1000);
  assert.deepEqual(counted(engine), { replayed: 0, takeover: 1000 + DOWN });
  hear(engine, THIRD, 2000);
  assert.deepEqual(counted(engine), { replayed: 0, takeover: 2000 + DOWN });
  for (const old of [THIRD, FIRST]) hear(engine, old, 3000);
  assert.deepEqual(counted(engine), { replayed: 2, takeover: 2000 + DOWN });
});

Deno.test("what a node sends itself goes on behind the number that it heard last", () => {
  const engine = backup();
  hear(engine, THIRD, 1000);
  const effects = engine.step({ kind: "timer" }, 1000 + DOWN);
  const sent = effects.flatMap((effect) => effect.kind === "advert.send" ? [effect.header?.sequence] : []);
  assert.deepEqual(sent, [4]);
});

Deno.test("a node that begins anew sends numbers of the clock, which its peers take for no replay", () => {
  const engine = backup();
  engine.step({ kind: "clock.set", epochOffset: 1_700_000_000_000 }, 0);
  const sent: (number | undefined)[] = [];
  for (let now = DOWN, turn = 0; sent.length < 3 && turn < 100; turn++, now = engine.nextWakeup()!) {
    for (const effect of engine.step({ kind: "timer" }, now)) {
      if (effect.kind === "advert.send") sent.push(effect.header?.sequence);
    }
  }
  assert.deepEqual(sent, [1_700_000_003, 1_700_000_004, 1_700_000_005]);
});
