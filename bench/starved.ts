/**
 * A master that the scheduler starves, `ha` and keepalived side by side in one run, as root:
 *
 *     deno task bench starved [-- --spinners N] [--seconds N]
 *
 * Both nodes run the same daemon. Once the first is master, all its threads are put on one processor with the policy
 * SCHED_IDLE, beside N endless loops of ordinary priority on the same one; for that many seconds it gets what they leave.
 *
 * - `pause`: the longest one between two advertisements of the starved one while it had the address, in ms.
 * - `two owners`: the longest time in which both kernels had the address, ms.
 * - `nobody`: the longest time in which none had it, ms.
 * - `changes`: how often the address came to one of them or went.
 * - `CPU`: what the starved one got, ms a second.
 */
import { parseArgs } from "node:util";
import { must } from "../cli/demo/command.ts";
import type { DaemonKind } from "../tests/lab/adapter.ts";
import { elapse, now } from "../tests/lab/clock.ts";
import { changesOf, longestShared, longestUnowned } from "../tests/lab/owners.ts";
import { descendants, LabProcess } from "../tests/lab/process.ts";
import { labUnavailable } from "../tests/lab/requirements.ts";
import { withLab } from "../tests/lab/scenario.ts";
import { cpuOf, DAEMONS, longestPause } from "./shared/figures.ts";
import { BRISK, LAN, running, SLOW, type Speed, VIP } from "../tests/netns/pair.ts";

/** The processor on which the fight takes place. */
const ARENA = "0";

/** Puts all threads of a daemon where they get what others leave. */
async function starve(pid: number): Promise<void> {
  for (const each of descendants(pid)) {
    await must(["taskset", "--all-tasks", "--cpu-list", "--pid", ARENA, `${each}`]);
    await must(["chrt", "--all-tasks", "--idle", "--pid", "0", `${each}`]);
  }
}

function spinner(seconds: number): LabProcess {
  const loop = ["timeout", `${seconds}`, "taskset", "--cpu-list", ARENA, "sh", "-c", "while :; do :; done"];
  return new LabProcess(loop, { name: "spinner" });
}

async function measure(kind: DaemonKind, speed: Speed, spinners: number, seconds: number): Promise<string> {
  return await withLab(LAN, async (lab) => {
    const { a, b, first, wire } = await running(lab, { first: kind, second: kind }, { speed });
    const { pid } = first.process;
    await using stack = new AsyncDisposableStack();
    for (let i = 0; i < spinners; i++) stack.use(spinner(seconds + 10));
    await starve(pid);
    const [since, spent] = [now(), cpuOf(pid)];
    await elapse(seconds * 1000);
    const until = now();
    const addresses = [a.addresses.items, b.addresses.items];
    const lost = a.addresses.filter(({ address, what }) => address === VIP && what === "removed", since)[0];
    const end = lost?.at ?? until;
    const times = wire.adverts(({ source }) => source === a.address, since).map(({ at }) => at);
    const figures = [
      longestPause(since, times.filter((at) => at < end), end),
      longestShared(addresses, VIP, until),
      longestUnowned(addresses, VIP, since, until),
      changesOf(addresses, VIP, since),
      (cpuOf(pid) - spent) / seconds,
    ];
    return figures.map((figure) => figure.toFixed(figure < 10 ? 1 : 0).padStart(11)).join("");
  });
}

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { spinners: { type: "string", default: "4" }, seconds: { type: "string", default: "15" } },
  });
  const reason = labUnavailable(["keepalived", "chrt", "taskset"]);
  if (reason !== null) {
    console.log(`skipped: bench/starved.ts: ${reason}`);
    return 0;
  }
  const head = ["pause", "two owners", "nobody", "changes", "CPU"].map((word) => word.padStart(11)).join("");
  console.log(`${"".padEnd(32)}${head}`);
  for (const speed of [BRISK, SLOW]) {
    for (const kind of DAEMONS) {
      const line = await measure(kind, speed, Number(values.spinners), Number(values.seconds));
      console.log(`${`${speed.label}, ${kind}`.padEnd(32)}${line}`);
    }
  }
  return 0;
}

if (import.meta.main) Deno.exit(await main());
