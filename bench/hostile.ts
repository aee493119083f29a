/**
 * A million packets that no router should believe, at a master and at a backup, `ha` and keepalived side by side in one
 * run, as root:
 *
 *     deno task bench hostile [-- --packets N] [master|backup] [ipv4|ipv6]
 *
 * Each kind of packet comes at 25,000 a second, and then all kinds together at 50,000 a second: half of all packets each
 * way. Over IPv4 the daemon runs an instance of version 2 with a password at 1 s and one of version 3 at 0.2 s; over IPv6
 * two of version 3 at 0.2 s, one by multicast and one by unicast. As a backup it hears their master, this program, all the
 * while.
 *
 * - `missed`: advertisements of the master that did not come, of those that were due; `pause` is the longest one between
 *   two, in intervals.
 * - `spoke`: advertisements of the backup, which must not say a word.
 * - `changes`: how often a virtual address came or went.
 * - `CPU`: ms of the daemon for 1,000 packets, its own advertisements included. `MiB`: resident before and after.
 */
import { parseArgs } from "node:util";
import type { DaemonKind } from "../tests/lab/adapter.ts";
import { elapse, now } from "../tests/lab/clock.ts";
import { configuration, instance } from "../tests/lab/config_text.ts";
import { descendants } from "../tests/lab/process.ts";
import { Hub } from "../tests/conformance/rig/hub.ts";
import { advertFrame, type AdvertSpec } from "../tests/conformance/rig/packet.ts";
import { Stand } from "../tests/conformance/rig/stand.ts";
import { whyNot } from "../tests/conformance/runner.ts";
import { type Attack, attacks, RIGHT, V2, V3 } from "./hostile/packets.ts";
import { attacks6, GROUP6, HOST6, PEER6, RIGHT6, UNICAST6 } from "./hostile/packets6.ts";
import type { Order, Sent } from "./hostile/sender.ts";
import { cpuOf, DAEMONS, longestPause } from "./shared/figures.ts";

type Role = "master" | "backup";
type Family = keyof typeof SUITES;

const ROLES: readonly Role[] = ["master", "backup"];
const FAMILIES: readonly Family[] = ["ipv4", "ipv6"];

/** Packets a second, kind by kind and all together. */
const SINGLE_RATE = 25_000;
const FLOOD_RATE = 50_000;

/** ms until a daemon that was started has what it needs. */
const SETTLED = 8_000;

/** How often the master of a backup speaks, ms: this busy program must not be taken for a dead one. */
const OFTEN = 60;

/** A family: what runs, what is right, and what is not. */
interface Suite {
  readonly instances: readonly {
    readonly vrid: number;
    readonly interval: number;
    readonly address: string;
  }[];
  readonly right: readonly Partial<AdvertSpec>[];
  readonly text: () => string;
  readonly attacks: () => readonly Attack[];
}

const SUITES = {
  ipv4: {
    instances: [{ vrid: V2.vrid, interval: 1000, address: V2.address }, V3],
    right: RIGHT,
    text: text4,
    attacks,
  },
  ipv6: { instances: [GROUP6, UNICAST6], right: RIGHT6, text: text6, attacks: attacks6 },
} as const satisfies Record<string, Suite>;

function text4(): string {
  const { password } = V2;
  return configuration([
    instance({ name: "V2", priority: 100, vrid: V2.vrid, password, addresses: [`${V2.address}/24`] }),
    version3("V3", V3, 24),
  ]);
}

function text6(): string {
  return configuration([
    version3("GROUP", GROUP6, 64),
    version3("UNICAST", UNICAST6, 64, [
      `unicast_src_ip ${HOST6}`,
      "unicast_peer {",
      `    ${PEER6.unicast}`,
      "}",
    ]),
  ]);
}

function version3(
  name: string,
  { vrid, interval, address }: Suite["instances"][number],
  prefix: number,
  more: readonly string[] = [],
): string {
  const addresses = [`${address}/${prefix}`];
  return instance({ name, priority: 100, vrid, version: 3, interval: interval / 1000, addresses, more });
}

/** Resident MiB of a process and of all that came from it. */
function memoryOf(pid: number): number {
  const pages = descendants(pid).map((each) =>
    Number(Deno.readTextFileSync(`/proc/${each}/statm`).split(" ")[1])
  );
  return pages.reduce((sum, count) => sum + count, 0) * 4096 / 2 ** 20;
}

interface Phase {
  readonly name: string;
  readonly order: Order;
}

