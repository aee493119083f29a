/**
 * Interface names and indices (if_nametoindex(3)).
 */
import { OsError } from "./errno.ts";
import { cString, type Libc, pinnedBytes } from "./libc.ts";
import { textFromBytes } from "../core/net/bytes.ts";

const IFNAMSIZ = 16;

/** @throws {OsError} ENODEV where there is no such interface in the thread's network namespace */
export function interfaceIndexOf(libc: Libc, name: string): number {
  const index = libc.symbols.if_nametoindex(cString(name));
  if (index === 0) throw new OsError("Cannot find interface", name, libc.errno());
  return index;
}

/** The same with 0 where there is no such interface. */
export function interfaceIndexOrZero(libc: Libc, name: string): number {
  return libc.symbols.if_nametoindex(cString(name));
}

/** The name of an interface, or null where there is none with that index. */
export function interfaceNameOf(libc: Libc, index: number): string | null {
  const name = pinnedBytes(IFNAMSIZ);
  return libc.symbols.if_indextoname(index, name) === null ? null : textFromBytes(name);
}
