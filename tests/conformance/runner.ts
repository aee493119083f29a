/** Runs behaviours against a daemon, many at a time. */
import type { DaemonKind } from "../lab/adapter.ts";
import { stamp } from "../lab/event_log.ts";
import { measuring } from "../lab/starved.ts";
import { commandExists, labUnavailable } from "../lab/requirements.ts";
import type { Numbered } from "./behaviour.ts";
import { Hub } from "./rig/hub.ts";
import { Stand } from "./rig/stand.ts";

/** What came out of one behaviour with one daemon. */
export interface Verdict {
  readonly behaviour: Numbered;
  readonly kind: DaemonKind;
  /** null when it behaves. */
  readonly error: Error | null;
  /** s */
  readonly seconds: number;
}

/** Stands at a time; most of them wait most of the time. */
const AT_ONCE = 12;

/** Longest test of a behaviour, ms. */
const LONGEST = 90_000;

/** Why a daemon cannot be tested here, or null. */
export function whyNot(kind: DaemonKind): string | null {
  const reason = labUnavailable();
  if (reason !== null) return reason;
  return kind === "keepalived" && !commandExists("keepalived") ? "keepalived is not installed" : null;
}

/** How many stands run at a time, from the environment or by default. */
function atOnce(): number {
  return Number(Deno.env.get("HA_CONFORMANCE_AT_ONCE") ?? AT_ONCE);
}

/** Runs something for each behaviour: many side by side, those that want to be alone one after the other. */
export async function runEach(
  kind: DaemonKind,
  behaviours: readonly Numbered[],
  work: (behaviour: Numbered, judge: () => Promise<Verdict>) => Promise<void>,
): Promise<void> {
  await using hub = await Hub.create();
  const run = (behaviour: Numbered) => work(behaviour, () => fairly(hub, kind, behaviour));
  await inPool(behaviours.filter(({ alone }) => alone !== true), atOnce(), run);
  for (const behaviour of behaviours.filter(({ alone }) => alone === true)) await run(behaviour);
}

async function inPool<T>(
  items: readonly T[],
  workers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next);
  };
  await Promise.all(Array.from({ length: workers }, worker));
}

/** Judges a behaviour, where the machine was starved a second time. */
async function fairly(hub: Hub, kind: DaemonKind, behaviour: Numbered): Promise<Verdict> {
  let verdict: Verdict | null = null;
  const attempt = async () => {
    verdict = await judge(hub, kind, behaviour);
    if (verdict.error !== null) throw verdict.error;
  };
  await measuring(`${behaviour.number} ${behaviour.title}`, attempt).catch(() => {});
  return verdict!;
}

/** Runs one behaviour on a stand of its own. */
async function judge(hub: Hub, kind: DaemonKind, behaviour: Numbered): Promise<Verdict> {
  const start = performance.now();
  let error: Error | null = null;
  try {
    await using stand = await Stand.create(hub, kind, behaviour);
    await bounded(behaviour.run(stand)).catch((reason) => {
      throw withEvidence(stand, reason);
    });
  } catch (reason) {
    error = reason instanceof Error ? reason : new Error(String(reason));
  }
  return { behaviour, kind, error, seconds: (performance.now() - start) / 1000 };
}

async function bounded(work: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${LONGEST} ms`)), LONGEST);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

function withEvidence(stand: Stand, reason: unknown): Error {
  const original = reason instanceof Error ? reason : new Error(String(reason));
  const logs = stand.daemons.map((daemon) =>
    daemon.log.items.slice(-25).map((line) => `\n    ${stamp(line.at)} ${line.text}`).join("")
  );
  const told = [
    original.message,
    `  log of ${stand.kind}:${logs.join("\n    ----")}`,
    `  wire${stand.wire.tail(20)}`,
    `  ${stand.addresses.tail(12)}`,
  ];
  const error = new Error(told.join("\n"), { cause: original });
  error.stack = `${error.message}\n${
    (original.stack ?? "").split("\n").filter((line) => /^\s+at /.test(line)).slice(0, 4).join("\n")
  }`;
  return error;
}
