/**
 * The kernel's load balancer as the engine of virtual servers uses it: opened when there is one, read, changed.
 */
import type { LvsEffect } from "../../core/engine/lvs_effect.ts";
import type { LvsEvent, TableReading } from "../../core/engine/lvs_event.ts";
import type { IpvsDaemon, IpvsTimeouts, TableOperation } from "../../core/packet/ipvs.ts";
import type { IpvsTable, OsResult } from "../../core/ports.ts";
import { reasonOf } from "../exit_codes.ts";

/** A change of the table that the kernel refused. */
export type TableRefusal = Extract<LvsEvent, { kind: "table.refused" }>;

/** What the balancer needs of the host. */
export interface BalancerHost {
  /** @throws {Error} where the kernel has none */
  readonly open: () => IpvsTable;
  /** Loads the kernel's module; asked once. */
  readonly loadModule: () => void;
  /** Something that went wrong and changes nothing. */
  readonly warn: (text: string) => void;
}

/** Operations in a row before others on this thread have their turn: some 10 ms of work. */
const OPERATIONS = 2048;

/** The kernel's load balancer, or the lack of it. */
export class Balancer implements Disposable {
  readonly #host: BalancerHost;
  #table: IpvsTable | null = null;
  #asked = false;
  #originalTimeouts: IpvsTimeouts | null = null;

  constructor(host: BalancerHost) {
    this.#host = host;
  }

  /** The table as it is. */
  read(): TableReading {
    try {
      const entries = this.#open().read().map(({ service, destinations }) => ({ service, destinations }));
      return { ok: true, entries };
    } catch (error) {
      this.#close();
      return { ok: false, reason: reasonOf(error) };
    }
  }

  /** The table with its counters, for the status; null where there is none. */
  records(): ReturnType<IpvsTable["read"]> | null {
    try {
      return this.#table?.read() ?? null;
    } catch {
      return null;
    }
  }

  /** Changes the table; what was refused. */
  apply(operations: readonly TableOperation[]): TableRefusal[] {
    const refusals: TableRefusal[] = [];
    for (let at = 0; at < operations.length; at += OPERATIONS) {
      const portion = operations.slice(at, at + OPERATIONS);
      const results = this.#attempt((table) => table.apply(portion));
      for (const [i, operation] of portion.entries()) {
        const result = results.ok ? results.value[i]! : results;
        if (!result.ok) refusals.push({ kind: "table.refused", operation, reason: result.reason });
      }
    }
    return refusals;
  }

  flush(): void {
    this.#warn("empty the IPVS table", this.#attempt((table) => table.flush()));
  }

  /** Sets idle times; null leaves one as it is. */
  setTimeouts({ tcp, tcpFin, udp }: Extract<LvsEffect, { kind: "timeouts.set" }>["timeouts"]): void {
    const seconds = (ms: number | null) => ms === null ? 0 : Math.round(ms / 1000);
    const wanted = { tcp: seconds(tcp), tcpFin: seconds(tcpFin), udp: seconds(udp) };
    this.#warn(
      "set IPVS timeouts",
      this.#attempt((table) => {
        this.#originalTimeouts ??= table.timeouts();
        return table.setTimeouts(wanted);
      }),
    );
  }

  /** What they were before the first change. */
  restoreTimeouts(): void {
    const original = this.#originalTimeouts;
    if (original === null) return;
    this.#warn("restore IPVS timeouts", this.#attempt((table) => table.setTimeouts(original)));
  }

  /** Starts and stops roles of the sync daemon until these run, and no others. */
  setRoles(roles: readonly IpvsDaemon[]): void {
    const done = this.#attempt((table) => {
      const running = table.daemons();
      for (const daemon of running) {
        if (!roles.some((role) => isSameRole(role, daemon))) {
          this.#warn(`stop the IPVS sync daemon (${daemon.state})`, table.stopDaemon(daemon));
        }
      }
      for (const role of roles) {
        if (running.some((daemon) => isSameRole(role, daemon))) continue;
        this.#warn(`start the IPVS sync daemon (${role.state})`, table.startDaemon(role));
      }
      return { ok: true } as const;
    });
    this.#warn("set the roles of the IPVS sync daemon", done);
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #open(): IpvsTable {
    if (this.#table !== null) return this.#table;
    try {
      this.#table = this.#host.open();
    } catch {
      if (!this.#asked) this.#host.loadModule();
      this.#asked = true;
      this.#table = this.#host.open();
    }
    return this.#table;
  }

  #close(): void {
    this.#table?.[Symbol.dispose]();
    this.#table = null;
  }

  #attempt<Value>(work: (table: IpvsTable) => Value): Attempt<Value> {
    try {
      return { ok: true, value: work(this.#open()) };
    } catch (error) {
      this.#close();
      return { ok: false, reason: reasonOf(error) };
    }
  }

  #warn(action: string, result: Attempt<OsResult> | OsResult): void {
    const refusal = !result.ok ? result : "value" in result && !result.value.ok ? result.value : null;
    if (refusal !== null) this.#host.warn(`Cannot ${action}: ${refusal.reason}`);
  }
}

type Attempt<Value> = { readonly ok: true; readonly value: Value } | {
  readonly ok: false;
  readonly reason: string;
};

function isSameRole(wanted: IpvsDaemon, running: IpvsDaemon): boolean {
  return wanted.state === running.state && wanted.interface === running.interface &&
    wanted.syncId === running.syncId && sameOrFree(wanted.maxLength, running.maxLength) &&
    sameOrFree(wanted.group, running.group) && sameOrFree(wanted.port, running.port) &&
    sameOrFree(wanted.ttl, running.ttl);
}

function sameOrFree<Value>(wanted: Value | null, running: Value | null): boolean {
  return wanted === null || wanted === running;
}
