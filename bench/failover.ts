/**
 * Takeover and client gap, `ha` and keepalived side by side in one run, as root:
 *
 *     deno task bench failover [-- --reps N] [--speed slow|fast]
 *
 * Both nodes run the same daemon. A client pings the shared address every 5 ms. The blow falls at a different point of the
 * advertisement interval in each repetition, the same points for both daemons, and the order of the daemons changes from
 * repetition to repetition. Times are of the wire (tcpdump's stamps) and of ping, in ms; medians and extremes are shown.
 *
 * - `client gap`: longest time without an answer after the blow. After kill -9 the dead daemon's kernel goes on answering.
 * - `takeover`: from the last word of the old master to the first of the new one.
 * - `late`: how much of that is more than the protocol's own wait (three intervals and the skew; after a goodbye the skew).
 */
import { parseArgs } from "node:util";
import type { DaemonKind } from "../tests/lab/adapter.ts";
import { elapse, now } from "../tests/lab/clock.ts";
import type { Lab } from "../tests/lab/lab.ts";
import { labUnavailable } from "../tests/lab/requirements.ts";
import { withLab } from "../tests/lab/scenario.ts";
import {
  advertsFrom,
  configOf,
  FAST,
  LAN,
  masterDown,
  skew,
  SLOW,
  type Speed,
  VIP,
} from "../tests/netns/pair.ts";
import { DAEMONS, median } from "./shared/figures.ts";

type Blow = "stop" | "kill -9" | "link";

const BLOWS: readonly Blow[] = ["stop", "kill -9", "link"];
const PING_INTERVAL = 5;

/** One repetition, in ms. */
interface Sample {
  readonly "client gap": number;
  readonly takeover: number;
  readonly late: number;
}

async function once(kind: DaemonKind, speed: Speed, blow: Blow, phase: number): Promise<Sample> {
  return await withLab(LAN, async (lab) => {
    const { a, b, daemon, wire, client } = await settled(lab, kind, speed);
    const advert = await wire.advert((packet) => packet.source === a.address, {
      since: now(),
      within: 5_000,
      what: "an advertisement of a",
    });
    await elapse(advert.at + phase * speed.interval * 1000 - now());
    const at = blow === "link" ? await a.cut("down") : blow === "stop" ? daemon.terminate() : daemon.kill();
    const first = await wire.advert((packet) => packet.source === b.address, {
      since: at,
      within: masterDown(speed) + 10_000,
      what: "an advertisement of b",
    });
    const gap = await client.gap(at);
    const last = wire.adverts((packet) => packet.source === a.address && packet.at < first.at).at(-1)!;
    const wait = last.priority === 0 ? skew(speed) : masterDown(speed);
    return { "client gap": gap.length, takeover: first.at - last.at, late: first.at - last.at - wait };
  });
}

/** Both daemons up, `a` the master and known to `b`. */
async function settled(lab: Lab, kind: DaemonKind, speed: Speed) {
  const [a, b] = [lab.node("a"), lab.node("b")];
  const wire = await lab.sniff("lan");
  const daemon = await a.start(kind, configOf("a", { speed }));
  const taken = await a.addresses.added(VIP, { within: 15_000 });
  const second = await b.start(kind, configOf("b", { speed }));
  const backup = await second.enters("VI_1", "BACKUP");
  const client = await lab.ping("client", VIP, PING_INTERVAL);
  await advertsFrom(wire, a, Math.max(taken.at, backup.at), 2);
  return { a, b, daemon, wire, client };
}

type Samples = Record<DaemonKind, Sample[]>;

async function measure(speed: Speed, blow: Blow, repetitions: number): Promise<Samples> {
  const samples: Samples = { ha: [], keepalived: [] };
  for (let i = 0; i < repetitions; i++) {
    const order = i % 2 === 0 ? DAEMONS : DAEMONS.toReversed();
    for (const kind of order) samples[kind].push(await once(kind, speed, blow, (i + 0.5) / repetitions));
  }
  return samples;
}

function spread(values: readonly number[]): string {
  const digits = Math.max(...values) < 100 ? 2 : 0;
  const [low, middle, high] = [Math.min(...values), median(values), Math.max(...values)];
  return `${middle.toFixed(digits)} [${low.toFixed(digits)}..${high.toFixed(digits)}]`;
}

function report(speed: Speed, blow: Blow, samples: Samples): void {
  for (const figure of ["client gap", "takeover", "late"] as const) {
    const [ours, theirs] = DAEMONS.map((kind) => samples[kind].map((sample) => sample[figure]));
    const ratio = (median(ours!) / median(theirs!)).toFixed(2);
    const cells = [speed.label, blow, figure, spread(ours!), spread(theirs!), ratio];
    console.log(cells.map((cell, i) => cell.padEnd(WIDTHS[i]!)).join("").trimEnd());
  }
}

const WIDTHS = [20, 9, 12, 28, 28, 6];
const HEAD = ["", "blow", "figure, ms", "ha", "keepalived", "ratio"];

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: Deno.args,
    options: { reps: { type: "string", default: "5" }, speed: { type: "string" } },
  });
  const reason = labUnavailable(["keepalived"]);
  if (reason !== null) {
    console.log(`skipped: bench/failover.ts: ${reason}`);
    return 0;
  }
  const repetitions = Math.max(1, Math.trunc(Number(values.reps)) || 1);
  console.log(`n=${repetitions}: median [least..most]`);
  console.log(HEAD.map((cell, i) => cell.padEnd(WIDTHS[i]!)).join("").trimEnd());
  for (const speed of [FAST, SLOW]) {
    if (values.speed !== undefined && values.speed !== (speed === FAST ? "fast" : "slow")) continue;
    for (const blow of BLOWS) report(speed, blow, await measure(speed, blow, repetitions));
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main());
