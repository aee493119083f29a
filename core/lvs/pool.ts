/**
 * The destinations that a virtual server is to have, from the state of its servers.
 */
import type { RealServer, SorryServer, VirtualServer } from "../config/virtual_server_model.ts";
import { familyOf } from "../net/address.ts";
import { destinationKey, familyOfService, type IpvsDestination, type IpvsServiceId } from "../packet/ipvs.ts";
import { destinationOf } from "./services.ts";

/** A real server as far as the table is concerned. */
export interface PoolServer {
  readonly config: RealServer;
  /** No checker has failed. */
  readonly alive: boolean;
  /** What it carries while it is in the pool. */
  readonly weight: number;
}

/** A virtual server as far as the table is concerned. */
export interface Pool {
  readonly config: Pick<VirtualServer, "sorryServer">;
  readonly quorum: "up" | "down" | "undecided";
  readonly servers: readonly PoolServer[];
}

/** The weight of a sorry server in service. */
const SORRY_WEIGHT = 1;

/** Whether the sorry server stands in: the quorum is lost and there is one. */
export function sorryActive({ config, quorum }: Pick<Pool, "config" | "quorum">): boolean {
  return quorum === "down" && config.sorryServer !== null;
}

/**
 * The destinations of one of its services in the order of the configuration, the sorry server last.
 *
 * A server out of service is absent, or has weight 0 where it is inhibited: its connections go on then. While the
 * sorry server stands in, live servers are out of service too.
 */
export function poolDestinations(pool: Pool, service: IpvsServiceId): readonly IpvsDestination[] {
  const sorry = sorryActive(pool);
  const destinations = new Map<string, IpvsDestination>();
  for (const { config, alive, weight } of pool.servers) {
    const serving = alive && !sorry;
    if (!serving && !config.inhibitOnFailure || !reaches(service, config)) continue;
    const destination = destinationOf(service, config, serving ? weight : 0);
    destinations.set(destinationKey(destination), destination);
  }
  const { sorryServer } = pool.config;
  if (sorryServer !== null && reaches(service, sorryServer)) {
    addSorryServer(destinations, service, sorryServer, sorry);
  }
  return [...destinations.values()];
}

/** Whether the kernel can send what a service gets to a server: only a tunnel leads to the other family. */
function reaches(service: IpvsServiceId, { address, forwarding }: SorryServer | RealServer): boolean {
  return forwarding.method === "tunnel" || familyOf(address) === familyOfService(service);
}

/** One that is a real server at the same time has the real server's entry until it stands in. */
function addSorryServer(
  destinations: Map<string, IpvsDestination>,
  service: IpvsServiceId,
  server: SorryServer,
  active: boolean,
): void {
  const unlimited = { ...server, upperThreshold: 0, lowerThreshold: 0 };
  const destination = destinationOf(service, unlimited, active ? SORRY_WEIGHT : 0);
  const key = destinationKey(destination);
  if (active || (server.inhibit && !destinations.has(key))) destinations.set(key, destination);
}
