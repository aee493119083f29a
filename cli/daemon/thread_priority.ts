/**
 * How the engine thread is scheduled, as the configuration has it: `vrrp_rt_priority` and its like, and those of BFD,
 * whose sessions run on the same thread.
 */
import type { Model } from "../../core/config/model.ts";
import type { Libc } from "../../ffi/libc.ts";
import { lockMemory, setNice, setProcessors, setRealTimePriority } from "../../ffi/scheduling.ts";
import { reasonOf } from "../exit_codes.ts";

/** Arranges it for the calling thread; returns one line for each thing that the kernel refused. */
export function arrangeThread(libc: Libc, { daemon: { kept } }: Pick<Model, "daemon">): readonly string[] {
  const setting = (name: string) => kept[`vrrp_${name}`] ?? kept[`bfd_${name}`];
  const [nice, realTime, processors] = [setting("priority"), setting("rt_priority"), setting("cpu_affinity")];
  return [
    ...tried(setting("no_swap") === true, () => lockMemory(libc)),
    ...tried(typeof nice === "number", () => setNice(libc, Number(nice))),
    ...tried(typeof realTime === "number", () => setRealTimePriority(libc, Number(realTime))),
    ...tried(Array.isArray(processors), () => setProcessors(libc, (processors as string[]).map(Number))),
  ];
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
