/**
 * What a router depends on: its interface, a source address, tracked interfaces, scripts, files, processes and
 * BFD sessions.
 */
import { weightedTerm } from "../vrrp/priority.ts";
import type { Router } from "../vrrp/router.ts";
import { afterResult, initialVerdict, type ScriptOutcome, succeeded } from "../track/script.ts";
import { considerSessions } from "./bfd_sessions.ts";
import { settle } from "./election.ts";
import { considerFiles, considerProcesses } from "./measured.ts";
import * as message from "./message.ts";
import { considerInterface } from "./own_interface.ts";
import { applyPriority } from "./reprioritize.ts";
import type { ScriptRun, World } from "./world.ts";

/** The fault that an operator makes. */
export const MAINTENANCE = "maintenance";

/** Brings everything that a router depends on up to date; its state is left as it is. */
export function consider(world: World, router: Router): void {
  considerMaintenance(world, router);
  considerInterface(world, router);
  considerTrackedInterfaces(world, router);
  considerScripts(world, router);
  considerFiles(world, router);
  considerProcesses(world, router);
  considerSessions(world, router);
  applyPriority(world, router);
}

function considerMaintenance(world: World, router: Router): void {
  const { maintenance } = world;
  const out = maintenance.all || maintenance.names.includes(router.config.name);
  setFault(world, router, MAINTENANCE, out ? "in maintenance" : null);
}

/** Brings everything that a router depends on up to date, and then its state. */
export function reconsider(world: World, router: Router, now: number): void {
  if (world.stopped) return;
  consider(world, router);
  settle(world, router, now);
  world.touched.add(router);
}

/**
 * Raises or clears a fault condition, with its words for the status and, where they differ, for the log; null logs
 * nothing.
 */
export function setFault(
  world: World,
  router: Router,
  key: string,
  words: string | null,
  log: string | null = `(${words})`,
): void {
  if (words === null) {
    router.faults.delete(key);
    return;
  }
  if (router.faults.has(key)) return;
  router.faults.set(key, words);
  if (log !== null) world.out.log(message.faultCondition(router.config.name, log));
}

/** The interface on which somebody saw a change is up to date for every router that it matters to. */
function considerTrackedInterfaces(world: World, router: Router): void {
  const { config } = router;
  for (
    const { name, weight, reverse } of router.trackers.interfaces
  ) {
    if (name === config.interface && config.trackPrimary) continue;
    const up = world.host.link(name)?.up ?? false;
    const key = `interface ${name}`;
    if (weight === 0) {
      setFault(
        world,
        router,
        key,
        up !== reverse ? null : `interface ${name} ${reverse ? "up" : "down"}`,
      );
    } else setTerm(router, key, weightedTerm(weight, reverse, up));
  }
}

function considerScripts(world: World, router: Router): void {
  for (
    const { name, weight, reverse } of router.trackers.scripts
  ) {
    const run = world.scripts.get(name);
    if (run === undefined) continue;
    const key = `script ${name}`;
    const { up } = run.verdict;
    if (weight !== 0) {
      setTerm(router, key, weightedTerm(weight, reverse, up));
      continue;
    }
    if (up === null) {
      router.pending.add(key);
      continue;
    }
    router.pending.delete(key);
    const words = `script ${name} ${up ? "succeeds (reverse)" : `failed: ${run.last?.text ?? "init_fail"}`}`;
    setFault(world, router, key, up !== reverse ? null : words, `due to script ${name}`);
  }
}

function setTerm(router: Router, key: string, value: number): void {
  router.terms.set(key, value);
}

/** A script at run time, not yet started. */
export function createScriptRun(config: ScriptRun["config"]): ScriptRun {
  return { config, verdict: initialVerdict(config), running: false, dueAt: null, last: null };
}

/** Starts a script whose time has come, unless it still runs. */
export function runScript(world: World, run: ScriptRun, now: number): void {
  const { name, command, timeout, interval } = run.config;
  run.dueAt = now - run.dueAt! > interval ? now + interval : run.dueAt! + interval;
  world.touched.add(run);
  if (run.running) {
    world.out.log(message.scriptStillRunning(name));
    return;
  }
  run.running = true;
  world.out.tell({ kind: "script.run", script: name, command, timeout });
}

/** Takes the result of a run and what follows from it. */
export function scriptFinished(world: World, name: string, outcome: ScriptOutcome, now: number): void {
  const run = world.scripts.get(name);
  if (run === undefined) return;
  const { last, verdict } = run;
  run.running = false;
  const status = outcome.kind === "exited" ? outcome.status : null;
  // Before the first run a script counts as one that returns 0.
  const before = last === null ? 0 : last.status;
  if (status !== null && before !== null && before !== status) {
    world.out.log(message.scriptStatus(name, status));
  }
  run.last = { at: now, text: message.outcomeText(outcome), status };
  run.verdict = afterResult(verdict, run.config, succeeded(outcome));
  if (run.verdict.up === verdict.up) return;
  world.out.log(message.scriptVerdict(name, run.verdict.up === true, outcome));
  for (const router of world.routers.values()) {
    const { scripts } = router.trackers;
    if (scripts.some((tracker) => tracker.name === name)) reconsider(world, router, now);
  }
}
