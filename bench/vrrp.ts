/**
 * The protocol's own figures, `ha` and keepalived side by side in one run, as root:
 *
 *     deno task bench vrrp [-- --rounds N] [--seconds N] [takeover|pace|flood]
 *
 * One daemon at a time runs on a host in a network namespace, this program plays the rest of its LAN; the order of the
 * daemons changes from round to round. Times are the kernel's stamps of frames that leave the host, in ms; medians and
 * 99th percentiles over all rounds, and the ratio of ha's to keepalived's.
 *
 * - `takeover`: this program is the master (version 3, 50 ms) and falls silent again and again. `advert late` and `ARP
 *   late` count from the protocol's deadline, three intervals and the skew after its last word.
 * - `pace`: an owner at 10 ms. How far each interval is from 10 ms, and the mean interval.
 * - `flood`: a master at 0.2 s hears packets that it has to discard. How many of its advertisements are missing, and the
 *   longest pause.
 */
import { parseArgs } from "node:util";
import type { DaemonKind } from "../tests/lab/adapter.ts";
import { elapse, now } from "../tests/lab/clock.ts";
import { downInterval3, HIGH, INTERVAL, v3 } from "../tests/conformance/moves.ts";
import { Hub } from "../tests/conformance/rig/hub.ts";
import { advertFrame, type AdvertSpec } from "../tests/conformance/rig/packet.ts";
import { Stand } from "../tests/conformance/rig/stand.ts";
import { whyNot } from "../tests/conformance/runner.ts";
import { cellsOf, DAEMONS, longestPause } from "./shared/figures.ts";

/** Samples by name of the figure. */
type Samples = Record<string, number[]>;

/** One measurement of one daemon. */
interface Measurement {
  readonly name: string;
  run(stand: Stand, seconds: number): Promise<Samples>;
}

/** ms; short, so that there are many takeovers, and long beside the noise of this program's timers. */
const TAKEOVER_INTERVAL = 50;
const TAKEOVERS = 20;

/** This program is master, falls silent, and is master again. */
async function takeovers(stand: Stand): Promise<Samples> {
  await stand.start(v3({ interval: TAKEOVER_INTERVAL / 1000 }));
  await stand.addresses.added("10.80.0.200", { within: 15_000 });
  const late: number[] = [];
  const arp: number[] = [];
  const frame = advertFrame({ ...HIGH, interval: TAKEOVER_INTERVAL / 10 });
  for (let round = 0; round < TAKEOVERS; round++) {
    const feed = stand.wire.feed(frame, TAKEOVER_INTERVAL);
    await feed.sends(4);
    const last = feed.stop();
    const deadline = last + downInterval3(100, TAKEOVER_INTERVAL);
    const advert = await stand.wire.advert(({ priority }) => priority > 0, {
      since: last + 1,
      within: 3_000,
    });
    const announced = await stand.wire.next((seen) => seen.kind === "arp", {
      since: last + 1,
      within: 3_000,
      what: "gratuitous ARP",
    });
    late.push(advert.at - deadline);
    arp.push(announced.at - deadline);
  }
  return { "advert late, first": late.splice(0, 1), "advert late": late, "ARP late": arp.slice(1) };
}

/** An owner at 10 ms. */
async function pace(stand: Stand, seconds: number): Promise<Samples> {
  const interval = 10;
  await stand.start(v3({ state: "MASTER", priority: 255, interval: interval / 1000 }));
  const first = await stand.wire.advert(() => true, { within: 15_000 });
  await elapse(first.at + 300 + seconds * 1000 - now());
  const times = stand.wire.adverts(first.at + 300).map(({ at }) => at);
  const intervals = times.slice(1).map((at, i) => at - times[i]!);
  return {
    "off 10 ms": intervals.map((each) => Math.abs(each - interval)),
    "mean interval": [(times.at(-1)! - times[0]!) / intervals.length],
  };
}

/** Sends frames in turn at a rate for some seconds, in portions of a few ms. */
async function flood(
  stand: Stand,
  frames: readonly Uint8Array<ArrayBuffer>[],
  perSecond: number,
  seconds: number,
) {
  const start = now();
  for (let sent = 0, gone = 0; gone < seconds * 1000; gone = now() - start) {
    while (sent < gone * perSecond / 1000) stand.wire.send(frames[sent++ % frames.length]!);
    await elapse(2);
  }
}

function flooded(name: string, kinds: readonly Partial<AdvertSpec>[], perSecond: number): Measurement {
  return {
    name,
    async run(stand, seconds) {
      await stand.start(v3());
      await stand.addresses.added("10.80.0.200", { within: 15_000 });
      const frames = kinds.map((kind) => advertFrame({ ...HIGH, ...kind }));
      const since = now();
      await flood(stand, frames, perSecond, seconds);
      const until = now();
      const times = stand.wire.adverts(since).map(({ at }) => at);
      return {
        "missing of 100": [Math.max(0, 100 - 100 * times.length / Math.floor((until - since) / INTERVAL))],
        "longest pause": [longestPause(since, times, until)],
      };
    },
  };
}

const DISCARDED: readonly Partial<AdvertSpec>[] = [{ checksum: "wrong" }, { ttl: 1 }, { version: 2 }, {
  cut: 7,
}];

const MEASUREMENTS: readonly Measurement[] = [
  { name: "takeover", run: takeovers },
  { name: "pace", run: pace },
  flooded("flood, 4,000 broken packets a second", DISCARDED, 4_000),
  flooded("flood, 50,000 broken packets a second", DISCARDED, 50_000),
  flooded("flood, 50,000 packets of another VRID a second", [{ vrid: 99 }], 50_000),
];

function line(name: string, samples: Readonly<Record<DaemonKind, readonly number[]>>): string {
  return `  ${name.padEnd(20)} ${cellsOf(samples, [0.5, 0.99])}   n=${samples.ha.length}`;
}

async function measure(measurement: Measurement, rounds: number, seconds: number): Promise<void> {
  const all: Record<DaemonKind, Samples> = { ha: {}, keepalived: {} };
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? DAEMONS : DAEMONS.toReversed()) {
      await using hub = await Hub.create();
      await using stand = await Stand.create(hub, kind);
      const samples = await measurement.run(stand, seconds);
      for (const [name, values] of Object.entries(samples)) (all[kind][name] ??= []).push(...values);
    }
  }
  console.log(`${measurement.name}`);
  for (const name of Object.keys(all.ha)) {
    console.log(line(name, { ha: all.ha[name]!, keepalived: all.keepalived[name]! }));
  }
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { rounds: { type: "string", default: "3" }, seconds: { type: "string", default: "5" } },
  });
  const reason = whyNot("ha") ?? whyNot("keepalived");
  if (reason !== null) {
    console.log(`skipped: ${reason}`);
    return 0;
  }
  console.log(`${" ".repeat(22)} median:   ha  keepalived  ratio  |   99 %:   ha  keepalived  ratio`);
  const wanted = ({ name }: Measurement) =>
    positionals.length === 0 || positionals.some((word) => name.startsWith(word));
  for (const each of MEASUREMENTS.filter(wanted)) {
    await measure(each, Number(values.rounds), Number(values.seconds));
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main());
