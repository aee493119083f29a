/**
 * Performs effects on the host around the VIPs: virtual interfaces, kernel settings, the packet filter.
 */
import type { Effect, VirtualLink } from "../../core/engine/effect.ts";
import type { OsResult, VipFilter, VirtualLinks } from "../../core/ports.ts";
import type { Failure } from "./dispatch.ts";
import type { InterfaceSettings } from "./interface_settings.ts";
import type { LinkInventory } from "./link_inventory.ts";

/** The doors that these effects need. */
export interface HostOutlets {
  readonly virtualLinks: VirtualLinks;
  readonly settings: InterfaceSettings;
  readonly filter: VipFilter;
  readonly inventory: LinkInventory;
}

/** Effects on the host around the VIPs. */
export type HostEffect = Extract<
  Effect,
  {
    kind:
      | "filter.begin"
      | "filter.block"
      | "filter.unblock"
      | "link.create"
      | "link.remove"
      | "setting.set"
      | "setting.restore";
  }
>;

const NONE: readonly Failure[] = [];
const NO_SUCH_DEVICE: OsResult = { ok: false, errno: 19, reason: "ENODEV (No such device)" };

/** Performs one of them and returns what was refused. */
export function performOnHost(outlets: HostOutlets, effect: HostEffect): readonly Failure[] {
  const { filter, settings } = outlets;
  switch (effect.kind) {
    case "filter.begin": {
      const { table, priority, takeOver, counters } = effect;
      const result = filter.begin(table, priority, takeOver, counters);
      // A host without nf_tables can do without it as long as nothing is blocked.
      return takeOver ? failed(effect, "", table, result) : ignored(result);
    }
    case "filter.block":
      return failed(effect, effect.instance, addressesOf(effect), filter.block(effect.addresses));
    case "filter.unblock":
      return failed(effect, effect.instance, addressesOf(effect), filter.unblock(effect.addresses));
    case "link.create":
      return createLink(outlets, effect.instance, effect.link);
    case "link.remove":
      return removeLink(outlets, effect.instance, effect.name);
    case "setting.set":
      return effect.settings.flatMap(({ name, value }) =>
        failed(effect, "", `${name} of ${effect.interface}`, settings.set(effect.interface, name, value))
      );
    case "setting.restore":
      return effect.names.flatMap((name) =>
        failed(effect, "", `${name} of ${effect.interface}`, settings.restore(effect.interface, name))
      );
  }
}

/**
 * Settings of a virtual interface: no address and no router solicitation of its own; ARP for what is on it alone; and
 * packets of other masters with our own address in them are heard.
 */
function settingsOf(
  { family }: VirtualLink,
  { settings }: HostOutlets,
): readonly (readonly [string, string])[] {
  const ipv4 = [
    ["ipv4/arp_ignore", "1"],
    ["ipv4/accept_local", "1"],
    ["ipv4/promote_secondaries", "1"],
    // Answers leave by the interface below. The stricter of this and the host's own setting holds, and 2 is more than 1.
    ["ipv4/rp_filter", settings.ofHost("ipv4/rp_filter") === "1" ? "2" : "0"],
  ] as const;
  const ipv6 = family === 6
    ? [["ipv6/addr_gen_mode", "1"], ["ipv6/accept_ra", "0"]] as const
    : [["ipv6/disable_ipv6", "1"]] as const;
  return [...ipv4, ...ipv6];
}

/** What is set before it is up is in force from its first packet on. */
function createLink(outlets: HostOutlets, instance: string, link: VirtualLink): readonly Failure[] {
  const { virtualLinks, settings, filter, inventory } = outlets;
  const parent = inventory.link(link.parent);
  const { name, mac, group } = link;
  const created = parent === undefined
    ? NO_SUCH_DEVICE
    : virtualLinks.create({ name, parentIndex: parent.index, mac, group });
  if (!created.ok) return failed({ kind: "link.create" }, instance, name, created);
  const failures: Failure[] = [];
  for (const [setting, value] of settingsOf(link, outlets)) {
    // A kernel without IPv6 has no settings of it.
    const result = settings.set(name, setting, value);
    if (setting.startsWith("ipv4/")) {
      failures.push(...failed({ kind: "setting.set" }, "", `${setting} of ${name}`, result));
    }
  }
  failures.push(...failed({ kind: "filter.begin" }, instance, name, filter.divert(name, link.parent)));
  const up = virtualLinks.bringUp(name);
  if (!up.ok) {
    removeLink(outlets, instance, name);
    return [...failures, ...failed({ kind: "link.create" }, instance, name, up)];
  }
  return failures;
}

function removeLink(
  { virtualLinks, filter }: HostOutlets,
  instance: string,
  name: string,
): readonly Failure[] {
  filter.undivert(name);
  return failed({ kind: "link.remove" }, instance, name, virtualLinks.remove(name));
}

function addressesOf({ addresses }: { readonly addresses: readonly { readonly address: string }[] }): string {
  return addresses.map(({ address }) => address).join(", ");
}

function failed(
  { kind }: { readonly kind: HostEffect["kind"] },
  instance: string,
  subject: string,
  result: OsResult,
): readonly Failure[] {
  if (result.ok) return NONE;
  return [{ kind: "effect.failed", effect: kind, instance, subject, reason: result.reason }];
}

function ignored(_result: OsResult): readonly Failure[] {
  return NONE;
}
