/**
 * The switches that keep a real server from answering ARP for an address that belongs to the director.
 */

/** Where the kernel has them. */
const ROOT = "/proc/sys/net/ipv4/conf";

/** What they must be: answer only for addresses of the interface asked, and speak only with such. */
const ARP_POLICY: Readonly<Record<string, string>> = {
  "all/arp_ignore": "1",
  "all/arp_announce": "2",
  "lo/arp_ignore": "1",
  "lo/arp_announce": "2",
};

/** How the switches are read and written; `/proc` but for tests. */
export interface Switches {
  readonly read: (name: string) => string;
  readonly write: (name: string, value: string) => void;
}

/** The kernel's switches. */
export const KERNEL_SWITCHES: Switches = {
  read: (name) => Deno.readTextFileSync(`${ROOT}/${name}`).trim(),
  write: (name, value) => Deno.writeTextFileSync(`${ROOT}/${name}`, value),
};

/** Sets all of them; what they were. */
export function applyPolicy(switches: Switches): Record<string, string> {
  const before: Record<string, string> = {};
  for (const [name, value] of Object.entries(ARP_POLICY)) {
    before[name] = switches.read(name);
    if (before[name] !== value) switches.write(name, value);
  }
  return before;
}

/** Sets those back that nobody has changed since. */
export function restorePolicy(switches: Switches, before: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(ARP_POLICY)) {
    const old = before[name];
    if (old !== undefined && old !== value && switches.read(name) === value) switches.write(name, old);
  }
}

/** The switches that are not as they must be, as `all/arp_ignore is 0, not 1`. */
export function policyProblems(switches: Switches): string[] {
  return Object.entries(ARP_POLICY).flatMap(([name, value]) => {
    const found = switches.read(name);
    return found === value ? [] : [`${name} is ${found}, not ${value}`];
  });
}
