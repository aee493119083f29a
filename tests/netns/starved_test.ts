/** A master that gets almost no time of the processor: it is on time all the same, or it is no master any more. */
import assert from "node:assert/strict";
import { elapse, now } from "../lab/clock.ts";
import { longestShared } from "../lab/owners.ts";
import { measured } from "../lab/report.ts";
import { type Case, type Pair, pairs, scenarios, show } from "../lab/scenario.ts";
import { type Diet, Starver } from "../lab/starver.ts";
import { BRISK, LAN, lease, masterDown, running, SLOW, type Speed, VIP } from "./pair.ts";

/** What a loaded machine may add to the times of protocol and kernel, ms. */
const SLACK = 2_000;

/**
 * Too little to be master. Often enough to take itself for one before the lease is over; and so seldom that only the
 * kernel can take the address away in time.
 */
const HUNGER: readonly Diet[] = [
  { awake: 5, period: 900 },
  { awake: 40, period: 6_000 },
];

/** Bad, but it speaks before the other one gives it up. */
const SPARSE: Diet = { awake: 200, period: 800 };

const starving = (speed: Speed, diet: Diet) => (pair: Pair): Case => ({
  name:
    `${diet.awake} of ${diet.period} ms at ${speed.label}: the address is gone within the lease, never two ` +
    `owners for longer ${show(pair)}`,
  lab: LAN,
  needs: [pair.second].filter((each) => each === "keepalived"),
  async run(lab) {
    const { a, b, first } = await running(lab, pair, { speed });
    const starved = now();
    {
      await using _hunger = new Starver(first, diet);
      await b.addresses.added(VIP, { since: starved, within: masterDown(speed) + 10_000 });
      const gone = await a.addresses.removed(VIP, { since: starved, within: lease(speed) + SLACK });
      measured(
        `VIP gone after starving, ${diet.awake} of ${diet.period} ms ${show(pair)}`,
        gone.at - starved,
      );
      // Long enough for it to come back wrongly, lease and all.
      await elapse(Math.max(lease(speed) * 2, diet.period));
    }
    const shared = longestShared([a.addresses.items, b.addresses.items], VIP, now());
    measured(`two owners while starving, ${diet.awake} of ${diet.period} ms ${show(pair)}`, shared);
    assert.ok(shared < lease(speed) + SLACK, `two owners for ${shared} ms`);
    assert.ok(b.addresses.has(VIP) || a.addresses.has(VIP), "somebody owns the address");
    // Well fed it is master again, alone.
    await a.addresses.next(() => a.addresses.has(VIP) && !b.addresses.has(VIP), {
      since: 0,
      within: masterDown(speed) + 10_000,
      what: "one owner",
    });
  },
});

const surviving = (pair: Pair): Case => ({
  name: `${SPARSE.awake} of ${SPARSE.period} ms at ${SLOW.label}: it stays master, alone ${show(pair)}`,
  lab: LAN,
  needs: [pair.second].filter((each) => each === "keepalived"),
  async run(lab) {
    const { a, b, first, wire } = await running(lab, pair, { speed: SLOW });
    const starved = now();
    {
      await using _hunger = new Starver(first, SPARSE);
      await elapse(lease(SLOW) * 2);
    }
    const times = wire.adverts((packet) => packet.source === a.address, starved).map(({ at }) => at);
    const pauses = times.slice(1).map((at, i) => at - times[i]!);
    measured(`longest pause between advertisements, starved ${show(pair)}`, Math.max(...pauses));
    assert.deepEqual(wire.adverts((packet) => packet.source === b.address, starved), [], "nobody else spoke");
    const removed = a.addresses.filter((item) => item.address === VIP && item.what === "removed", starved);
    assert.deepEqual(removed, [], "the address was never gone");
  },
});

const ours = pairs().filter(({ first }) => first === "ha");

scenarios("a master without time", [
  ...HUNGER.flatMap((diet) => ours.map(starving(BRISK, diet))),
  ...ours.map(surviving),
], { without: ours.length > 0 ? null : "HA_LAB_PEERS names no pair with ha first" });
