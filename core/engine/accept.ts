/**
 * Accept mode: a master that is not the address owner drops packets to and from its VIPs where the configuration says
 * so (RFC 9568 section 6.1; `no_accept`, and the rule in strict mode).
 */
import type { Model, VirtualAddress, VrrpInstance } from "../config/model.ts";
import { OWNER_PRIORITY } from "../vrrp/priority.ts";
import type { Router } from "../vrrp/router.ts";
import { addressKey } from "./host.ts";
import * as message from "./object_message.ts";
import type { World } from "./world.ts";

/** keepalived's table and place for it. */
const USUAL = { table: "keepalived", priority: -1 } as const;

/** Chooses the packet filter's table; nothing of an earlier run stays in it. */
export function beginFilter(world: World, model: Model, virtualLinks: boolean): void {
  const priority = model.daemon.kept["nftables_priority"];
  world.out.now({
    kind: "filter.begin",
    table: model.daemon.nftables ?? USUAL.table,
    priority: typeof priority === "number" ? priority : USUAL.priority,
    takeOver: virtualLinks || model.instances.some(blocks),
    counters: model.daemon.kept["nftables_counters"] === true,
  });
}

function blocks({ accept, priority }: VrrpInstance): boolean {
  return !accept && priority !== OWNER_PRIORITY;
}

function blocked(config: VrrpInstance): readonly VirtualAddress[] {
  return blocks(config) ? [...config.addresses, ...config.excludedAddresses] : [];
}

/** Blocks the VIPs of a new master, before they are there. */
export function blockVips(world: World, router: Router, addresses = blocked(router.config)): void {
  if (addresses.length === 0) return;
  const { name } = router.config;
  world.out.log(message.settingDropRule(name));
  world.out.later(router, 1, { kind: "filter.block", instance: name, addresses: addresses.map(place) });
}

/** Lets packets pass again, once the VIPs are gone. */
export function unblockVips(world: World, router: Router, addresses = blocked(router.config)): void {
  if (addresses.length === 0) return;
  const { name } = router.config;
  world.out.log(message.removingDropRule(name));
  world.out.now({ kind: "filter.unblock", instance: name, addresses: addresses.map(place) });
}

/** After a reload of a master: what is no longer to be blocked passes, and what is, does not. */
export function exchangeBlocked(world: World, router: Router, before: VrrpInstance): void {
  const [old, wanted] = [blocked(before), blocked(router.config)];
  const keys = (addresses: readonly VirtualAddress[]) => new Set(addresses.map(addressKey));
  const [oldKeys, wantedKeys] = [keys(old), keys(wanted)];
  unblockVips(world, router, old.filter((vip) => !wantedKeys.has(addressKey(vip))));
  blockVips(world, router, wanted.filter((vip) => !oldKeys.has(addressKey(vip))));
}

function place({ address, interface: name }: VirtualAddress) {
  return { address, interface: name };
}
