/**
 * The processes of this host, as /proc shows them.
 */
import type { ProcessIdentity } from "../../core/track/process.ts";

/** The numbers of all processes. */
export function allProcesses(): number[] {
  const numbers: number[] = [];
  for (const { name } of Deno.readDirSync("/proc")) {
    const number = Number(name);
    if (Number.isInteger(number)) numbers.push(number);
  }
  return numbers;
}

/**
 * The name and, where it is asked for, the command line of a process; null where it is gone or only waits to be buried.
 */
export function identify(pid: number, withCommandLine: boolean): ProcessIdentity | null {
  try {
    const stat = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name stands in brackets and may hold any octet, brackets among them.
    const end = stat.lastIndexOf(")");
    if (/^ [ZXx]/.test(stat.slice(end + 1))) return null;
    const name = stat.slice(stat.indexOf("(") + 1, end);
    return { name, commandLine: withCommandLine ? commandLineOf(pid) : null };
  } catch {
    return null;
  }
}

/** Each word ends in an octet 0; none at all belong to the kernel. */
function commandLineOf(pid: number): readonly string[] {
  const text = Deno.readTextFileSync(`/proc/${pid}/cmdline`);
  return text === "" ? [] : text.replace(/\0$/, "").split("\0");
}
