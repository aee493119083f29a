/** Who takes over when the master goes, how fast, and what the client sees of it. */
import assert from "node:assert/strict";
import type { Daemon } from "../lab/daemon.ts";
import type { Cut, Node } from "../lab/node.ts";
import type { PingClient } from "../lab/ping_client.ts";
import { measured } from "../lab/report.ts";
import { type Case, forEachPair, type Pair, scenarios, show } from "../lab/scenario.ts";
import {
  advertsFrom,
  configOf,
  FAST,
  handedOver,
  LAN,
  lease,
  masterDown,
  PRIORITY,
  type Running,
  running,
  skew,
  SLOW,
  type Speed,
  VIP,
} from "./pair.ts";

/** What a loaded machine may add to the protocol's own times, ms. */
const SLACK = 1_500;

/** Prints what the client saw of a change that began at `at`; more than the protocol's wait is a failure. */
async function clientGap(client: PingClient, at: number, what: string, wait: number): Promise<void> {
  const gap = await client.gap(at);
  measured(`client gap, ${what}`, gap.length);
  assert.ok(gap.length < wait + SLACK, `the client got no answer for ${gap.length} ms`);
}

/** Starts the first node again after whatever ended it, and sees it take the VIP back. */
async function handBack(pair: Pair, speed: Speed, { a, b, client }: Running, how: string): Promise<Daemon> {
  const at = performance.timeOrigin + performance.now();
  const daemon = await a.start(pair.first, configOf("a", { speed }));
  await daemon.enters("VI_1", "MASTER");
  await handedOver(b, a, at);
  await clientGap(client, at, `hand-back after ${how}, ${speed.label} ${show(pair)}`, 0);
  return daemon;
}

function stop(speed: Speed) {
  return (pair: Pair): Case => ({
    name: `stop: priority 0, takeover after the skew, hand-back, ${speed.label}`,
    lab: LAN,
    async run(lab) {
      const all = await running(lab, pair, { speed });
      const { a, b, first, client, wire } = all;
      const at = first.terminate();
      const goodbye = await wire.advert((packet) => packet.priority === 0, {
        since: at,
        within: 15_000,
        what: "priority 0",
      });
      assert.equal(goodbye.source, a.address);
      const taken = await b.addresses.added(VIP, { since: at, within: 10_000 });
      await clientGap(client, at, `stop, ${speed.label} ${show(pair)}`, skew(speed));
      assert.ok(
        taken.at - goodbye.at < skew(speed) + SLACK,
        `taken over ${taken.at - goodbye.at} ms after goodbye`,
      );
      assert.equal(
        (await lab.node("client").neighbours()).get(VIP),
        b.port().mac,
        "the client knows the new owner",
      );
      assert.equal((await first.process.ended).code, 0);
      assert.deepEqual(await a.foreignAddresses(), [], "nothing of ours is left on the stopped node");
      await handBack(pair, speed, all, "stop");
    },
  });
}

function kill(speed: Speed) {
  return (pair: Pair): Case => ({
    name: `kill -9: takeover after the down interval, left-over VIP, hand-back, ${speed.label}`,
    lab: LAN,
    async run(lab) {
      const all = await running(lab, pair, { speed });
      const { a, b, first, client, wire } = all;
      const at = first.kill();
      const taken = await b.addresses.added(VIP, { since: at, within: masterDown(speed) + 10_000 });
      await clientGap(client, at, `kill -9, ${speed.label} ${show(pair)}`, 0);
      assert.ok(taken.at - at < masterDown(speed) + SLACK, `taken over after ${taken.at - at} ms`);
      assert.deepEqual(wire.adverts((packet) => packet.priority === 0, at), [], "the dead say no goodbye");
      assert.equal(
        (await lab.node("client").neighbours()).get(VIP),
        b.port().mac,
        "the client knows the new owner",
      );
      await leftOver(pair, speed, a, at);
      await handBack(pair, speed, all, "kill -9");
    },
  });
}

