/**
 * What an engine that died or hangs leaves in the kernel, and how the main thread takes it off.
 */
import type { Model } from "../../core/config/model.ts";
import type { Route, Rule } from "../../core/config/route_model.ts";
import { resolveModel } from "../../core/engine/resolve.ts";
import type { AddressRemoval } from "../../core/ports.ts";
import { openAddressTable } from "../../ffi/address_table.ts";
import type { Libc } from "../../ffi/libc.ts";
import { openVipFilter } from "../../ffi/vip_filter.ts";
import { openRouteTable } from "../../ffi/route_table.ts";
import { openVirtualLinks } from "../../ffi/virtual_links.ts";
import { changeRoutes, changeRules } from "./dispatch_routes.ts";

/** Everything that a configuration may have put into the kernel, static entries included. */
export interface Leavings {
  readonly addresses: readonly AddressRemoval[];
  readonly routes: readonly Route[];
  readonly rules: readonly Rule[];
  /** Names of virtual interfaces. */
  readonly links: readonly string[];
  readonly filterTable: string;
}

/** What a configuration leaves. */
export function leavingsOf(configuration: Model): Leavings {
  const { model, links } = resolveModel(configuration);
  const { instances, staticAddresses, staticRoutes, staticRules } = model;
  const vips = instances.flatMap(({ addresses, excludedAddresses }) => [...addresses, ...excludedAddresses]);
  return {
    addresses: [...vips, ...staticAddresses].map(({ interface: name, address, prefixLength, peer }) => ({
      interface: name,
      address,
      prefixLength,
      peer,
    })),
    routes: [...instances.flatMap(({ routes }) => routes), ...staticRoutes],
    rules: [...instances.flatMap(({ rules }) => rules), ...staticRules],
    links: links.map(({ link }) => link.name),
    filterTable: model.daemon.nftables ?? "keepalived",
  };
}

/**
 * Takes all of it off this host.
 *
 * @throws {OsError} where netlink is not to be had
 */
export function withdraw(libc: Libc, { addresses, routes, rules, links, filterTable }: Leavings): void {
  using addressTable = openAddressTable(libc);
  addressTable.remove(addresses);
  using virtualLinks = openVirtualLinks(libc);
  for (const name of links) virtualLinks.remove(name);
  using filter = openVipFilter(libc);
  filter.begin(filterTable, 0, false);
  if (routes.length + rules.length === 0) return;
  using routeTable = openRouteTable(libc);
  changeRules(routeTable, { kind: "rule.remove", instance: "", rules });
  changeRoutes(routeTable, { kind: "route.remove", instance: "", routes, loosely: true });
}
