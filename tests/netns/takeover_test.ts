/** Who takes over when the master goes, how fast, and what the client sees of it. */
import assert from "node:assert/strict";
import { configuration, instance } from "../lab/config_text.ts";
import type { Lab } from "../lab/lab.ts";
import { measured } from "../lab/report.ts";
import { type Case, forEachPair, type Pair, scenarios, show } from "../lab/scenario.ts";

const VIP = "10.80.0.100";
const LAN = { a: ["lan"], b: ["lan"], client: ["lan"] };

/** Version 2 at one second, and version 3 at 10 ms: the slowest and the fastest that people run. */
const SPEEDS = [
  { label: "v2 advert_int 1", interval: 1, version: 2 },
  { label: "v3 advert_int 0.01", interval: 0.01, version: 3 },
] as const;

type Speed = typeof SPEEDS[number];

/** Both nodes up, `a` the master, the client pinging. */
async function running(lab: Lab, pair: Pair, speed: Speed) {
  const [a, b] = [lab.node("a"), lab.node("b")];
  const text = (priority: number) =>
    configuration([
      instance({ priority, interval: speed.interval, version: speed.version, addresses: [`${VIP}/24`] }),
    ]);
  const wire = await lab.sniff("lan");
  const [first, second] = await Promise.all([
    a.start(pair.first, text(150)),
    b.start(pair.second, text(100)),
  ]);
  await a.addresses.added(VIP, { within: 15_000 });
  const client = await lab.ping("client", VIP);
  // The first advertisement after the election proves that both have settled.
  const settled = await wire.advert((packet) => packet.source === a.address && packet.priority === 150, {
    within: 5_000,
    what: "an advertisement of a",
  });
  await wire.advert((packet) => packet.source === a.address, {
    within: 5_000,
    since: settled.at + 1,
    what: "the next advertisement of a",
  });
  return { a, b, first, second, client, wire };
}

/** How long a backup of priority 100 waits for a silent master. */
function masterDown(speed: Speed): number {
  return speed.interval * 1000 * 3 + skew(speed);
}

function skew(speed: Speed): number {
  return (256 - 100) / 256 * (speed.version === 2 ? 1000 : speed.interval * 1000);
}

function stopped(speed: Speed) {
  return (pair: Pair): Case => ({
    name: `a stopped master says goodbye and is replaced after the skew, ${speed.label}`,
    lab: LAN,
    async run(lab) {
      const { a, b, first, client, wire } = await running(lab, pair, speed);
      const at = first.terminate();
      const goodbye = await wire.advert((packet) => packet.priority === 0, {
        since: at,
        within: 5_000,
        what: "priority 0",
      });
      assert.equal(goodbye.source, a.address);
      const taken = await b.addresses.added(VIP, { since: at, within: 10_000 });
      const gap = await client.gap(at);
      measured(`client gap, stop, ${speed.label} ${show(pair)}`, gap.length);
      assert.ok(taken.at - at < skew(speed) + 1_000, `taken over after ${taken.at - at} ms`);
      await first.process.ended;
      assert.deepEqual(await a.foreignAddresses(), [], "nothing of ours is left on the stopped node");
    },
  });
}

scenarios("takeover: stop", SPEEDS.flatMap((speed) => forEachPair(stopped(speed))));
void masterDown;
