/**
 * Advertisements first: many addresses, or many instances, that become master in one moment, `ha` and keepalived side by
 * side in one run, as root:
 *
 *     deno task bench adverts [-- --rounds N]
 *
 * The daemon starts as backup with nobody else there, so that all its instances take over together. Times are the
 * kernel's stamps of frames that leave the host, in ms:
 *
 * - `second advert late`: how much later than one interval after its first the second advertisement of each instance is.
 * - `any advert late`: the same for all advertisements, second burst of gratuitous ARP included; the worst is what a
 *   backup sees.
 * - `last first advert`: from the first advertisement of all to the first of the last instance.
 * - `announced`: from there to the first gratuitous ARP of the address that is announced last.
 */
import { parseArgs } from "node:util";
import type { DaemonKind } from "../tests/lab/adapter.ts";
import { elapse, now } from "../tests/lab/clock.ts";
import { configuration, instance } from "../tests/lab/config_text.ts";
import { Hub } from "../tests/conformance/rig/hub.ts";
import { Stand } from "../tests/conformance/rig/stand.ts";
import { whyNot } from "../tests/conformance/runner.ts";
import { cellsOf, DAEMONS } from "./shared/figures.ts";

/** VRIDs on one link. */
const PER_LINK = 250;

/** ms from the first advertisement that are looked at: the second burst of ARP comes after 5 s. */
const WATCHED = 7_000;

/** A situation to be measured. */
interface Burst {
  readonly name: string;
  readonly instances: number;
  /** Addresses of each instance. */
  readonly addresses: number;
  /** s */
  readonly interval: number;
}

const BURSTS: readonly Burst[] = [
  { name: "250 addresses, 1 s", instances: 1, addresses: 250, interval: 1 },
  { name: "250 addresses, 0.01 s", instances: 1, addresses: 250, interval: 0.01 },
  { name: "1,000 instances, 1 s", instances: 1000, addresses: 1, interval: 1 },
  { name: "200 instances of 20, 0.1 s", instances: 200, addresses: 20, interval: 0.1 },
];

/** Samples by name of the figure, in ms. */
type Samples = Record<string, number[]>;

function textOf({ instances, addresses, interval }: Burst): string {
  const blocks = Array.from({ length: instances }, (_, i) => {
    const link = Math.floor(i / PER_LINK);
    return instance({
      name: `V${i}`,
      interface: `eth${link}`,
      vrid: i % PER_LINK + 1,
      priority: 200,
      interval,
      version: 3,
      addresses: Array.from({ length: addresses }, (_, k) => `10.${90 + link}.${k}.${i % PER_LINK + 1}/32`),
    });
  });
  return configuration(blocks);
}

async function measure(kind: DaemonKind, burst: Burst): Promise<Samples> {
  await using hub = await Hub.create();
  await using stand = await Stand.create(hub, kind, { links: Math.ceil(burst.instances / PER_LINK) });
  await stand.start(textOf(burst));
  const { at } = await stand.wire.advert(({ priority }) => priority > 0, { within: 30_000 });
  await elapse(at + WATCHED - now());
  return figuresOf(stand, burst);
}

function figuresOf(stand: Stand, { instances, addresses, interval }: Burst): Samples {
  const times = new Map<string, number[]>();
  const announced = new Map<string, number>();
  for (const wire of stand.wires) {
    for (const frame of wire.items) {
      if (frame.kind === "vrrp") add(times, `${wire.device} ${frame.vrid}`, frame.at);
      else if (frame.kind === "arp" && frame.sender === frame.target && !announced.has(frame.sender)) {
        announced.set(frame.sender, frame.at);
      }
    }
  }
  const all = [...times.values()];
  const first = Math.min(...all.map(([at]) => at!));
  const vips = [...announced].filter(([address]) => !address.startsWith("10.80.")).map(([, at]) => at);
  if (all.length !== instances || vips.length !== instances * addresses) {
    throw new TypeError(
      `Cannot measure: ${all.length} instances spoke, ${vips.length} addresses were announced`,
    );
  }
  const late = (sent: readonly number[]) => sent.slice(1).map((at, i) => at - sent[i]! - interval * 1000);
  return {
    "second advert late": all.map((sent) => Math.max(0, late(sent)[0] ?? Infinity)),
    "any advert late": all.flatMap(late).map((ms) => Math.max(0, ms)),
    "last first advert": [Math.max(...all.map(([at]) => at!)) - first],
    "announced": [Math.max(...vips) - first],
  };
}

function add(times: Map<string, number[]>, key: string, at: number): void {
  const known = times.get(key);
  if (known === undefined) times.set(key, [at]);
  else known.push(at);
}

function line(name: string, samples: Readonly<Record<DaemonKind, readonly number[]>>): string {
  return `  ${name.padEnd(20)} ${cellsOf(samples, [0.5, 0.99, 1])}   n=${samples.ha.length}`;
}

async function report(burst: Burst, rounds: number): Promise<void> {
  const all: Record<DaemonKind, Samples> = { ha: {}, keepalived: {} };
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? DAEMONS : DAEMONS.toReversed()) {
      for (const [name, values] of Object.entries(await measure(kind, burst))) {
        (all[kind][name] ??= []).push(...values);
      }
    }
  }
  console.log(burst.name);
  for (const name of Object.keys(all.ha)) {
    console.log(line(name, { ha: all.ha[name]!, keepalived: all.keepalived[name]! }));
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { rounds: { type: "string", default: "2" } } });
  const reason = whyNot("ha") ?? whyNot("keepalived");
  if (reason !== null) {
    console.log(`skipped: bench/adverts.ts: ${reason}`);
    return 0;
  }
  const head = ["median", "99 %", "worst"].map((part) => `${part}:`.padEnd(8) + "ha  keepalived ratio");
  console.log(`${" ".repeat(23)}${head.join("  |  ")}`);
  for (const burst of BURSTS) await report(burst, Math.max(1, Math.trunc(Number(values.rounds)) || 1));
  return 0;
}

if (import.meta.main) Deno.exit(await main());
