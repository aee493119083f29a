/**
 * How long an instance keeps its address after its BFD neighbour is dead, and what the session costs: `ha` and
 * keepalived side by side in one run, as root:
 *
 *     deno task bench bfd [-- --reps N]
 *
 * The neighbour is keepalived both times, and is killed at another moment of its interval in each repetition. Times are
 * of the wire (tcpdump's stamps), in ms; medians and extremes are shown.
 *
 * - `goodbye`: from the neighbour's last packet to the advertisement of priority 0.
 * - `late`: how much of that is more than the detection time.
 * - `flaps`: sessions that went down while the neighbour was alive, in all repetitions together.
 * - `CPU`: of all processes of the daemon while the session is up, ms per second.
 */
import { parseArgs } from "node:util";
import type { DaemonKind } from "../tests/lab/adapter.ts";
import { elapse, now } from "../tests/lab/clock.ts";
import { block, configuration, instance } from "../tests/lab/config_text.ts";
import { labUnavailable } from "../tests/lab/requirements.ts";
import { withLab } from "../tests/lab/scenario.ts";
import { cpuOf, DAEMONS } from "./shared/figures.ts";

interface Pace {
  readonly label: string;
  /** ms */
  readonly interval: number;
  readonly multiplier: number;
}

const PACES: readonly Pace[] = [
  { label: "10 ms x 5", interval: 10, multiplier: 5 },
  { label: "50 ms x 3", interval: 50, multiplier: 3 },
  { label: "300 ms x 3", interval: 300, multiplier: 3 },
];

/** ms of a session that is up before its neighbour dies. */
const SETTLED = 2000;

interface Sample {
  readonly goodbye: number;
  readonly late: number;
  readonly flaps: number;
  readonly cpu: number;
}

function session(name: string, neighbour: string, source: string, { interval, multiplier }: Pace): string {
  return block(`bfd_instance ${name}`, [
    `neighbor_ip ${neighbour}`,
    `source_ip ${source}`,
    `min_rx ${interval}`,
    `min_tx ${interval}`,
    `multiplier ${multiplier}`,
  ]);
}

async function once(kind: DaemonKind, pace: Pace, phase: number): Promise<Sample> {
  return await withLab({ a: ["lan"], b: ["lan"] }, async (lab) => {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const wire = await lab.sniff("lan", "udp dst port 3784 or ip proto 112");
    const track = ["track_bfd {", "    peer", "}"];
    const vrrp = instance({ priority: 100, addresses: ["10.80.0.100/24"], more: track });
    const daemon = await a.start(kind, configuration([session("peer", b.address, a.address, pace), vrrp]));
    const other = await b.start("keepalived", configuration([session("origin", a.address, b.address, pace)]));
    await daemon.enters("VI_1", "MASTER", { within: 30_000 });
    const before = cpuOf(daemon.process.pid);
    await elapse(SETTLED);
    const cpu = (cpuOf(daemon.process.pid) - before) / SETTLED * 1000;
    const flaps = daemon.log.filter(({ text }) => /\(peer\) Entering Down state/.test(text), 0).length;
    await elapse(phase * pace.interval);
    const at = other.kill();
    const goodbye = await wire.advert(({ priority }) => priority === 0, {
      since: at,
      within: 10_000,
      what: "a goodbye",
    });
    const theirs = new RegExp(` ${b.address.replaceAll(".", "[.]")}[.]\\d+ > .*State Up`);
    const last = wire.filter(({ text, at }) => at < goodbye.at && theirs.test(text)).at(-1)!;
    const took = goodbye.at - last.at;
    return { goodbye: took, late: took - pace.interval * pace.multiplier, flaps, cpu };
  });
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((left, right) => left - right);
  return `${sorted[sorted.length >> 1]!.toFixed(1)} [${sorted[0]!.toFixed(1)}..${sorted.at(-1)!.toFixed(1)}]`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ args: Deno.args, options: { reps: { type: "string", default: "5" } } });
  const reason = labUnavailable(["keepalived"]);
  if (reason !== null) {
    console.log(`skipped: bench/bfd.ts: ${reason}`);
    return 0;
  }
  const repetitions = Math.max(1, Math.trunc(Number(values.reps)) || 1);
  const began = now();
  for (const pace of PACES) {
    const samples: Record<DaemonKind, Sample[]> = { ha: [], keepalived: [] };
    for (let i = 0; i < repetitions; i++) {
      const order = i % 2 === 0 ? DAEMONS : DAEMONS.toReversed();
      for (const kind of order) samples[kind].push(await once(kind, pace, (i + 0.5) / repetitions));
    }
    for (const kind of DAEMONS) {
      const own = samples[kind];
      const figures = (["goodbye", "late", "cpu"] as const).map((figure) =>
        `${figure} ${spread(own.map((sample) => sample[figure]))}`
      );
      const flaps = own.reduce((sum, sample) => sum + sample.flaps, 0);
      console.log([pace.label.padEnd(11), kind.padEnd(11), ...figures, `flaps ${flaps}`].join("  "));
    }
  }
  console.log(`n=${repetitions}: median [least..most]; ${((now() - began) / 1000).toFixed(0)} s`);
  return 0;
}

if (import.meta.main) Deno.exit(await main());
