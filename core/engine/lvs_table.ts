/**
 * The kernel's table: what it is to have, what it has, and reading it back.
 */
import { type Pool, poolDestinations } from "../lvs/pool.ts";
import { reconcile, reconcileEntry } from "../lvs/reconcile.ts";
import {
  destinationKey,
  type IpvsDestination,
  type IpvsServiceId,
  serviceKey,
  type TableEntry,
  type TableOperation,
} from "../packet/ipvs.ts";
import type { TableReading } from "./lvs_event.ts";
import * as message from "./lvs_message.ts";
import { tableWeight } from "./lvs_servers.ts";
import { log, type LvsWorld, type PoolState } from "./lvs_world.ts";

/**
 * ms between two readings, which find out whether somebody else changed our services, by the number of destinations up to
 * which they hold: a reading takes about 10 ms for a thousand.
 */
const REPAIR_INTERVALS: readonly (readonly [destinations: number, interval: number])[] = [
  [500, 10_000],
  [5000, 60_000],
  [Infinity, 300_000],
];

/** ms; the longest pause after a refusal. */
const LAST_BACKOFF = 60_000;

/** ms before the table is read again after a refusal, doubled each time. */
const FIRST_BACKOFF = 2000;

/** The part of the table that one virtual server is, with what others have in the same services. */
function poolEntries(world: LvsWorld, pool: PoolState, now: number): TableEntry[] {
  const own = poolView(pool, now);
  return pool.services.map((service) => {
    const sharers = world.shared.get(serviceKey(service.id));
    return sharers === undefined
      ? { service, destinations: poolDestinations(own, service.id) }
      : sharedEntry(sharers, service.id, now);
  });
}

function poolView(pool: PoolState, now: number): Pool {
  const servers = pool.servers.map((server) => ({
    config: server.config,
    alive: server.alive,
    weight: tableWeight(server, now),
  }));
  return { config: pool.config, quorum: pool.quorum, servers };
}

/** As keepalived leaves it: the first one's options, everybody's servers. */
function sharedEntry(sharers: readonly PoolState[], id: IpvsServiceId, now: number): TableEntry {
  const key = serviceKey(id);
  const service = sharers[0]!.services.find((each) => serviceKey(each.id) === key)!;
  const destinations = new Map<string, IpvsDestination>();
  for (const destination of sharers.flatMap((pool) => poolDestinations(poolView(pool, now), id))) {
    const place = destinationKey(destination);
    if (!destinations.has(place)) destinations.set(place, destination);
  }
  return { service, destinations: [...destinations.values()] };
}

/** Which services more than one virtual server has. */
function findShared(pools: Iterable<PoolState>): Map<string, PoolState[]> {
  const owners = new Map<string, PoolState[]>();
  for (const pool of pools) {
    for (const { id } of pool.services) {
      const key = serviceKey(id);
      const others = owners.get(key);
      if (others === undefined) owners.set(key, [pool]);
      else others.push(pool);
    }
  }
  for (const [key, list] of owners) if (list.length === 1) owners.delete(key);
  return owners;
}

/** Makes the table follow the pools that were touched. */
export function followPools(world: LvsWorld, now: number): void {
  for (const pool of world.touched) followPool(world, pool, now);
  world.touched.clear();
}

function followPool(world: LvsWorld, pool: PoolState, now: number): void {
  if (world.table === null) return;
  for (const entry of poolEntries(world, pool, now)) {
    const key = serviceKey(entry.service.id);
    reconcileEntry(entry, world.table.get(key) ?? null, world.out.operations);
    world.table.set(key, entry);
  }
}

/** Takes what the kernel really has for what we believed, as far as it is ours. */
export function believe(world: LvsWorld, reading: TableReading): void {
  if (!reading.ok) {
    if (world.table !== null || world.tableReason === "") log(world, message.unavailable(reading.reason));
    world.table = null;
    world.tableReason = reading.reason;
    return;
  }
  const ours = new Set(world.table?.keys());
  for (const pool of world.pools.values()) {
    for (const { id } of pool.services) ours.add(serviceKey(id));
  }
  world.tableReason = "";
  world.table = new Map();
  for (const entry of reading.entries) {
    const key = serviceKey(entry.service.id);
    if (ours.has(key)) world.table.set(key, entry);
  }
}

/** The answer to a reading: repairs what differs from what is to be. */
export function repair(world: LvsWorld, reading: TableReading, now: number): void {
  const wasMissing = world.table === null;
  const { refused } = world.repair;
  believe(world, reading);
  for (const pool of world.pools.values()) {
    const before = world.out.operations.length;
    followPool(world, pool, now);
    const differences = world.out.operations.length - before;
    if (differences > 0 && !wasMissing && refused.size === 0) {
      pool.repairs += differences;
      world.repairs += differences;
      log(world, message.repairing(pool.name, differences), now);
    }
  }
  if (world.out.operations.length === 0) {
    refused.clear();
    world.repair.backoff = FIRST_BACKOFF;
  }
  planRepair(world, now);
}

/** The kernel refused a change: what it has is unknown until it was read. */
export function refusedOperation(
  world: LvsWorld,
  operation: TableOperation,
  reason: string,
  now: number,
): void {
  const what = describe(operation);
  const { refused } = world.repair;
  if (!refused.has(what)) log(world, message.refused(what, reason), now);
  refused.add(what);
  world.timers.set(world.repair, now + world.repair.backoff);
}

/** Reads the table. */
export function readTable(world: LvsWorld): void {
  // Should it be refused again, the next attempt comes later.
  world.repair.backoff = Math.min(LAST_BACKOFF, world.repair.backoff * 2);
  world.out.add({ kind: "table.read" });
}

/** When the table is read next. */
export function planRepair(world: LvsWorld, now: number): void {
  if (world.pools.size === 0) return world.timers.set(world.repair, Infinity);
  let destinations = 0;
  for (const { servers, services } of world.pools.values()) destinations += servers.length * services.length;
  const [, interval] = REPAIR_INTERVALS.find(([limit]) => destinations <= limit)!;
  world.timers.set(world.repair, now + interval);
}

/** Makes the table follow a configuration: services of virtual servers that are gone go with them. */
export function followConfiguration(world: LvsWorld, now: number): void {
  world.touched.clear();
  world.shared = findShared(world.pools.values());
  if (world.table === null) return;
  const entries = [...world.pools.values()].flatMap((pool) => poolEntries(world, pool, now));
  const desired = [...new Map(entries.map((entry) => [serviceKey(entry.service.id), entry])).values()];
  const ours = [...world.table.values()];
  for (const operation of reconcile(desired, ours)) world.out.operation(operation);
  world.table = new Map(desired.map((entry) => [serviceKey(entry.service.id), entry]));
}

/** Removes all that is ours. */
export function removeAll(world: LvsWorld): void {
  if (world.settings.flushOnStop === "all" && world.table !== null) world.out.emptyTable();
  else {
    for (const { service } of world.table?.values() ?? []) {
      world.out.operation({ kind: "service.delete", id: service.id });
    }
  }
  world.table?.clear();
}

function describe(operation: TableOperation): string {
  const id = "service" in operation ? operation.service.id : operation.id;
  const service = serviceKey(id);
  return "destination" in operation
    ? `${operation.kind} (${service} -> ${operation.destination.address}:${operation.destination.port})`
    : `${operation.kind} (${service})`;
}
