/**
 * Hears when a process that runs already ends (pidfd_open(2)), which needs no right and works in every namespace.
 */
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import type { Libc } from "./libc.ts";

/** Can be read once the process has ended. */
export interface ProcessEnd extends Disposable {
  readonly descriptor: number;
}

/** null where there is no such process, or where the kernel has no such call (before Linux 5.3). */
export function openProcessEnd(libc: Libc, pid: number): ProcessEnd | null {
  const result = Number(libc.symbols.syscall(BigInt(C.SYS_pidfd_open), BigInt(pid), 0n));
  if (result < 0) return null;
  const descriptor = new Descriptor(libc, result);
  return { descriptor: descriptor.number, [Symbol.dispose]: () => descriptor[Symbol.dispose]() };
}
