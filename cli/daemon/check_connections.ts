/**
 * Counts of the kernel's load balancer for the status, asked no more often than they are worth.
 */
import type { DestinationCounts, TableCounts } from "../../core/engine/lvs_snapshot.ts";
import type { TrafficStatus } from "../../core/engine/status.ts";
import { destinationKey, serviceKey } from "../../core/packet/ipvs.ts";
import type { IpvsEntryRecord } from "../../core/ports.ts";

/** ms that counts are good for, and how much longer for each ms that it took to read them. */
const FRESH = 1000;
const FRESH_FACTOR = 50;

/** Counts of connections, packets and octets by service and destination. */
export class ConnectionCounts {
  readonly #read: () => readonly IpvsEntryRecord[] | null;
  #services = new Map<string, TrafficStatus>();
  #destinations = new Map<string, DestinationCounts>();
  #goodUntil = -Infinity;

  constructor(read: () => readonly IpvsEntryRecord[] | null) {
    this.#read = read;
  }

  /** The counts at `now`, ms. */
  lookup(now: number): TableCounts {
    if (now >= this.#goodUntil) this.#refresh(now);
    return {
      service: (service) => this.#services.get(service) ?? null,
      destination: (service, destination) => this.#destinations.get(`${service} ${destination}`) ?? null,
    };
  }

  #refresh(now: number): void {
    const began = performance.now();
    const records = this.#read();
    this.#goodUntil = now + FRESH + FRESH_FACTOR * (performance.now() - began);
    this.#services = new Map();
    this.#destinations = new Map();
    for (const { service, destinations } of records ?? []) {
      const key = serviceKey(service.id);
      this.#services.set(key, service.statistics);
      for (const destination of destinations) {
        this.#destinations.set(`${key} ${destinationKey(destination)}`, {
          active: destination.activeConnections,
          inactive: destination.inactiveConnections,
          traffic: destination.statistics,
        });
      }
    }
  }
}
