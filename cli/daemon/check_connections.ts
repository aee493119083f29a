/**
 * Connection counts of the kernel for the status, asked no more often than they are worth.
 */
import type { ConnectionLookup } from "../../core/engine/lvs_snapshot.ts";
import { destinationKey, serviceKey } from "../../core/packet/ipvs.ts";
import type { IpvsEntryRecord } from "../../core/ports.ts";

/** ms that counts are good for, and how much longer for each ms that it took to read them. */
const FRESH = 1000;
const FRESH_FACTOR = 50;

/** Counts of connections by service and destination. */
export class ConnectionCounts {
  readonly #read: () => readonly IpvsEntryRecord[] | null;
  #counts = new Map<string, { readonly active: number; readonly inactive: number }>();
  #goodUntil = -Infinity;

  constructor(read: () => readonly IpvsEntryRecord[] | null) {
    this.#read = read;
  }

  /** The counts at `now`, ms. */
  lookup(now: number): ConnectionLookup {
    if (now >= this.#goodUntil) this.#refresh(now);
    return (service, destination) => this.#counts.get(`${service} ${destination}`) ?? null;
  }

  #refresh(now: number): void {
    const began = performance.now();
    const records = this.#read();
    this.#goodUntil = now + FRESH + FRESH_FACTOR * (performance.now() - began);
    this.#counts = new Map();
    for (const { service, destinations } of records ?? []) {
      const key = serviceKey(service.id);
      for (const destination of destinations) {
        this.#counts.set(`${key} ${destinationKey(destination)}`, {
          active: destination.activeConnections,
          inactive: destination.inactiveConnections,
        });
      }
    }
  }
}
