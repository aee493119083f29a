/**
 * Takes a signal away from whoever handles it now.
 */
import { OsError } from "./errno.ts";
import { cString, type Libc } from "./libc.ts";

/** Number of SIGUSR1 on x86-64 and arm64 (signal(7)). */
export const SIGUSR1 = 10;

/** The real-time signals that keepalived answers to (SIGRTMIN+1 to SIGRTMAX), as glibc numbers them. */
export const REAL_TIME_SIGNALS: readonly number[] = Array.from({ length: 30 }, (_, i) => 35 + i);

/**
 * Makes a signal do nothing in this process, whatever was or will be registered for it through the runtime.
 *
 * The runtime installs its own handler once for each signal and then only adds to its list of listeners, so that a
 * handler put in its place afterwards stays. It is not SIG_IGN, which children would inherit and a shell could not
 * change back, but a C function that takes an int and has no effect: abs(3).
 *
 * @throws {OsError} where the signal cannot be handled
 */
export function disarmSignal(libc: Libc, signal: number): void {
  const noEffect = libc.symbols.dlsym(null, cString("abs"));
  if (noEffect === null) throw new TypeError("Cannot find abs() in the C library");
  const before = libc.symbols.signal(signal, noEffect);
  // SIG_ERR is (void *)-1; a null pointer is SIG_DFL.
  if (before !== null && Deno.UnsafePointer.value(before) === 0xffff_ffff_ffff_ffffn) {
    throw new OsError("Cannot handle signal", `${signal}`, libc.errno());
  }
}
