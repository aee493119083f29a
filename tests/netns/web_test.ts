/** The status page of a node that really runs: state, addresses, peer and counters as they are on the wire. */
import assert from "node:assert/strict";
import { NamespaceDoor, Relay } from "../../cli/demo/relay.ts";
import type { Status } from "../../core/engine/status.ts";
import { now } from "../lab/clock.ts";
import { eventually } from "../lab/eventually.ts";
import { type Case, pairs, scenarios } from "../lab/scenario.ts";
import { advertsFrom, BRISK, configOf, handedOver, LAN, VIP } from "./pair.ts";

const WEB = { web: "127.0.0.1:9650" };

const PAGES: Case = {
  name: "both nodes show the same truth before and after a takeover",
  lab: LAN,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const wire = await lab.sniff("lan");
    const first = await a.start("ha", configOf("a", { speed: BRISK }), WEB);
    await b.start("ha", configOf("b", { speed: BRISK }), WEB);
    const taken = await a.addresses.added(VIP, { within: 15_000 });
    await advertsFrom(wire, a, taken.at, 3);
    const door = new NamespaceDoor();
    using pageA = new Relay(door, a.namespace, 9650);
    using pageB = new Relay(door, b.namespace, 9650);

    const ours = await eventually(() => statusOf(pageA), ({ counters }) => counters.advert_sent >= 3);
    const theirs = await eventually(() => statusOf(pageB), ({ counters }) => counters.advert_rcvd >= 3);
    assert.deepEqual([ours.state, theirs.state], ["master", "backup"]);
    assert.deepEqual(ours.addresses.map((each) => [each.address, each.installed]), [[VIP, true]]);
    assert.deepEqual(theirs.addresses.map((each) => each.installed), [false]);
    assert.equal(theirs.master, a.address);
    assert.deepEqual([theirs.peer?.address, theirs.peer?.priority], [a.address, 150]);
    assert.ok(ours.counters.advert_sent >= 3 && ours.counters.become_master === 1);
    assert.ok(theirs.counters.advert_rcvd >= 3);

    const stopped = first.terminate();
    await handedOver(a, b, stopped);
    const after = await eventually(() => statusOf(pageB), ({ state }) => state === "master");
    assert.deepEqual([after.state, after.counters.pri_zero_rcvd], ["master", 1]);
    assert.ok(after.since >= stopped - 5 && after.since <= now() + 5, "since when");
    assert.notEqual(after.reason, "", "why");
    await assertPages(pageB);
  },
};

async function statusOf(page: Relay) {
  const status = await (await fetch(`${page.url}status`)).json() as Status;
  return status.instances[0]!;
}

async function assertPages(page: Relay): Promise<void> {
  const get = async (path: string) => {
    const response = await fetch(page.url + path);
    return { status: response.status, text: await response.text() };
  };
  const html = await get("");
  assert.equal(html.status, 200);
  assert.match(html.text, /VI_1/);
  const metrics = await get("metrics");
  assert.equal(metrics.status, 200);
  assert.match(metrics.text, /^keepalived_vrrp_state\{[^}]*iname="VI_1"[^}]*\} 2$/m);
  assert.equal((await get("healthz")).status, 200);
}

const withHa = pairs().some((pair) => pair.first === "ha" || pair.second === "ha");

scenarios("the status page", [PAGES], { without: withHa ? null : "HA_LAB_PEERS names no ha" });
