/**
 * What happens to the engine of virtual servers: one of its two doors (the other is `lvs_effect.ts`).
 *
 * As in `event.ts`, events are plain data and time is never inside.
 */
import type { ProbeResult } from "../check/verdict.ts";
import type { LoadBalancer } from "../config/virtual_server_model.ts";
import type { IpAddress } from "../net/address.ts";
import type { TableEntry, TableOperation } from "../packet/ipvs.ts";

/** The kernel's table of services as it is, or why there is none. */
export type TableReading =
  | { readonly ok: true; readonly entries: readonly TableEntry[] }
  | { readonly ok: false; readonly reason: string };

/** All that the engine can be told. */
export type LvsEvent =
  /** First event. `seed` scatters the first checks; `addresses` are all of this host. */
  | {
    readonly kind: "start";
    readonly loadBalancer: LoadBalancer;
    readonly table: TableReading;
    readonly addresses: readonly IpAddress[];
    readonly seed: number;
  }
  /** A new configuration that passed validation, and the table as it is now. */
  | { readonly kind: "reload"; readonly loadBalancer: LoadBalancer; readonly table: TableReading }
  /** Let go of everything; with `keepTable` the kernel goes on balancing without us. */
  | { readonly kind: "stop"; readonly keepTable: boolean }
  /** `nextWakeup()` has passed. */
  | { readonly kind: "timer" }
  /** `duration` in ms. */
  | {
    readonly kind: "probe.ended";
    readonly probe: number;
    readonly result: ProbeResult;
    readonly duration: number;
  }
  /** The answer to a `table.read` effect. */
  | { readonly kind: "table.reading"; readonly table: TableReading }
  /** The kernel refused an operation; `reason` is like `ENOENT (No such file or directory)`. */
  | { readonly kind: "table.refused"; readonly operation: TableOperation; readonly reason: string }
  | { readonly kind: "address.added" | "address.removed"; readonly address: IpAddress }
  /** A track file was read; a missing one counts as 0. */
  | { readonly kind: "file.read"; readonly name: string; readonly value: number }
  | { readonly kind: "bfd.changed"; readonly name: string; readonly up: boolean }
  /** A VRRP instance became master or ceased to be. */
  | { readonly kind: "instance.changed"; readonly instance: string; readonly master: boolean };
