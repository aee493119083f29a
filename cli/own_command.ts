/**
 * How this program is started again.
 */

/** The words that start this program with the same arguments, the file first. */
export function ownCommand(): readonly [file: string, ...args: string[]] {
  const self = Deno.env.get("HA_SELF");
  if (self !== undefined) return [self, ...Deno.args];
  const [, ...args] = Deno.readTextFileSync("/proc/self/cmdline").split("\0").slice(0, -1);
  return [Deno.execPath(), ...args];
}
