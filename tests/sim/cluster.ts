/**
 * Random clusters under random trouble, and the invariants that must hold whatever happens.
 */
import assert from "node:assert/strict";
import type { Model } from "../../core/config/model.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";
import { type Random, seededRandom } from "../../core/sim/random.ts";
import { leaseSeconds, masterDownInterval } from "../../core/vrrp/timers.ts";
import { group, instance, model, vip } from "../support/models.ts";

interface Shape {
  readonly version: 2 | 3;
  readonly interval: number;
  readonly preemptDelay: number;
  readonly preempt: boolean;
  readonly synced: boolean;
}

/** One cluster from one seed; throws with the seed in the message when an invariant breaks. */
export function runCluster(seed: number): void {
  try {
    new Cluster(seed).run();
  } catch (error) {
    throw new assert.AssertionError({
      message: `seed ${seed}: ${error instanceof Error ? error.message : error}`,
    });
  }
}

class Cluster {
  readonly #random: Random;
  readonly #shape: Shape;
  readonly #lan: SimulatedLan;
  /** Until when a VIP may stay on a host whose daemon is dead or asleep. */
  readonly #grace = new Map<SimulatedNode, number>();

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    const random = this.#random;
    const version = random.pick([2, 3] as const);
    this.#shape = {
      version,
      interval: version === 2 ? random.pick([1000, 2000]) : random.pick([10, 50, 100, 1000]),
      preemptDelay: random.chance(0.2) ? 3000 : 0,
      preempt: random.chance(0.7),
      synced: random.chance(0.4),
    };
    const longest = Math.min(5, this.#shape.interval / 10);
    this.#lan = new SimulatedLan({
      seed: seed ^ 0x5eed,
      latency: [0.05, longest],
      loss: random.next() * 0.05,
    });
    const count = random.between(2, 5);
    for (let i = 1; i <= count; i++) this.#addNode(i);
  }

  run(): void {
    for (const node of this.#lan.nodes) node.start(this.#lan.now);
    const rounds = this.#random.between(3, 10);
    for (let i = 0; i < rounds; i++) {
      this.#trouble();
      this.#lan.run(this.#random.next() * 6 * this.#shape.interval, () => this.#always());
    }
    this.#heal();
    this.#lan.run(this.#settlingTime(), () => this.#always());
    this.#settled();
    this.#lan.run(20 * this.#shape.interval, () => this.#settled());
  }

  #addNode(i: number): void {
    this.#lan.add({
      name: `n${i}`,
      model: this.#model(),
      interfaces: [
        { name: "eth0", segment: "lan0", address: `10.0.0.${i}`, prefixLength: 24 },
        { name: "eth1", segment: "lan1", address: `10.1.0.${i}`, prefixLength: 24 },
      ],
    });
  }

  #model(): Model {
    const { version, interval, preempt, preemptDelay, synced } = this.#shape;
    const priority = this.#random.pick([50, 100, 100, 150, 200, 254]);
    const common = { version, advertInterval: interval, preempt, preemptDelay, priority };
    const first = instance({ ...common, name: "EXT", vrid: 1, addresses: [vip("10.0.0.100")] });
    if (!synced) return model([first]);
    const addresses = [vip("10.1.0.100", { interface: "eth1" })];
    const second = instance({ ...common, name: "INT", vrid: 2, interface: "eth1", addresses });
    return model([first, second], { syncGroups: [group("G", ["EXT", "INT"])] });
  }

  #trouble(): void {
    const lan = this.#lan;
    const node = this.#random.pick(lan.nodes);
    const other = this.#random.pick(lan.nodes);
    switch (this.#random.between(0, 8)) {
      case 0:
        this.#grant(node);
        node.kill();
        return;
      case 1:
        this.#grant(node);
        node.freeze();
        return;
      case 2:
        this.#wake(node);
        return;
      case 3:
        if (node !== other) lan.setCut(node, other, !lan.isCut(node, other));
        return;
      case 4:
        node.setLink("eth0", !node.isUp("eth0"), lan.now);
        return;
      case 5:
        node.take({ kind: "stop" }, lan.now);
        return;
      case 6:
        node.removeAddress("10.0.0.100", lan.now);
        return;
      case 7: {
        const hold = this.#random.between(0, 4) * this.#shape.interval;
        node.take({ kind: "failover", instances: ["EXT"], hold }, lan.now);
        return;
      }
      case 8:
        node.take({ kind: "maintenance", order: { all: this.#random.chance(0.6), names: [] } }, lan.now);
        return;
    }
  }

  #grant(node: SimulatedNode): void {
    if (node.condition === "running") this.#grace.set(node, this.#lan.now + this.#lease() * 1000);
  }

  /** A stop that was queued while it was frozen takes effect at the thaw, so it may have to be started again. */
  #wake(node: SimulatedNode): void {
    if (node.condition === "frozen") node.thaw(this.#lan.now);
    if (node.condition === "dead" || node.stopped) node.restart(this.#lan.now);
  }

  #heal(): void {
    const { nodes, now } = this.#lan;
    this.#lan.loss = 0;
    for (const node of nodes) {
      for (const other of nodes) if (node !== other) this.#lan.setCut(node, other, false);
      for (const name of ["eth0", "eth1"]) if (!node.isUp(name)) node.setLink(name, true, now);
      this.#wake(node);
      node.take({ kind: "maintenance", order: { all: false, names: [] } }, now);
    }
  }

  #lease(): number {
    const { version, interval } = this.#shape;
    return leaseSeconds(masterDownInterval(version, 1, interval, 3));
  }

  #settlingTime(): number {
    return 12 * this.#shape.interval + this.#shape.preemptDelay + this.#lease() * 1000 + 3000;
  }

  /** Holds at every moment. */
  #always(): void {
    for (const node of this.#lan.nodes) {
      const { instances } = node.engine.snapshot(0, 0);
      const masters = instances.filter(({ state }) => state === "master").length;
      assert.ok(masters === 0 || masters === instances.length, `${node.name}: the sync group is split`);
      if (!node.holds("10.0.0.100")) continue;
      if (node.condition === "running" && !node.stopped) {
        assert.equal(
          instances[0]!.state,
          "master",
          `${node.name} holds the VIP but is ${instances[0]!.state}`,
        );
      } else {
        assert.ok(
          this.#lan.now <= (this.#grace.get(node) ?? 0) + 1,
          `${node.name} holds the VIP after its lease`,
        );
      }
    }
  }

  /** Holds on a connected LAN of live nodes after the down interval. */
  #settled(): void {
    this.#always();
    const holders = this.#lan.nodes.filter((node) => node.holds("10.0.0.100"));
    assert.equal(holders.length, 1, `owners: ${holders.map(({ name }) => name).join(" ") || "none"}`);
    if (!this.#shape.synced) return;
    const others = this.#lan.nodes.filter((node) => node.holds("10.1.0.100"));
    assert.deepEqual(others.map(({ name }) => name), holders.map(({ name }) => name));
  }
}
