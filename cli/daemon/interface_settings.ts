/**
 * Kernel settings of interfaces: files below /proc/sys/net, with a memory of what was in them.
 */
import type { OsResult } from "../../core/ports.ts";
import { reasonOf } from "../exit_codes.ts";

const DONE: OsResult = { ok: true };

/** Changes settings of interfaces and gives them back. */
export interface InterfaceSettings {
  /** `name` is like `ipv4/arp_ignore`. What was there before the first change is remembered. */
  set(interfaceName: string, name: string, value: string): OsResult;
  /** Writes back what was there before; an interface that is gone needs nothing. */
  restore(interfaceName: string, name: string): OsResult;
  /** A value that the whole host has (`conf/all`); null where it cannot be read. */
  ofHost(name: string): string | null;
}

/** The settings below a directory, which is /proc/sys/net but in tests. */
export function openInterfaceSettings(root = "/proc/sys/net"): InterfaceSettings {
  const before = new Map<string, string>();
  return {
    set(interfaceName, name, value) {
      const path = pathOf(root, interfaceName, name);
      return attempt(() => {
        const old = Deno.readTextFileSync(path).trim();
        if (!before.has(path)) before.set(path, old);
        if (old !== value) Deno.writeTextFileSync(path, value, { create: false });
      });
    },
    restore(interfaceName, name) {
      const path = pathOf(root, interfaceName, name);
      const old = before.get(path);
      before.delete(path);
      if (old === undefined) return DONE;
      const result = attempt(() => Deno.writeTextFileSync(path, old, { create: false }));
      return !result.ok && result.errno === ENOENT ? DONE : result;
    },
    ofHost(name) {
      try {
        return Deno.readTextFileSync(pathOf(root, "all", name)).trim();
      } catch {
        return null;
      }
    },
  };
}

const ENOENT = 2;
const EIO = 5;

function pathOf(root: string, interfaceName: string, name: string): string {
  const [family, setting] = name.split("/");
  return `${root}/${family}/conf/${interfaceName}/${setting}`;
}

function attempt(action: () => void): OsResult {
  try {
    action();
    return DONE;
  } catch (error) {
    return {
      ok: false,
      errno: error instanceof Deno.errors.NotFound ? ENOENT : EIO,
      reason: reasonOf(error),
    };
  }
}
