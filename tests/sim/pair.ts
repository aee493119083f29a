/** Two routers on a simulated LAN, and what tests ask of them. */
import type { Model, VrrpInstance } from "../../core/config/model.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";
import { instance, model } from "../support/models.ts";

export const VIP = "10.0.0.100";

export interface Pair {
  readonly lan: SimulatedLan;
  readonly a: SimulatedNode;
  readonly b: SimulatedNode;
}

export function pair(
  modelA: Model,
  modelB: Model,
  options: ConstructorParameters<typeof SimulatedLan>[0] = {},
): Pair {
  const lan = new SimulatedLan(options);
  const add = (name: string, of: Model, last: number) =>
    lan.add({
      name,
      model: of,
      interfaces: [
        { name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 },
        { name: "eth1", segment: "lan1", address: `10.1.0.${last}`, prefixLength: 24 },
      ],
    });
  const a = add("a", modelA, 1);
  const b = add("b", modelB, 2);
  a.start(lan.now);
  b.start(lan.now);
  return { lan, a, b };
}

export function simplePair(
  a: Partial<VrrpInstance> = {},
  b: Partial<VrrpInstance> = {},
  options?: ConstructorParameters<typeof SimulatedLan>[0],
): Pair {
  return pair(
    model([instance({ priority: 150, ...a })]),
    model([instance({ priority: 100, ...b })]),
    options,
  );
}

export function state(node: SimulatedNode, index = 0): string {
  return node.engine.snapshot(0, 0).instances[index]!.state;
}

export function logged(node: SimulatedNode, text: string): boolean {
  return node.log.some((line) => line.text.includes(text));
}
