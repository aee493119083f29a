/**
 * Whether this process may do what a VRRP router does.
 */
import { EXIT, Refusal } from "../exit_codes.ts";

/** Capabilities that the daemon cannot do without; numbers of linux/capability.h. */
const NEEDED = [
  { name: "CAP_NET_ADMIN", bit: 12n, purpose: "to add and remove addresses" },
  { name: "CAP_NET_RAW", bit: 13n, purpose: "to open raw sockets" },
] as const;

/**
 * Refuses where a needed capability is not effective.
 *
 * @param status text of /proc/self/status
 * @throws {Refusal} naming every missing capability
 */
export function requirePrivileges(status: string = Deno.readTextFileSync("/proc/self/status")): void {
  const effective = effectiveCapabilities(status);
  const missing = NEEDED.filter(({ bit }) => (effective & (1n << bit)) === 0n);
  if (missing.length === 0) return;
  const list = missing.map(({ name, purpose }) => `${name} (${purpose})`).join(" and ");
  throw new Refusal(`Cannot run without ${list}: start it as root`, EXIT.permission);
}

function effectiveCapabilities(status: string): bigint {
  const hex = /^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  // Without procfs nobody can tell; the kernel will.
  return hex === undefined ? ~0n : BigInt(`0x${hex}`);
}
