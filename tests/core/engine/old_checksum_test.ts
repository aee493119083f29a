/** `old_unicast_checksum`: the way in which unicast peers of version 3 compute the checksum, and ours. */
import assert from "node:assert/strict";
import type { VrrpInstance } from "../../../core/config/model.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import type { ChecksumVerdict } from "../../../core/packet/vrrp.ts";
import { instance, LINK, model } from "../../support/models.ts";

const OWN = { interface: "eth0", address: "10.0.0.5", prefixLength: 24, secondary: false, tentative: false };
const OLD = "valid_for_multicast_group";

/** What a backup says in its log, and how it sends once its peer is silent, after hearing such checksums. */
function after(oldUnicastChecksum: VrrpInstance["oldUnicastChecksum"], heard: readonly ChecksumVerdict[]) {
  const config = instance({
    version: 3,
    oldUnicastChecksum,
    transport: { mode: "unicast", peers: [{ address: "10.0.0.9", minTtl: null, maxTtl: null }] },
  });
  const engine = createVrrpEngine();
  const links = [LINK];
  engine.step({ kind: "start", model: model([config]), links, addresses: [OWN] }, 0);
  const effects = heard.flatMap((checksum, i) =>
    engine.step({
      kind: "advert.received",
      interface: "eth0",
      source: "10.0.0.9",
      destination: "10.0.0.5",
      ttl: 255,
      packet: {
        ok: true,
        version: 3,
        type: 1,
        vrid: 51,
        priority: 200,
        interval: 1000,
        addresses: ["10.0.0.100"],
        authenticationType: 0,
        password: "",
        checksum,
      },
    }, i * 1000)
  );
  const said = effects.flatMap((effect) =>
    effect.kind === "log" && effect.message.code === "vrrp.unicast_checksum"
      ? [effect.message.text.replace("(VI_1) ", "")]
      : []
  );
  const sent = engine.step({ kind: "timer" }, engine.nextWakeup()!);
  const [ours] = sent.flatMap((effect) => effect.kind === "advert.send" ? [effect] : []);
  assert.ok(ours, "it took over");
  return { said, old: ours.checksumFor !== undefined };
}

Deno.test("where nothing is configured a node sends as its peer does, and says so once for each change", () => {
  const [old, fresh] = ["old", "new"].map((which) => `Setting unicast VRRPv3 checksum to ${which} version`);
  assert.deepEqual(after("auto", ["valid", "valid"]), { said: [], old: false });
  assert.deepEqual(after("auto", [OLD, OLD]), { said: [old], old: true });
  assert.deepEqual(after("auto", [OLD, "valid", "valid"]), { said: [old, fresh], old: false });
});

Deno.test("what is configured stays, whatever the peer does, and nothing is said of it", () => {
  for (const heard of ["valid", OLD] as const) {
    assert.deepEqual(after("always", [heard]), { said: [], old: true });
    assert.deepEqual(after("never", ["valid", heard]), { said: [], old: false });
  }
});
