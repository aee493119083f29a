/**
 * The destinations that a virtual server is to have, from the state of its servers.
 */
import type { RealServer, SorryServer, VirtualServer } from "../config/virtual_server_model.ts";
import { destinationKey, type IpvsDestination } from "../packet/ipvs.ts";
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
  readonly quorumUp: boolean;
  readonly servers: readonly PoolServer[];
}

/** The weight of a sorry server in service. */
const SORRY_WEIGHT = 1;

/** Whether the sorry server stands in: the quorum is lost and there is one. */
export function sorryActive({ config, quorumUp }: Pool): boolean {
  return !quorumUp && config.sorryServer !== null;
}

/**
 * The destinations in the order of the configuration, the sorry server last.
 *
 * A server out of service is absent, or has weight 0 where it is inhibited: its connections go on then. While the
 * sorry server stands in, live servers are out of service too.
 */
export function poolDestinations(pool: Pool): readonly IpvsDestination[] {
  const sorry = sorryActive(pool);
  const destinations = new Map<string, IpvsDestination>();
  for (const { config, alive, weight } of pool.servers) {
    const serving = alive && !sorry;
    if (!serving && !config.inhibitOnFailure) continue;
    destinations.set(destinationKey(config), destinationOf(config, serving ? weight : 0));
  }
  const { sorryServer } = pool.config;
  if (sorryServer !== null) addSorryServer(destinations, sorryServer, sorry);
  return [...destinations.values()];
}

/** One that is a real server at the same time has the real server's entry until it stands in. */
function addSorryServer(
  destinations: Map<string, IpvsDestination>,
  server: SorryServer,
  active: boolean,
): void {
  const key = destinationKey(server);
  if (!active && (!server.inhibit || destinations.has(key))) return;
  const unlimited = { ...server, upperThreshold: 0, lowerThreshold: 0 };
  destinations.set(key, destinationOf(unlimited, active ? SORRY_WEIGHT : 0));
}
