/**
 * What goes along with the table: the sync daemon's roles, and the services that FULLNAT is for.
 */
import type { SyncDaemon } from "../config/virtual_server_model.ts";
import type { IpvsDaemon } from "../packet/ipvs.ts";
import type { MasqueradedService } from "./lvs_effect.ts";
import type { LvsWorld, PoolState } from "./lvs_world.ts";

/** Asks for the roles of the sync daemon where they are others than asked for last. */
export function followRoles(world: LvsWorld): void {
  if (world.table === null) return;
  const roles = rolesOf(world.settings.syncDaemon, world.masters);
  const text = JSON.stringify(roles);
  if (text === world.asked.roles) return;
  world.asked.roles = text;
  world.out.add({ kind: "sync.set", roles });
}

/** Without an instance both roles run; otherwise the one that goes with its state. */
function rolesOf(daemon: SyncDaemon | null, masters: ReadonlySet<string>): IpvsDaemon[] {
  if (daemon === null) return [];
  const { instance, interface: name, id: syncId, maxLength, port, ttl, group } = daemon;
  const options = { interface: name, syncId, maxLength, port, ttl, group };
  const states = instance === null
    ? ["master", "backup"] as const
    : [masters.has(instance) ? "master" : "backup"] as const;
  return states.map((state) => ({ state, ...options }));
}

/** Asks for the masqueraded services where they are others than asked for last. */
export function followMasquerade(world: LvsWorld): void {
  if (world.table === null) return;
  const services = [...world.pools.values()].flatMap(masqueradedOf);
  const text = JSON.stringify(services);
  if (text === world.asked.masquerade) return;
  world.asked.masquerade = text;
  world.out.add({ kind: "masquerade.set", services });
}

function masqueradedOf(pool: PoolState): MasqueradedService[] {
  const servers = pool.config.realServers
    .filter(({ forwarding }) => forwarding.method === "fullnat")
    .map(({ address }) => address);
  const { sorryServer } = pool.config;
  if (sorryServer?.forwarding.method === "fullnat") servers.push(sorryServer.address);
  if (servers.length === 0) return [];
  return pool.services.map(({ id }) => ({
    service: id.kind === "fwmark" ? { kind: "fwmark", mark: id.mark } : id,
    servers: [...new Set(servers)],
  }));
}
