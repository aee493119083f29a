/**
 * The monotonic clock and a timer on it (clock_gettime(2), timerfd_create(2)).
 */
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { OsError } from "./errno.ts";
import { ITIMERSPEC, TIMESPEC } from "./layout.ts";
import { type Libc, pinnedBytes } from "./libc.ts";

const NANOSECONDS_PER_MS = 1e6;

/** ms of CLOCK_MONOTONIC with fractions, precise to less than a microsecond; the same clock in every thread. */
export type MonotonicClock = () => number;

/** A clock; a reading costs about 50 ns. */
export function openClock(libc: Libc): MonotonicClock {
  const time = pinnedBytes(TIMESPEC.size);
  const words = new Uint32Array(time.buffer);
  const { symbols } = libc;
  return () => {
    symbols.clock_gettime(C.CLOCK_MONOTONIC, time);
    const seconds = words[SECONDS]! + words[SECONDS + 1]! * 2 ** 32;
    return seconds * 1000 + words[TIMESPEC.nanoseconds >> 2]! / NANOSECONDS_PER_MS;
  };
}

/** Where the seconds are in a time that is looked at in 32-bit words, the lower half first. */
const SECONDS = TIMESPEC.seconds >> 2;

/** A timer that makes its descriptor readable at one moment. */
export interface MonotonicTimer extends Disposable {
  /** For epoll. */
  readonly descriptor: number;
  /** Sets the moment in ms of the monotonic clock, one in the past being "at once"; null disarms. */
  arm(at: number | null): void;
  /** Takes note that it went off, so that the descriptor is no longer readable; false where it had not. */
  acknowledge(): boolean;
}

/** @throws {OsError} EMFILE, ENFILE or ENOMEM */
export function openTimer(libc: Libc): MonotonicTimer {
  const flags = C.TFD_CLOEXEC | C.TFD_NONBLOCK;
  const created = libc.symbols.timerfd_create(C.CLOCK_MONOTONIC, flags);
  const descriptor = Descriptor.from(libc, created, "Cannot create timer");
  const expirations = pinnedBytes(8);
  const setting = pinnedBytes(ITIMERSPEC.size);
  const view = new DataView(setting.buffer);

  function set(seconds: number, nanoseconds: number): void {
    writeInt64(view, ITIMERSPEC.value + TIMESPEC.seconds, seconds);
    view.setUint32(ITIMERSPEC.value + TIMESPEC.nanoseconds, nanoseconds, true);
    const result = libc.symbols.timerfd_settime(descriptor.number, C.TFD_TIMER_ABSTIME, setting, null);
    if (result < 0) throw new OsError("Cannot set timer", `${seconds}.${nanoseconds}`, libc.errno());
  }

  return {
    get descriptor() {
      return descriptor.number;
    },
    arm(at) {
      if (at === null) return set(0, 0);
      const seconds = Math.max(0, Math.floor(at / 1000));
      const nanoseconds = Math.max(0, Math.ceil((at - seconds * 1000) * NANOSECONDS_PER_MS));
      // A moment of zero would disarm the timer instead of letting it go off at once.
      if (nanoseconds >= 1e9) set(seconds + 1, 0);
      else set(seconds, seconds === 0 ? Math.max(1, nanoseconds) : nanoseconds);
    },
    acknowledge() {
      return libc.symbols.read(descriptor.number, expirations, BigInt(expirations.length)) > 0;
    },
    [Symbol.dispose]: () => descriptor[Symbol.dispose](),
  };
}

/**
 * Sets how late the calling thread's timers may go off to save wakeups, in ns (PR_SET_TIMERSLACK); the kernel's
 * default of 50,000 ns is half of what an advertisement may be late.
 *
 * @throws {OsError} where the kernel refuses
 */
export function setTimerSlack(libc: Libc, nanoseconds: number): void {
  if (libc.symbols.prctl(C.PR_SET_TIMERSLACK, BigInt(nanoseconds), 0n, 0n, 0n) < 0) {
    throw new OsError("Cannot set timer slack", `${nanoseconds} ns`, libc.errno());
  }
}

function writeInt64(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value % 2 ** 32, true);
  view.setUint32(offset + 4, Math.floor(value / 2 ** 32), true);
}
