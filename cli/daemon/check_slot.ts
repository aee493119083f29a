/**
 * The place of virtual servers in the daemon: empty, and nothing of theirs loaded, until some are configured.
 *
 * TLS and HTTP/2 of their checks are a quarter of the daemon's memory, which a firewall that balances nothing keeps.
 */
import type { LoadBalancer } from "../../core/config/virtual_server_model.ts";
import type { LvsSnapshot } from "../../core/engine/lvs_snapshot.ts";
import type { Status } from "../../core/engine/status.ts";
import { reasonOf } from "../exit_codes.ts";
import type { VirtualServerOutlets } from "./check_kernel.ts";
import type { VirtualServers } from "./checks.ts";
import { notice } from "./log.ts";

/** The virtual servers of a daemon, which may have none, or only after a reload. */
export class VirtualServerSlot {
  readonly #outlets: VirtualServerOutlets;
  #servers: VirtualServers | null = null;
  /** What is to be in force once they are loaded; null while nothing is loaded. */
  #awaited: LoadBalancer | null = null;
  #stopped = false;
  /** What is known of BFD sessions by their names, for servers that come later. */
  readonly #sessions = new Map<string, boolean>();

  constructor(outlets: VirtualServerOutlets) {
    this.#outlets = outlets;
  }

  /** The state of some VRRP instance changed. */
  instancesChanged(): void {
    this.#servers?.instancesChanged();
  }

  /** A BFD session came up or went down, or is there for the first time. */
  sessionChanged(name: string, up: boolean): void {
    this.#sessions.set(name, up);
    this.#servers?.tell({ kind: "bfd.changed", name, up });
  }

  /** Adds what is known of virtual servers to a snapshot of the VRRP engine. */
  addTo<Snapshot extends Pick<Status, "events">>(snapshot: Snapshot): Snapshot & Partial<LvsSnapshot> {
    if (this.#servers === null) return snapshot;
    const { events, ...rest } = this.#servers.snapshot();
    const all = [...snapshot.events, ...events].sort((left, right) => left.at - right.at);
    return { ...snapshot, ...rest, events: all };
  }

  /** Takes a configuration into force, the first or another one; never rejects. */
  async configure(loadBalancer: LoadBalancer): Promise<void> {
    if (this.#servers !== null) return this.#servers.reload(loadBalancer);
    const loading = this.#awaited !== null;
    if (!loading && isIdle(loadBalancer)) return;
    this.#awaited = loadBalancer;
    if (!loading) await this.#open();
  }

  async #open(): Promise<void> {
    try {
      const { openVirtualServers } = await import("./check_kernel.ts");
      const wanted = this.#awaited!;
      if (this.#stopped || isIdle(wanted)) return;
      this.#servers = openVirtualServers(this.#outlets, wanted);
      this.#servers.start(wanted, this.#sessions);
    } catch (error) {
      const text = `Cannot serve virtual servers: ${reasonOf(error)}`;
      this.#outlets.log(notice("error", "lvs.unavailable", text));
    } finally {
      this.#awaited = null;
    }
  }

  /** Lets go of everything; with `keepTable` the kernel goes on balancing. */
  stop(keepTable: boolean): void {
    this.#stopped = true;
    this.#servers?.stop(keepTable);
  }
}

function isIdle({ virtualServers, settings }: LoadBalancer): boolean {
  return virtualServers.length === 0 && settings.syncDaemon === null;
}