/** The kernel takes the VIP of a dead `ha` away when its lease ends; keepalived's stays until somebody cleans up. */
async function leftOver(pair: Pair, speed: Speed, a: Node, at: number): Promise<void> {
  if (pair.first === "keepalived") {
    assert.ok(a.addresses.has(VIP), "keepalived leaves its VIP behind");
    return;
  }
  const gone = await a.addresses.removed(VIP, { since: at, within: lease(speed) + 10_000 });
  measured(`VIP gone after kill -9, ${speed.label} ${show(pair)}`, gone.at - at);
  assert.ok(gone.at - at < lease(speed) + 2 * SLACK, `the lease is over after ${lease(speed)} ms`);
}

function cut(how: Cut, speed: Speed) {
  return (pair: Pair): Case => ({
    name: `link ${how}: takeover after the down interval, FAULT, hand-back, ${speed.label}`,
    lab: LAN,
    async run(lab) {
      const { a, b, first, client } = await running(lab, pair, { speed });
      const at = await a.cut(how);
      await b.addresses.added(VIP, { since: at, within: masterDown(speed) + 10_000 });
      await clientGap(client, at, `link ${how}, ${speed.label} ${show(pair)}`, masterDown(speed));
      await first.enters("VI_1", "FAULT", { since: at });
      if (a.addresses.has(VIP)) await a.addresses.removed(VIP, { since: at, within: 15_000 });
      const back = await a.restore();
      await first.enters("VI_1", "MASTER", { since: back });
      await handedOver(b, a, back);
      await clientGap(client, back, `hand-back after link ${how}, ${speed.label} ${show(pair)}`, 0);
    },
  });
}

function splitBrain(speed: Speed) {
  return (pair: Pair): Case => ({
    name: `link silent: two masters that do not hear each other, one again when they do, ${speed.label}`,
    lab: LAN,
    async run(lab) {
      const { a, b, first, client, wire } = await running(lab, pair, { speed });
      const at = await a.cut("silent");
      await b.addresses.added(VIP, { since: at, within: masterDown(speed) + 10_000 });
      await clientGap(client, at, `link silent, ${speed.label} ${show(pair)}`, masterDown(speed));
      assert.ok(a.addresses.has(VIP), "the first master cannot know");
      const back = await a.restore();
      await b.addresses.removed(VIP, { since: back, within: 10_000 });
      await advertsFrom(wire, a, back, 2);
      assert.ok(a.addresses.has(VIP));
      assert.deepEqual(first.log.lines(/Entering BACKUP STATE$/, at), [], "the higher priority never yields");
    },
  });
}

function freeze(speed: Speed) {
  return (pair: Pair): Case => ({
    name: `freeze: takeover while the master hangs, one owner after the thaw, ${speed.label}`,
    lab: LAN,
    async run(lab) {
      const { a, b, first } = await running(lab, pair, { speed });
      const at = first.freeze();
      await b.addresses.added(VIP, { since: at, within: masterDown(speed) + 10_000 });
      if (pair.first === "ha") {
        const gone = await a.addresses.removed(VIP, { since: at, within: lease(speed) + 10_000 });
        measured(`VIP gone after freeze, ${speed.label} ${show(pair)}`, gone.at - at);
      }
      const thawed = first.thaw();
      await oneOwner([a, b], thawed + masterDown(speed, PRIORITY.a) + 15_000);
    },
  });
}

/** Waits until exactly one of the nodes holds the VIP, at the latest at `deadline`. */
async function oneOwner(nodes: readonly Node[], deadline: number): Promise<void> {
  const owners = () => nodes.filter((node) => node.addresses.has(VIP));
  while (owners().length !== 1) {
    const left = deadline - (performance.timeOrigin + performance.now());
    if (left <= 0) throw new Error(`Cannot see one owner of ${VIP}: it has ${owners().length}`);
    const since = performance.timeOrigin + performance.now();
    const change = (node: Node) => node.addresses.next(() => true, { since, within: left, what: "a change" });
    await Promise.any(nodes.map(change)).catch(() => {});
  }
}

const speeds = <T>(make: (speed: Speed) => T): T[] => [SLOW, FAST].map(make);

scenarios("a master that goes is replaced", [
  ...speeds(stop).flatMap(forEachPair),
  ...speeds(kill).flatMap(forEachPair),
  ...speeds((speed) => cut("down", speed)).flatMap(forEachPair),
  ...forEachPair(cut("carrier", SLOW)),
  ...forEachPair(cut("carrier", FAST)),
  ...forEachPair(splitBrain(FAST)),
  ...forEachPair(freeze(FAST)),
]);
