/**
 * Network namespaces with names of ours, made and removed.
 *
 * A name is `ha-PID-SERIAL-ROLE`, where PID is the process that made it: what a killed test leaves behind is known by
 * a PID that no longer runs, and swept by the next one.
 */
import { must, run } from "./command.ts";

/** The start of every name that this process gives. */
export const PREFIX = `ha-${Deno.pid}-`;

const NAME = /^ha-(\d+)-/;

/** Adds a namespace with its loopback up, IPv6 ready without duplicate detection, and no ICMP rate limit. */
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

/** Writes sysctls of a namespace; those that this kernel lacks are left out. */
export async function writeSysctls(name: string, values: Readonly<Record<string, string>>): Promise<void> {
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
 * Removes namespaces and directories whose maker no longer runs.
 *
 * @returns the names removed
 */
export async function sweep(): Promise<string[]> {
  const gone: string[] = [];
  for (const name of namesIn("/run/netns").filter(isOrphan)) {
    await removeNamespace(name);
    gone.push(name);
  }
  for (const name of namesIn(temporaryRoot()).filter(isOrphan)) {
    await Deno.remove(`${temporaryRoot()}/${name}`, { recursive: true }).catch(() => {});
    gone.push(name);
  }
  return gone;
}

/** Where the directories of labs are made. */
export function temporaryRoot(): string {
  return Deno.env.get("TMPDIR") ?? "/tmp";
}

function namesIn(directory: string): string[] {
  try {
    return [...Deno.readDirSync(directory)].map((entry) => entry.name);
  } catch {
    return [];
  }
}

function isOrphan(name: string): boolean {
  const pid = NAME.exec(name)?.[1];
  return pid !== undefined && !exists(`/proc/${pid}`);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
