/**
 * Where tests keep what is dear to make: outside the tree, in the user's cache.
 */
import { join } from "node:path";

/** The path of one cache of ours, made where it is not there: `$XDG_CACHE_HOME/ha-tests/NAME`. */
export function cacheDirectory(name: string): string {
  const base = Deno.env.get("XDG_CACHE_HOME") || join(Deno.env.get("HOME") || "/var/tmp", ".cache");
  const path = join(base, "ha-tests", name);
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  return path;
}
