/** Two threads: trouble on the main one is not seen on the wire, the death of the engine's leaves nothing behind. */
import assert from "node:assert/strict";
import { now } from "../lab/clock.ts";
import type { Lab } from "../lab/lab.ts";
import { measured } from "../lab/report.ts";
import { type Case, pairs, scenarios } from "../lab/scenario.ts";
import { advertsFrom, BRISK, configOf, LAN, VIP } from "./pair.ts";

const HOOKS = { env: { HA_TEST: "1" } };

async function soleMaster(lab: Lab) {
  const a = lab.node("a");
  const wire = await lab.sniff("lan");
  const daemon = await a.start("ha", configOf("a", { speed: BRISK }), HOOKS);
  const taken = await a.addresses.added(VIP, { within: 15_000 });
  await advertsFrom(wire, a, taken.at, 3);
  return { a, wire, daemon };
}

const blocked: Case = {
  name: "a main thread that is blocked for 3 s delays no advertisement and loses no address",
  lab: LAN,
  async run(lab) {
    const { a, wire, daemon } = await soleMaster(lab);
    const from = now();
    await daemon.ask({ command: "debug.block", ms: 3_000 });
    const until = now();
    assert.ok(until - from >= 3_000, "it was blocked");
    // What was sent until then has been captured when a later one has.
    await wire.advert(() => true, { since: until, within: 15_000, what: "an advertisement" });
    const times = wire.adverts(() => true, from).map((packet) => packet.at).filter((at) => at < until);
    const pauses = times.slice(1).map((time, i) => time - times[i]!);
    measured("longest pause between advertisements every 100 ms, main thread blocked", Math.max(...pauses));
    // Far from what is measured, as machines take processors away; an engine that waits for the main thread says nothing.
    assert.ok(times.length >= 15, `${times.length} advertisements in 3 s`);
    assert.ok(Math.max(...pauses) < 1_500, `a pause of ${Math.max(...pauses)} ms`);
    assert.deepEqual(a.addresses.filter((item) => item.what === "removed" && item.address === VIP, from), []);
  },
};

const crashed: Case = {
  name: "when the engine thread dies the daemon takes the address away and ends with 70",
  lab: LAN,
  async run(lab) {
    const { a, daemon } = await soleMaster(lab);
    const from = now();
    await daemon.ask({ command: "debug.crash" }).catch(() => {});
    await a.addresses.removed(VIP, { since: from, within: 2_000 });
    const status = await daemon.process.endsWithin(5_000);
    assert.equal(status?.code, 70);
    await daemon.says(/The engine thread died/);
    assert.deepEqual(await a.foreignAddresses(), []);
  },
};

const withHa = pairs().some((pair) => pair.first === "ha" || pair.second === "ha");

scenarios("the engine thread", [blocked, crashed], {
  without: withHa ? null : "HA_LAB_PEERS names no ha",
});
