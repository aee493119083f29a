/**
 * Signals that are kept from everybody and read from a descriptor (signalfd(2)).
 *
 * Each thread inherits its mask from its maker, so that it must be set before there is a second thread. The runtime
 * starts several before it reads the first line of ours; but the mask outlives execve(2).
 */
import { addressOf, cString, pinnedBytes } from "./libc.ts";

/** Opened apart from `Libc`: this much is needed before anything else is loaded. */
const SYMBOLS = {
  sigprocmask: {
    parameters: ["i32", /* int how */ "buffer", /* const sigset_t *set */ "pointer" /* sigset_t *oldset */],
    result: "i32",
  },
  execv: {
    parameters: ["buffer", /* const char *pathname */ "buffer" /* char *const argv[] */],
    result: "i32",
  },
  signalfd: {
    parameters: ["i32", /* int fd */ "buffer", /* const sigset_t *mask */ "i32" /* int flags */],
    result: "i32",
  },
  read: {
    parameters: ["i32", /* int fd */ "buffer", /* void *buf */ "usize" /* size_t count */],
    result: "isize",
    nonblocking: true,
  },
} as const;

const SIG_BLOCK = 0;
/** Octets of glibc's sigset_t; a bit a signal, from 1. */
const SET_SIZE = 128;
const SFD_CLOEXEC = 0o2000000;
/** Octets of struct signalfd_siginfo; it begins with the number, 32 bits. */
const SIGNAL_INFO_SIZE = 128;

/** Whether the calling process began with all of these signals blocked. */
export function areBlocked(signals: readonly number[]): boolean {
  const [, hex] = /^SigBlk:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync("/proc/self/status")) ?? [];
  const blocked = BigInt(`0x${hex ?? "0"}`);
  return signals.every((signal) => (blocked >> BigInt(signal - 1) & 1n) === 1n);
}

/**
 * Starts a program in place of this one, under the same process id, with signals blocked in all its threads.
 *
 * Returns only where the kernel refuses; the signals are as they were then but in this thread.
 */
export function becomeWithBlocked(signals: readonly number[], file: string, args: readonly string[]): void {
  const library = Deno.dlopen("libc.so.6", SYMBOLS);
  const texts = args.map((text) => {
    const octets = pinnedBytes(cString(text).length);
    octets.set(cString(text));
    return octets;
  });
  const vector = new BigUint64Array([...texts.map(addressOf), 0n]);
  library.symbols.sigprocmask(SIG_BLOCK, setOf(signals), null);
  library.symbols.execv(cString(file), vector);
  library.close();
}

/** Calls `heard` with the number of each of these signals that comes, for as long as the process lives. */
export async function hearBlocked(
  signals: readonly number[],
  heard: (signal: number) => void,
): Promise<void> {
  const { symbols } = Deno.dlopen("libc.so.6", SYMBOLS);
  const descriptor = symbols.signalfd(-1, setOf(signals), SFD_CLOEXEC);
  if (descriptor < 0) return;
  const info = pinnedBytes(SIGNAL_INFO_SIZE);
  const view = new DataView(info.buffer);
  while (await symbols.read(descriptor, info, BigInt(SIGNAL_INFO_SIZE)) === BigInt(SIGNAL_INFO_SIZE)) {
    heard(view.getUint32(0, true));
  }
}

function setOf(signals: readonly number[]): Uint8Array<ArrayBuffer> {
  const set = pinnedBytes(SET_SIZE);
  for (const signal of signals) set[(signal - 1) >> 3]! |= 1 << ((signal - 1) & 7);
  return set;
}
