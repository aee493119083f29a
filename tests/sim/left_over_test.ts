/** A VIP on a node that is not its master: somebody added it by hand. */
import assert from "node:assert/strict";
import { SimulatedLan } from "../../core/sim/lan.ts";
import { instance, model, vip } from "../support/models.ts";

const VIP = "10.0.0.100";

Deno.test("a VIP that somebody adds on a backup is in its status and its log, and stays", () => {
  const lan = new SimulatedLan();
  const [a, b] = [["a", 150, 1] as const, ["b", 100, 2] as const].map(([name, priority, last]) =>
    lan.add({
      name,
      model: model([instance({ priority, addresses: [vip(VIP)] })]),
      interfaces: [{ name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 }],
    })
  ) as [ReturnType<typeof lan.add>, ReturnType<typeof lan.add>];
  for (const node of [a, b]) node.start(lan.now);
  lan.run(10_000);
  const status = () => b.engine.snapshot(0, 0).instances[0]!;
  const said = (pattern: RegExp) => b.log.filter(({ text }) => pattern.test(text)).length;
  assert.equal(status().state, "backup");
  assert.equal(status().addresses[0]!.installed, false);

  b.addAddress("eth0", { address: VIP, prefixLength: 24 }, lan.now);
  lan.run(1000);
  assert.equal(status().addresses[0]!.installed, true);
  assert.equal(
    said(/^\(VI_1\) VIP 10\.0\.0\.100 was added to eth0 by somebody else, though this node is BACKUP$/),
    1,
  );

  b.removeAddress(VIP, lan.now);
  lan.run(10);
  assert.equal(status().addresses[0]!.installed, false);
  assert.ok(b.engine.snapshot(0, 0).events.some(({ text }) => /VIP 10\.0\.0\.100 was added/.test(text)));
  a.kill();
  lan.run(10_000);
  assert.equal(status().state, "master");
  assert.equal(said(/by somebody else, though/), 1, "its own ones are no news");
});
