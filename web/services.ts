/**
 * How virtual and real servers stand, judged from the status alone.
 */
import type { RealServerStatus, TrafficStatus, VirtualServerStatus } from "../core/engine/status.ts";

/**
 * How a virtual server stands.
 *
 * - `down`: its quorum is lost, and nobody serves
 * - `sorry`: its quorum is lost, and the sorry server serves
 * - `degraded`: it serves, and some of its real servers do not
 * - `checking`: the first verdicts are still awaited
 * - `suspended`: `ha_suspend` holds its checks, as the address is not on this host
 * - `up`: all of its real servers serve
 */
export type ServiceState = "down" | "sorry" | "degraded" | "checking" | "suspended" | "up";

/** All of them, those that need eyes first. */
export const SERVICE_STATES: readonly ServiceState[] = [
  "down",
  "sorry",
  "degraded",
  "checking",
  "suspended",
  "up",
];

/** How a virtual server stands. */
export function serviceState(service: VirtualServerStatus): ServiceState {
  if (service.suspended) return "suspended";
  const failed = service.realServers.some(isDown);
  if (service.up) return failed ? "degraded" : "up";
  if (service.sorryServer?.active === true) return "sorry";
  return failed || service.realServers.length === 0 ? "down" : "checking";
}

/** Whether a real server was found to be down, rather than not asked yet. */
export function isDown(server: RealServerStatus): boolean {
  return !server.up && !isUndecided(server);
}

/** Whether a real server waits for its first verdict. */
export function isUndecided({ up, checks }: RealServerStatus): boolean {
  return !up && checks.some((check) => check.up === null) && checks.every((check) => check.up !== false);
}

/** How many of the real servers are up. */
export function upCount({ realServers }: VirtualServerStatus): number {
  return realServers.reduce((sum, { up }) => sum + (up ? 1 : 0), 0);
}

/** What the kernel counted of a virtual server in all its entries; null where nobody asked it. */
export function trafficOf({ services }: VirtualServerStatus): TrafficStatus | null {
  const found = (services ?? []).flatMap(({ traffic }) => traffic ?? []);
  return found.length === 0 ? null : found.reduce(addTraffic);
}

/** Two counts as one. */
function addTraffic(left: TrafficStatus, right: TrafficStatus): TrafficStatus {
  const sum: { -readonly [Name in keyof TrafficStatus]: number } = { ...left };
  for (const name of Object.keys(sum) as (keyof TrafficStatus)[]) sum[name] += right[name];
  return sum;
}

/** Connections to all real servers of a virtual server; null where nobody asked the kernel. */
export function connectionsOf({ realServers }: VirtualServerStatus): RealServerStatus["connections"] {
  let sum: { active: number; inactive: number } | null = null;
  for (const { connections } of realServers) {
    if (connections === null) continue;
    sum ??= { active: 0, inactive: 0 };
    sum.active += connections.active;
    sum.inactive += connections.inactive;
  }
  return sum;
}
