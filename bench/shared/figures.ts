/**
 * What the benchmarks measure with, and how they sum it up.
 */
import type { DaemonKind } from "../../tests/lab/adapter.ts";
import { descendants } from "../../tests/lab/process.ts";

/** Those that are compared. */
export const DAEMONS: readonly DaemonKind[] = ["ha", "keepalived"];

/** The sample below which the given part of all lies, 0..1; NaN where there is none. */
export function quantile(samples: readonly number[], part: number): number {
  const sorted = samples.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? NaN;
}

/** The sample in the middle, or between the two in the middle; NaN where there is none. */
export function median(samples: readonly number[]): number {
  const sorted = samples.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : (sorted[middle - 1]! + upper) / 2;
}

/** The longest time without one of these moments between two others, ms. */
export function longestPause(since: number, times: readonly number[], until: number): number {
  const edges = [since, ...times, until];
  return Math.max(...edges.slice(1).map((at, i) => at - edges[i]!));
}

/** ms of processor time of a process and of all that came from it. */
export function cpuOf(pid: number): number {
  let spent = 0;
  for (const each of descendants(pid)) {
    for (const task of Deno.readDirSync(`/proc/${each}/task`)) {
      spent += Number(Deno.readTextFileSync(`/proc/${each}/task/${task.name}/schedstat`).split(" ")[0]);
    }
  }
  return spent / 1e6;
}

/** Medians and the like of both daemons side by side, with the ratio of ha's to keepalived's. */
export function cellsOf(
  samples: Readonly<Record<DaemonKind, readonly number[]>>,
  parts: readonly number[],
): string {
  const show = (value: number) => value.toFixed(Math.abs(value) < 10 ? 3 : 1).padStart(9);
  return parts.map((part) => {
    const [ours, theirs] = DAEMONS.map((kind) => quantile(samples[kind], part)) as [number, number];
    return `${show(ours)} ${show(theirs)} ${(ours / theirs).toFixed(2).padStart(6)}`;
  }).join("  |");
}
