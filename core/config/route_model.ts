/**
 * Routes and policy rules that come and go with an instance, or stay from start to stop. Part of `model.ts`.
 */
import type { Family, IpAddress } from "../net/address.ts";
import type { Kept, VirtualAddress } from "./model.ts";

/** A line of `static_ipaddress`. */
export interface StaticAddress extends VirtualAddress {
  /** `track_group`; null means none. */
  readonly trackGroup: string | null;
}

/** A line of `virtual_routes` or `static_routes`, as `ip route` understands it. */
export interface Route {
  readonly family: Family;
  /** `0.0.0.0/0` and `::/0` for `default`. */
  readonly destination: IpAddress;
  readonly prefixLength: number;
  readonly type: RouteType;
  /** `via`; its family may differ from the route's. */
  readonly gateway: IpAddress | null;
  /** `dev`; null lets the kernel find it. */
  readonly interface: string | null;
  /** `src` */
  readonly source: IpAddress | null;
  /** `table`: a number, or a name of rt_tables; null means main. */
  readonly table: string | null;
  /** `metric`; 0 leaves the kernel's value. */
  readonly metric: number;
  /** `scope` 0..255; null means what the kernel would choose. */
  readonly scope: number | null;
  readonly onlink: boolean;
  /** false with `no_track`: removal by someone else is not noticed. */
  readonly tracked: boolean;
  /** `track_group` of static routes. */
  readonly trackGroup: string | null;
  /** `nexthop`, each the words behind it. */
  readonly nexthops: readonly (readonly string[])[];
  /** The options that nothing acts on yet, by their words: `mtu`, `realms`, `encap` … */
  readonly kept: Kept;
}

/** The kind of a route. */
export type RouteType =
  | "unicast"
  | "local"
  | "broadcast"
  | "multicast"
  | "throw"
  | "unreachable"
  | "prohibit"
  | "blackhole"
  | "nat";

/** A line of `virtual_rules` or `static_rules`, as `ip rule` understands it. */
export interface Rule {
  readonly family: Family;
  /** Selectors; null matches everything. */
  readonly from: { readonly address: IpAddress; readonly prefixLength: number } | null;
  readonly to: { readonly address: IpAddress; readonly prefixLength: number } | null;
  readonly fwmark: { readonly mark: number; readonly mask: number | null } | null;
  /** `iif`; null is any. */
  readonly inputInterface: string | null;
  /** A number, or a name of rt_tables; null where an action or `goto` stands instead. */
  readonly table: string | null;
  /** `preference`; null leaves the choice to us. */
  readonly preference: number | null;
  /** false with `no_track`. */
  readonly tracked: boolean;
  /** `track_group` of static rules. */
  readonly trackGroup: string | null;
  /** The words that nothing acts on yet: `oif`, `uidrange`, `goto`, `type` … */
  readonly kept: Kept;
}
