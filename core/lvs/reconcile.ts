/**
 * Desired table minus actual table: the operations that make the kernel have what it is to have.
 *
 * Start, reload, a change of one server, repair of what somebody else changed, and recovery after a crash are this
 * one function. What is right already is not touched, and so keeps its connections.
 */
import {
  destinationKey,
  type IpvsDestination,
  type IpvsService,
  type IpvsTunnel,
  serviceKey,
  type TableEntry,
  type TableOperation,
} from "../packet/ipvs.ts";

/**
 * The operations that lead from `actual` to `desired`, in an order in which a service always has what it had or will
 * have. `actual` is what we answer for: others may use the table too.
 */
export function reconcile(
  desired: readonly TableEntry[],
  actual: readonly TableEntry[],
): readonly TableOperation[] {
  const found = new Map(actual.map((entry) => [serviceKey(entry.service.id), entry]));
  const operations: TableOperation[] = [];
  for (const entry of desired) {
    const key = serviceKey(entry.service.id);
    reconcileEntry(entry, found.get(key) ?? null, operations);
    found.delete(key);
  }
  for (const { service } of found.values()) operations.push({ kind: "service.delete", id: service.id });
  return operations;
}

/** The operations for one service; additions come before removals, so that it is never without servers. */
export function reconcileEntry(
  { service, destinations }: TableEntry,
  actual: TableEntry | null,
  operations: TableOperation[],
): void {
  const { id } = service;
  if (actual === null) operations.push({ kind: "service.add", service });
  else if (!equalServices(service, actual.service)) operations.push({ kind: "service.set", service });
  const found = new Map(actual?.destinations.map((each) => [destinationKey(each), each]));
  for (const destination of destinations) {
    const key = destinationKey(destination);
    const there = found.get(key);
    found.delete(key);
    if (there === undefined) operations.push({ kind: "destination.add", id, destination });
    else if (!equalDestinations(destination, there)) {
      operations.push({ kind: "destination.set", id, destination });
    }
  }
  for (const destination of found.values()) {
    operations.push({ kind: "destination.delete", id, destination });
  }
}

function equalServices(left: IpvsService, right: IpvsService): boolean {
  return left.scheduler === right.scheduler && left.flags === right.flags &&
    left.timeout === right.timeout && left.persistenceMask === right.persistenceMask &&
    left.persistenceEngine === right.persistenceEngine;
}

function equalDestinations(left: IpvsDestination, right: IpvsDestination): boolean {
  if (left.weight !== right.weight) return false;
  if (left.upperThreshold !== right.upperThreshold || left.lowerThreshold !== right.lowerThreshold) {
    return false;
  }
  // An old kernel reports `local` for a destination on this host, whatever it was told.
  if (right.forwarding === "local") return true;
  return left.forwarding === right.forwarding && equalTunnels(left.tunnel, right.tunnel);
}

function equalTunnels(left: IpvsTunnel | null, right: IpvsTunnel | null): boolean {
  if (left === null || right === null) return left === right;
  return left.type === right.type && left.port === right.port && left.checksum === right.checksum;
}
