/**
 * Network namespaces with names of ours: made, removed, and swept when their maker has died.
 *
 * A name has its maker's process id in it: `ha-demo-PID-ROLE`. Whatever a killed run leaves behind is known by a PID
 * that no longer runs.
 */
import { must, run } from "./command.ts";

/** Where the kernel's names of namespaces are. */
const NAMES = "/run/netns";

/** Adds a namespace with its loopback up, IPv6 without duplicate detection, and no limit on ICMP. */
export async function addNamespace(name: string): Promise<void> {
  await must(["ip", "netns", "add", name]);
  await writeSysctls(name, {
    "net/ipv6/conf/all/accept_dad": "0",
    "net/ipv6/conf/default/accept_dad": "0",
    "net/ipv6/conf/default/dad_transmits": "0",
    "net/ipv6/conf/default/router_solicitations": "0",
    "net/ipv4/icmp_ratelimit": "0",
    "net/ipv4/icmp_msgs_per_sec": "100000",
  });
  await must(["ip", "-n", name, "link", "set", "lo", "up"]);
}

/** Those that this kernel lacks are left out. */
async function writeSysctls(name: string, values: Readonly<Record<string, string>>): Promise<void> {
  const writes = Object.entries(values).map(([key, value]) =>
    `[ -e /proc/sys/${key} ] && echo ${value} > /proc/sys/${key}`
  );
  await run(["ip", "netns", "exec", name, "sh", "-c", writes.join("; ")]);
}

/** Kills what runs in a namespace and removes it; one that is gone already is fine. */
export async function removeNamespace(name: string): Promise<void> {
  const pids = await run(["ip", "netns", "pids", name]);
  for (const pid of pids.stdout.split(/\s+/).filter(Boolean)) {
    try {
      Deno.kill(Number(pid), "SIGKILL");
    } catch { /* it has ended meanwhile */ }
  }
  await run(["ip", "netns", "del", name]);
}

/**
 * Removes namespaces and temporary directories whose maker no longer runs.
 *
 * @param pattern matches our names, with the maker's PID as its first group
 * @returns the names removed
 */
export async function sweepOrphans(pattern: RegExp): Promise<string[]> {
  const spaces = orphansIn(NAMES, pattern);
  for (const name of spaces) await removeNamespace(name);
  const directories = orphansIn(temporaryRoot(), pattern);
  for (const name of directories) {
    await Deno.remove(`${temporaryRoot()}/${name}`, { recursive: true }).catch(() => {});
  }
  return [...spaces, ...directories];
}

/** Where temporary directories are made. */
export function temporaryRoot(): string {
  return Deno.env.get("TMPDIR") ?? "/tmp";
}

function orphansIn(directory: string, pattern: RegExp): string[] {
  return namesIn(directory).filter((name) => {
    const pid = pattern.exec(name)?.[1];
    return pid !== undefined && !exists(`/proc/${pid}`);
  });
}

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