function phases(stand: Stand, hub: Hub, suite: Suite, packets: number): Phase[] {
  const kinds = suite.attacks();
  const order = (frames: Order["frames"], rate: number, count: number) => ({
    namespace: hub.namespace,
    device: stand.wire.device,
    frames,
    rate,
    count,
  });
  const each = Math.ceil(packets / 2 / kinds.length);
  const mixed = Array.from(
    { length: Math.max(...kinds.map(({ frames }) => frames.length)) },
    (_, i) => kinds.map(({ frames }) => frames[i % frames.length]!),
  ).flat();
  return [
    ...kinds.map(({ name, frames }) => ({ name, order: order(frames, SINGLE_RATE, each) })),
    { name: "flood of all", order: order(mixed, FLOOD_RATE, packets / 2) },
  ];
}

/** Has a thread send. */
function sent(order: Order): Promise<Sent> {
  const worker = new Worker(new URL("./hostile/sender.ts", import.meta.url), { type: "module" });
  const { promise, resolve, reject } = Promise.withResolvers<Sent>();
  worker.onmessage = ({ data }) => resolve(data);
  worker.onerror = (error) => reject(error.error ?? new TypeError(error.message));
  worker.postMessage(order);
  return promise.finally(() => worker.terminate());
}

interface Outcome {
  readonly name: string;
  /** Packets a second that went out. */
  readonly rate: number;
  /** ms for 1,000 packets. */
  readonly cpu: number;
  /** What went wrong, in words and numbers. */
  readonly verdict: string;
}

/** What the wire and the addresses say about a time. */
function verdict(stand: Stand, { instances }: Suite, role: Role, since: number, until: number): string {
  const changes = instances.flatMap(({ address }) => stand.addresses.changes(address, since)).length;
  if (role === "backup") return `spoke ${stand.wire.adverts(since).length}  changes ${changes}`;
  const cells = instances.map(({ vrid, interval }) => {
    const times = stand.wire.adverts(since, (frame) => frame.vrid === vrid && frame.priority > 0);
    const due = Math.floor((until - since) / interval);
    const pause = longestPause(since, times.map(({ at }) => at), until) / interval;
    return `missed ${Math.max(0, due - times.length)}/${due} pause ${pause.toFixed(2)}`;
  });
  return `${cells.join("  ")}  changes ${changes}`;
}

/** The daemon in its role, whatever it takes. */
async function settled(stand: Stand, suite: Suite, role: Role): Promise<number> {
  // The peer answers no neighbour discovery.
  await stand.ip(`neighbour replace ${PEER6.unicast} lladdr ${PEER6.mac} dev eth0 nud permanent`);
  if (role === "backup") {
    for (const right of suite.right) stand.wire.feed(advertFrame({ ...right, priority: 200 }), OFTEN);
  }
  const daemon = await stand.start(suite.text());
  if (role === "master") {
    for (const { address } of suite.instances) await stand.addresses.added(address, { within: 20_000 });
  }
  await elapse(SETTLED);
  return daemon.process.pid;
}

async function measure(family: Family, kind: DaemonKind, role: Role, packets: number): Promise<void> {
  const suite: Suite = SUITES[family];
  await using hub = await Hub.create();
  await using stand = await Stand.create(hub, kind);
  const pid = await settled(stand, suite, role);
  const before = memoryOf(pid);
  console.log(`${kind} as ${role}, ${family}`);
  for (const { name, order } of phases(stand, hub, suite, packets)) {
    const [since, spent] = [now(), cpuOf(pid)];
    const { count, seconds } = await sent(order);
    const cpu = (cpuOf(pid) - spent) / (count / 1000);
    report({ name, rate: count / seconds, cpu, verdict: verdict(stand, suite, role, since, now()) });
  }
  const since = now();
  await elapse(2_500);
  console.log(`  afterwards          ${" ".repeat(22)}${verdict(stand, suite, role, since, now())}`);
  console.log(`  MiB ${before.toFixed(1)} before, ${memoryOf(pid).toFixed(1)} after`);
}

function report({ name, rate, cpu, verdict }: Outcome): void {
  const cells = [name.padEnd(20), `${Math.round(rate)}/s`.padEnd(9), `CPU ${cpu.toFixed(2)}`.padEnd(11)];
  console.log(`  ${cells.join("  ")}  ${verdict}`);
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { packets: { type: "string", default: "1000000" } },
  });
  const reason = whyNot("ha") ?? whyNot("keepalived");
  if (reason !== null) {
    console.log(`skipped: bench/hostile.ts: ${reason}`);
    return 0;
  }
  const chosen = <T extends string>(all: readonly T[]) => {
    const named = all.filter((each) => positionals.includes(each));
    return named.length === 0 ? all : named;
  };
  const packets = Math.max(1000, Math.trunc(Number(values.packets)));
  for (const family of chosen(FAMILIES)) {
    for (const role of chosen(ROLES)) {
      for (const kind of chosen(DAEMONS)) await measure(family, kind, role, packets);
    }
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main());
