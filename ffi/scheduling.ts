/**
 * How the kernel treats the calling thread (sched(7)), and whether the process may be paged out (mlock2(2)).
 */
import { C } from "./constants.ts";
import { OsError } from "./errno.ts";
import { SCHED_PARAM } from "./layout.ts";
import { addressOf, cString, type Libc, pinnedBytes } from "./libc.ts";

const PRIO_PROCESS = 0;
/** linux/prctl.h */
const PR_SET_NAME = 15;
/** sys/resource.h */
const RLIMIT_RTTIME = 15;
/** What is there now, and the rest as soon as it is touched. */
const MLOCK_ONFAULT = 1;
/** A line of /proc/self/maps: from, to, and what is mapped there (proc(5)). */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \d+ +(\/(?!dev\/|memfd:).*|\[heap\]|\[stack\])$/;
/** Octets of glibc's cpu_set_t: 1,024 processors. */
const CPU_SET_SIZE = 128;

/** @param priority 1..99; above all ordinary threads. @throws {OsError} EPERM without CAP_SYS_NICE */
export function setRealTimePriority(libc: Libc, priority: number): void {
  const parameters = pinnedBytes(SCHED_PARAM.size);
  new DataView(parameters.buffer).setInt32(SCHED_PARAM.priority, priority, true);
  // Round robin among threads of equal priority; threads and processes that this one makes begin as ordinary ones.
  const result = libc.symbols.sched_setscheduler(0, C.SCHED_RR | C.SCHED_RESET_ON_FORK, parameters);
  if (result < 0) throw new OsError("Cannot run with real-time priority", `${priority}`, libc.errno());
}

/** @param nice -20 (first) to 19 (last). @throws {OsError} EACCES where it may not be lowered */
export function setNice(libc: Libc, nice: number): void {
  // With Linux, the "process" of number 0 is the calling thread.
  if (libc.symbols.setpriority(PRIO_PROCESS, 0, nice) < 0) {
    throw new OsError("Cannot run with nice value", `${nice}`, libc.errno());
  }
}

/** @param processors numbers of the processors to run on. @throws {OsError} EINVAL where none of them exists */
export function setProcessors(libc: Libc, processors: readonly number[]): void {
  const set = pinnedBytes(CPU_SET_SIZE);
  for (const processor of processors) {
    if (processor < CPU_SET_SIZE * 8) set[processor >> 3]! |= 1 << (processor & 7);
  }
  if (libc.symbols.sched_setaffinity(0, BigInt(CPU_SET_SIZE), set) < 0) {
    throw new OsError("Cannot run on processors", processors.join(" "), libc.errno());
  }
}

/** @param name what `ps -L` and `top -H` call the calling thread, at most 15 octets; that of the first thread is the process's */
export function setThreadName(libc: Libc, name: string): void {
  const text = pinnedBytes(16);
  text.set(cString(name).subarray(0, 15));
  if (libc.symbols.prctl(PR_SET_NAME, addressOf(text), 0n, 0n, 0n) < 0) {
    throw new OsError("Cannot call the thread", name, libc.errno());
  }
}

/**
 * Keeps program code and libraries, stack and C heap from being paged out.
 *
 * Not what the JavaScript heap is made of: V8 gives pages back with madvise(2), which refuses locked ones, and ends the
 * process when it is refused. What the engine uses of that heap is touched with every advertisement.
 *
 * @throws {OsError} ENOMEM, EPERM
 */
export function lockMemory(libc: Libc): void {
  for (const line of Deno.readTextFileSync("/proc/self/maps").split("\n")) {
    const [, from, to] = MAPPING.exec(line) ?? [];
    if (from === undefined || to === undefined) continue;
    const start = BigInt(`0x${from}`);
    if (libc.symbols.mlock2(start, BigInt(`0x${to}`) - start, MLOCK_ONFAULT) < 0) {
      throw new OsError("Cannot lock memory", "", libc.errno());
    }
  }
}

/**
 * Has the kernel end the process where one of its real-time threads runs for that long without sleeping once.
 *
 * @param microseconds rounded up to a tick of the kernel. @throws {OsError} EPERM where a lower limit is set already
 */
export function limitRealTime(libc: Libc, microseconds: number): void {
  const limits = pinnedBytes(16);
  const view = new DataView(limits.buffer);
  // struct rlimit: the soft limit, at which SIGXCPU comes, and the hard one, at which SIGKILL does.
  view.setBigUint64(0, BigInt(microseconds), true);
  view.setBigUint64(8, BigInt(microseconds), true);
  if (libc.symbols.setrlimit(RLIMIT_RTTIME, limits) < 0) {
    throw new OsError("Cannot limit real time to", `${microseconds} µs`, libc.errno());
  }
}
