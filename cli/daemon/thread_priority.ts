/**
 * How the threads are called and scheduled, as the configuration has it: `vrrp_rt_priority` and its like for the engine
 * thread, and those of BFD, whose sessions run on the same thread.
 */
import type { Model } from "../../core/config/model.ts";
import type { Libc } from "../../ffi/libc.ts";
import {
  limitRealTime,
  lockMemory,
  setNice,
  setProcessors,
  setRealTimePriority,
  setThreadName,
} from "../../ffi/scheduling.ts";
import { reasonOf } from "../exit_codes.ts";

type Settings = Pick<Model, "daemon">;

/**
 * The shortest `vrrp_rlimit_rttime`, µs. What takes keepalived 10 ms at most takes this runtime longer: a reload of
 * thousands of instances, a garbage collection. The limit is there for a loop that never ends.
 */
const SHORTEST_LIMIT = 1_000_000;

/** Arranges it for the calling thread, the engine's; returns one line for each thing that the kernel refused. */
export function arrangeThread(libc: Libc, { daemon: { kept } }: Settings): readonly string[] {
  const setting = (name: string) => kept[`vrrp_${name}`] ?? kept[`bfd_${name}`];
  const [nice, realTime, processors] = [setting("priority"), setting("rt_priority"), setting("cpu_affinity")];
  const name = kept["vrrp_process_name"] ?? (kept["process_names"] === true ? "keepalived_vrrp" : null);
  return [
    ...tried(setting("no_swap") === true || kept["checker_no_swap"] === true, () => lockMemory(libc)),
    ...tried(typeof name === "string", () => setThreadName(libc, String(name))),
    ...tried(typeof nice === "number", () => setNice(libc, Number(nice))),
    ...tried(typeof realTime === "number", () => setRealTimePriority(libc, Number(realTime))),
    ...tried(Array.isArray(processors), () => setProcessors(libc, (processors as string[]).map(Number))),
  ];
}

/** `process_name`: what the process is called; for the calling thread, the first one. */
export function nameProcess(libc: Libc, { daemon: { kept } }: Settings): readonly string[] {
  const name = kept["process_name"] ?? (kept["process_names"] === true ? "keepalived" : null);
  return tried(typeof name === "string", () => setThreadName(libc, String(name)));
}

/**
 * `vrrp_rlimit_rttime`, where a real-time priority may come into force. Once the thread is under way: the start is one
 * piece of work.
 */
export function limitThread(libc: Libc, { daemon: { kept } }: Settings): readonly string[] {
  const written = kept["vrrp_rlimit_rttime"] ?? kept["bfd_rlimit_rttime"];
  if (typeof written !== "number") return [];
  return tried(true, () => limitRealTime(libc, Math.max(SHORTEST_LIMIT, written)));
}

/** Takes note that a timer was late, ms; gives a line for the log where something came of it. */
export type RaisePriority = (late: number) => string | null;

/**
 * `max_auto_priority`: each timer that is late by `min_auto_priority_delay` or more raises the real-time priority of the
 * calling thread by one, up to that.
 */
export function automaticPriority(libc: Libc, { daemon: { kept } }: Settings): RaisePriority {
  const number = (name: string) => typeof kept[name] === "number" ? Number(kept[name]) : null;
  const ceiling = number("max_auto_priority") ?? 0;
  const delay = (number("min_auto_priority_delay") ?? 1_000_000) / 1000;
  let priority = number("vrrp_rt_priority") ?? number("bfd_rt_priority") ?? 0;
  return (late) => {
    if (late < delay || priority >= ceiling) return null;
    const [refused] = tried(true, () => setRealTimePriority(libc, priority + 1));
    if (refused !== undefined) {
      priority = ceiling;
      return refused;
    }
    priority++;
    return `Timer was ${
      (late / 1000).toFixed(3)
    } s late: real-time priority of the engine thread is ${priority} now`;
  };
}

function tried(wanted: boolean, action: () => void): string[] {
  if (!wanted) return [];
  try {
    action();
    return [];
  } catch (error) {
    return [reasonOf(error)];
  }
}
