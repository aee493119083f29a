/** Two masters that drop what the other says: the log says so, once, and not for a stray packet. */
import assert from "node:assert/strict";
import { SimulatedLan } from "../../core/sim/lan.ts";
import { instance, model } from "../support/models.ts";

const TWO =
  /^\(VI_1\) two masters: 10\.0\.0\.2 advertises VRID 51 on eth0 too, and is dropped: received an invalid passwd/;

Deno.test("a master that drops another's advertisements for three intervals warns of two masters, once", () => {
  const lan = new SimulatedLan();
  const add = (name: string, priority: number, last: number, password: string) =>
    lan.add({
      name,
      model: model([instance({ priority, authentication: { type: "pass", password } })]),
      interfaces: [{ name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 }],
    });
  const [a, b] = [add("a", 150, 1, "abc"), add("b", 100, 2, "xyz")];
  for (const node of [a, b]) node.start(lan.now);
  const warned = () => a.log.filter(({ text }) => TWO.test(text));
  lan.run(6000);
  assert.equal(a.engine.snapshot(0, 0).instances[0]!.state, "master");
  assert.equal(b.engine.snapshot(0, 0).instances[0]!.state, "master");
  assert.equal(warned().length, 0, "an election may still be going on");
  lan.run(30_000);
  assert.equal(warned().length, 1);
  b.kill();
  lan.run(10_000);
  assert.equal(warned().length, 1);
});
