/**
 * Trackers that are measured outside: what a file says, how many processes run.
 */
import { type FileVerdict, judgeTrackFile } from "../track/file.ts";
import { afterCount, afterDelay, firstCount, type ProcessVerdict } from "../track/process.ts";
import { weightedTerm } from "../vrrp/priority.ts";
import type { Router } from "../vrrp/router.ts";
import type { TrackFile, TrackProcess } from "../config/tracking_model.ts";
import type { Readings } from "./event.ts";
import * as message from "./message.ts";
import { reconsider, setFault } from "./trackers.ts";
import type { FileRun, ProcessRun, World } from "./world.ts";

/** Brings the files that a router tracks up to date. */
export function considerFiles(world: World, router: Router): void {
  for (const tracker of router.trackers.files) {
    const run = world.files.get(tracker.name);
    if (run === undefined) continue;
    const key = `file ${tracker.name}`;
    const verdict = judgeTrackFile(tracker, run.value);
    logFileFault(world, router, tracker.name, verdict);
    setFault(world, router, key, verdict.fault ? `file ${tracker.name} says ${run.value}` : null, null);
    if (tracker.weight === 0 || verdict.fault) router.terms.delete(key);
    else router.terms.set(key, verdict.term);
  }
}

function logFileFault(world: World, router: Router, file: string, { fault }: FileVerdict): void {
  const { name } = router.config;
  if (router.faults.has(`file ${file}`) === fault) return;
  if (router.state === "init") world.out.log(message.faultCondition(name, `(tracked file ${file} in fault)`));
  else world.out.log(message.trackedFileFault(name, file, fault));
}

/** Brings the processes that a router tracks up to date. */
export function considerProcesses(world: World, router: Router): void {
  for (const { name, weight, reverse } of router.trackers.processes) {
    const run = world.processes.get(name);
    if (run === undefined) continue;
    const { up, count } = run.tally;
    const key = `process ${name}`;
    if (weight !== 0) {
      router.terms.set(key, weightedTerm(weight, reverse, up));
      continue;
    }
    const words = up ? `process ${name} has its quorum (reverse)` : `process ${name} ${shortage(run, count)}`;
    const log = `(tracked process ${name} quorum ${up ? "" : "not "}achieved)`;
    setFault(world, router, key, up !== reverse ? null : words, log);
  }
}

/** `is not running`, or how many there are and should be. */
function shortage({ config }: ProcessRun, count: number): string {
  const { quorum, quorumMax } = config;
  if (quorumMax !== null && count > quorumMax) return `runs ${count} times, at most ${quorumMax} wanted`;
  return count === 0 ? "is not running" : `runs ${count} times, at least ${quorum} wanted`;
}

/** A file at run time, as it was read. */
export function createFileRun(config: TrackFile, readings: Readings | undefined, known = 0): FileRun {
  return { config, value: readings?.files[config.name] ?? known };
}

/** A tracked process at run time, as it was counted; a verdict that waits for its delay goes on waiting. */
export function createProcessRun(
  config: TrackProcess,
  readings: Readings | undefined,
  known: ProcessRun | undefined,
): ProcessRun {
  const count = readings?.processes[config.name] ?? known?.tally.count ?? 0;
  const same = known !== undefined && known.tally.count === count &&
    JSON.stringify(known.config) === JSON.stringify(config);
  return same ? known : { config, tally: firstCount(config, count), dueAt: null };
}

/** A tracked file says another number. */
export function fileRead(world: World, name: string, value: number, now: number): void {
  const run = world.files.get(name);
  if (run === undefined || run.value === value) return;
  run.value = value;
  for (const router of world.routers.values()) {
    if (router.trackers.files.some((tracker) => tracker.name === name)) reconsider(world, router, now);
  }
}

/** Another number of processes runs. */
export function processCounted(world: World, name: string, count: number, now: number): void {
  const run = world.processes.get(name);
  if (run === undefined || run.tally.count === count) return;
  judge(world, run, afterCount(run.config, run.tally, count, now), now);
}

/** The delay of a tracked process is over. */
export function processDelayOver(world: World, run: ProcessRun, now: number): void {
  judge(world, run, afterDelay(run.config, run.tally), now);
}

function judge(world: World, run: ProcessRun, tally: ProcessVerdict, now: number): void {
  const { name } = run.config;
  const changed = run.tally.up !== tally.up;
  run.tally = tally;
  run.dueAt = tally.changesAt;
  world.touched.add(run);
  if (!changed) return;
  world.out.log(message.processQuorum(name, tally.up));
  for (const router of world.routers.values()) {
    if (router.trackers.processes.some((tracker) => tracker.name === name)) reconsider(world, router, now);
  }
}
