/** Tracked processes with real ones: by the connector where the kernel gives it, and without. */
import assert from "node:assert/strict";
import type { TrackProcess } from "../../../core/config/tracking_model.ts";
import { type OpenWatch, TrackedProcesses } from "../../../cli/daemon/tracked_processes.ts";
import { within } from "../../../cli/within.ts";
import { ERRNO, OsError } from "../../../ffi/errno.ts";
import { openLibc } from "../../../ffi/libc.ts";
import { openProcessWatch } from "../../../ffi/process_watch.ts";

const LIMIT = 20_000;

let rigs = 0;

const REFUSED: OpenWatch = () => {
  throw new OsError("Cannot hear of processes", "", ERRNO.EPERM);
};

const TRACKED: Omit<TrackProcess, "process"> = {
  name: "t",
  parameters: [],
  parameterMatch: null,
  weight: 0,
  reverse: false,
  quorum: 1,
  quorumMax: null,
  terminateDelay: 0,
  forkDelay: 0,
  fullCommand: false,
};

class Rig implements Disposable {
  /** A name that no other process has, not even one of another rig that has not ended yet. */
  readonly #name = `ha${rigs++}trk${Deno.pid}`.slice(0, 15);
  readonly told: number[] = [];
  readonly warned: string[] = [];
  readonly #directory = Deno.makeTempDirSync({ prefix: "ha-tracked-" });
  readonly #processes: TrackedProcesses;
  readonly #children: Deno.ChildProcess[] = [];
  #wanted: { readonly count: number; readonly resolve: () => void } | null = null;

  constructor(openWatch?: OpenWatch) {
    const tell = (_: string, count: number) => {
      this.told.push(count);
      if (this.#wanted?.count === count) this.#wanted.resolve();
    };
    this.#processes = new TrackedProcesses({ tell, warn: (text) => this.warned.push(text) }, openWatch);
    Deno.copyFileSync("/bin/sleep", `${this.#directory}/${this.#name}`);
  }

  follow(): void {
    this.#processes.watch([{ ...TRACKED, process: this.#name }]);
  }

  start(): Deno.ChildProcess {
    const child = new Deno.Command(`${this.#directory}/${this.#name}`, { args: ["600"] }).spawn();
    this.#children.push(child);
    return child;
  }

  /** Does something and waits until that many are told; returns the ms that it took. */
  async counts(count: number, act: () => void): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wanted = { count, resolve };
    const start = performance.now();
    act();
    assert.ok(await within(LIMIT, promise.then(() => true)), `never told ${count}: ${this.told.join(" ")}`);
    return performance.now() - start;
  }

  [Symbol.dispose](): void {
    this.#processes[Symbol.dispose]();
    for (const child of this.#children) {
      try {
        child.kill("SIGKILL");
      } catch {
        // It has ended.
      }
    }
    Deno.removeSync(this.#directory, { recursive: true });
  }
}

/** Why the connector is refused here, or null. */
function refusal(): string | null {
  using libc = openLibc();
  try {
    openProcessWatch(libc)[Symbol.dispose]();
    return null;
  } catch (error) {
    if (error instanceof OsError) return error.message;
    throw error;
  }
}

/** ms from a process's end until it is told, where it was found by a look just before; the least of three. */
async function hearing(rig: Rig): Promise<number> {
  const took: number[] = [];
  for (let round = 0; round < 3; round++) {
    let child: Deno.ChildProcess;
    await rig.counts(1, () => child = rig.start());
    took.push(await rig.counts(0, () => child.kill("SIGKILL")));
  }
  return Math.min(...took);
}

async function life(rig: Rig): Promise<void> {
  const first = rig.start();
  rig.follow();
  assert.deepEqual(rig.told, [1], "one that ran before");
  let second: Deno.ChildProcess;
  await rig.counts(2, () => second = rig.start());
  await rig.counts(1, () => first.kill("SIGKILL"));
  await rig.counts(0, () => second.kill("SIGTERM"));
  await rig.counts(1, () => rig.start());
}

/** The wait for the kernel ends on a thread of its own, a moment after it is told to. */
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false } as const;

const refused = refusal();
const NAMED = "TrackedProcesses counts what begins and ends by the kernel's connector";
if (refused !== null) console.log(`skipped: ${NAMED}: ${refused}`);
Deno.test({
  name: NAMED,
  ignore: refused !== null,
  ...UNSANITIZED,
  async fn() {
    using rig = new Rig();
    await life(rig);
    assert.deepEqual(rig.warned, []);
  },
});

Deno.test({
  name:
    "TrackedProcesses looks for beginnings and hears of ends where the connector is refused, and says so once",
  ...UNSANITIZED,
  async fn() {
    using rig = new Rig(REFUSED);
    await life(rig);
    using other = new Rig(REFUSED);
    other.follow();
    // The next look comes a second after the one that found it.
    const took = await hearing(other);
    assert.ok(took < 700, `${took} ms at least: ends are found by looking`);
    assert.deepEqual(rig.warned, [
      "Cannot hear of processes: EPERM (Operation not permitted); tracked processes are looked for each 1 s",
    ]);
  },
});

Deno.test({
  name: "TrackedProcesses counts afresh after lost notices",
  ...UNSANITIZED,
  async fn() {
    using libc = openLibc();
    const descriptor = libc.symbols.eventfd(1, 0);
    const lost: OpenWatch = () => ({ descriptor, read: () => "overrun", [Symbol.dispose]() {} });
    using rig = new Rig(lost);
    rig.follow();
    assert.deepEqual(rig.told, [0]);
    await rig.counts(1, () => rig.start());
  },
});
