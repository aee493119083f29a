/**
 * How the end-to-end tests are written: cases that each build their own lab, run side by side in one `Deno.test`.
 *
 * Environment: `HA_LAB_PEERS` (such as `keepalived+keepalived,ha+ha`) chooses the pairs of daemons, `HA_LAB_ONLY` (a
 * regular expression) the cases, `HA_LAB_AT_ONCE` how many labs run at the same time.
 */
import type { DaemonKind } from "./adapter.ts";
import { Lab, type LabSpec } from "./lab.ts";
import { commandExists, labUnavailable } from "./requirements.ts";
import { saveEvidence } from "./evidence.ts";
import { measuring } from "./starved.ts";

/** Who plays the first node (the one of higher priority) and who the second. */
export interface Pair {
  readonly first: DaemonKind;
  readonly second: DaemonKind;
}

/** A case: its name, its LAN and what happens there. */
export interface Case {
  readonly name: string;
  readonly lab: LabSpec;
  /** Commands that it needs beside those of the lab. */
  readonly needs?: readonly string[];
  run(lab: Lab): Promise<void>;
}

/** The pairs of daemons that the table-driven cases are run with. */
export function pairs(): Pair[] {
  const wish = Deno.env.get("HA_LAB_PEERS") ?? "ha+ha,ha+keepalived,keepalived+ha";
  return wish.split(",").map((text) => {
    const [first, second] = text.trim().split("+");
    return { first: daemonKind(first), second: daemonKind(second) };
  });
}

/** The daemons that appear in the pairs: those to test alone. */
export function daemons(): DaemonKind[] {
  const all = new Set(pairs().flatMap((pair) => [pair.first, pair.second]));
  return all.has("ha") ? ["ha"] : [...all];
}

function daemonKind(text: string | undefined): DaemonKind {
  if (text === "ha" || text === "keepalived") return text;
  throw new Error(`Cannot use "${text}" in HA_LAB_PEERS: ha+ha, ha+keepalived, keepalived+ha are possible`);
}

/** A name for a pair: `[ha, then keepalived]`. */
export function show(pair: Pair): string {
  return `[${pair.first}, then ${pair.second}]`;
}

/** One case for every pair. */
export function forEachPair(make: (pair: Pair) => Case): Case[] {
  return pairs().map((pair) => {
    const made = make(pair);
    const peers = [pair.first, pair.second].filter((each) => each === "keepalived");
    return { ...made, name: `${made.name} ${show(pair)}`, needs: [...(made.needs ?? []), ...peers] };
  });
}

/** How {@linkcode scenarios} runs its cases. */
export interface ScenarioOptions {
  /** Labs at a time; 4 by default. */
  readonly atOnce?: number;
  /** What the cases need and this machine has not; null where all is there. */
  readonly without?: string | null;
}

/** Runs cases as the steps of one `Deno.test`, several labs at a time. */
export function scenarios(name: string, cases: readonly Case[], options: ScenarioOptions = {}): void {
  const reason = labUnavailable() ?? options.without ?? null;
  if (reason !== null) console.log(`skipped: ${name}: ${reason}`);
  Deno.test({
    name,
    ignore: reason !== null,
    // Steps that run side by side cannot be told apart by the sanitizers.
    sanitizeOps: false,
    sanitizeResources: false,
    fn: (context) =>
      runAll(context, selected(cases), Number(Deno.env.get("HA_LAB_AT_ONCE") ?? options.atOnce ?? 4)),
  });
}

function selected(cases: readonly Case[]): Case[] {
  const only = Deno.env.get("HA_LAB_ONLY");
  return cases.filter((each) => only === undefined || new RegExp(only).test(each.name));
}

async function runAll(context: Deno.TestContext, cases: readonly Case[], atOnce: number): Promise<void> {
  const queue = [...cases];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await step(context, next);
  };
  await Promise.all(Array.from({ length: Math.max(1, atOnce) }, worker));
}

function step(context: Deno.TestContext, each: Case): Promise<boolean> {
  const missing = (each.needs ?? []).find((command) => !commandExists(command));
  if (missing !== undefined) console.log(`skipped: ${each.name}: command "${missing}" is not installed`);
  return context.step({
    name: each.name,
    ignore: missing !== undefined,
    sanitizeOps: false,
    sanitizeResources: false,
    sanitizeExit: false,
    fn: () => measuring(each.name, () => withLab(each.lab, (lab) => each.run(lab))),
  });
}

/** Builds a lab, does something with it, removes it; keeps logs and captures aside when that failed. */
export async function withLab<T>(spec: LabSpec, use: (lab: Lab) => Promise<T>): Promise<T> {
  await using lab = await Lab.create(spec);
  try {
    return await use(lab);
  } catch (error) {
    throw await saveEvidence(lab, error);
  }
}
