/**
 * Whether the kernel's clock follows others (adjtimex(2)).
 */
import { type Libc, pinnedBytes } from "./libc.ts";

/** Octets of `struct timex` on every 64 bit Linux, rounded up. */
const TIMEX_LENGTH = 256;

/** What adjtimex(2) answers while nobody disciplines the clock. */
const TIME_ERROR = 5;

/** True while some program keeps the clock in step; null where the kernel does not tell. Changes nothing. */
export function clockFollows(libc: Libc): boolean | null {
  // All zero: the field that says what to change is the first.
  const state = libc.symbols.adjtimex(pinnedBytes(TIMEX_LENGTH));
  return state < 0 ? null : state !== TIME_ERROR;
}
