/**
 * The host's packet filter: {@linkcode VipFilter} through nf_tables.
 *
 * ```
 * table ip keepalived {
 *   set vips { type ipv4_addr; }
 *   map vmac_map { type iface_index : iface_index; }
 *   chain in  { type filter hook input priority -1;  ip daddr @vips drop }
 *   chain out { type filter hook output priority -1; ip saddr @vips drop
 *               ip protocol igmp dup to ip daddr device oif map @vmac_map drop }
 * }
 * ```
 *
 * The names are keepalived's, so that tools and people find what they know.
 */
import { addressToBytes, familyOf, type IpAddress, isLinkLocal } from "../core/net/address.ts";
import { ByteWriter } from "../core/net/bytes.ts";
import {
  addElements,
  deleteTable,
  getTable,
  NFPROTO,
  type NftElement,
  type NftMessage,
  type NftTable,
  removeElements,
  transaction,
} from "../core/packet/nf_tables.ts";
import type { BlockedAddress, OsResult, VipFilter } from "../core/ports.ts";
import { C } from "./constants.ts";
import { DONE, ERRNO, OsError, refusal } from "./errno.ts";
import { interfaceIndexOrZero } from "./interface_name.ts";
import type { Libc } from "./libc.ts";
import { NetlinkRequester } from "./netlink.ts";
import {
  COMMENT,
  LINK_LOCAL_SET,
  REPORT_MAP,
  tableMessages,
  VIP_SET,
  VIRTUAL_SET,
} from "./vip_filter_table.ts";

/** Opens nothing yet: a host without nf_tables can do without until something is to be blocked. */
export function openVipFilter(libc: Libc): VipFilter {
  return new KernelVipFilter(libc);
}

interface Entry {
  readonly set: string;
  readonly element: NftElement;
}

class KernelVipFilter implements VipFilter {
  readonly #libc: Libc;
  #name = "keepalived";
  #priority = -1;
  #counters = false;
  #netlink: NetlinkRequester | null = null;
  /** What is in each table, by what it is about. */
  readonly #entries = { 4: new Map<string, Entry>(), 6: new Map<string, Entry>() };
  readonly #made = { 4: false, 6: false };

  constructor(libc: Libc) {
    this.#libc = libc;
  }

  begin(name: string, priority: number, takeOver: boolean, counters = false): OsResult {
    this.#name = name;
    this.#counters = counters;
    this.#priority = priority;
    return this.#attempt(() => {
      for (const family of [4, 6] as const) {
        this.#entries[family].clear();
        this.#made[family] = false;
        const table = this.#table(family);
        if (!takeOver && !this.#isOurs(table)) continue;
        const result = this.#socket().transact(transaction([deleteTable(table)]));
        if (!result.ok && result.errno !== ERRNO.ENOENT) return result;
      }
      return DONE;
    });
  }

  block(addresses: readonly BlockedAddress[]): OsResult {
    return this.#each(
      addresses,
      (family, group) => this.#add(family, new Map(group.map((one) => [keyOf(one), this.#blockEntry(one)]))),
    );
  }

  unblock(addresses: readonly BlockedAddress[]): OsResult {
    return this.#each(addresses, (family, group) => this.#remove(family, group.map(keyOf)));
  }

  divert(virtual: string, parent: string): OsResult {
    return this.#attempt(() => {
      const [from, to] = [virtual, parent].map((name) => interfaceIndexOrZero(this.#libc, name));
      if (from === 0 || to === 0) return refusal(ERRNO.ENODEV);
      const pair = { set: REPORT_MAP, element: { key: number32(from!), value: number32(to!) } };
      const member = { set: VIRTUAL_SET, element: { key: number32(from!) } };
      const first = this.#add(4, new Map([[virtual, pair]]));
      return first.ok ? this.#add(6, new Map([[virtual, pair], [`${virtual} itself`, member]])) : first;
    });
  }

  undivert(virtual: string): OsResult {
    return this.#attempt(() => {
      const first = this.#remove(4, [virtual]);
      return first.ok ? this.#remove(6, [virtual, `${virtual} itself`]) : first;
    });
  }

  [Symbol.dispose](): void {
    this.#netlink?.[Symbol.dispose]();
    this.#netlink = null;
  }

  #each(
    addresses: readonly BlockedAddress[],
    change: (family: 4 | 6, group: readonly BlockedAddress[]) => OsResult,
  ): OsResult {
    return this.#attempt(() => {
      for (const family of [4, 6] as const) {
        const group = addresses.filter(({ address }) => familyOf(address) === family);
        const result = group.length === 0 ? DONE : change(family, group);
        if (!result.ok) return result;
      }
      return DONE;
    });
  }

  #blockEntry({ address, interface: name }: BlockedAddress): Entry {
    const octets = addressToBytes(address);
    if (!isLinkLocal(address)) return { set: VIP_SET, element: { key: octets } };
    const index = number32(interfaceIndexOrZero(this.#libc, name));
    return { set: LINK_LOCAL_SET, element: { key: Uint8Array.of(...octets, ...index) } };
  }

  #add(family: 4 | 6, fresh: ReadonlyMap<string, Entry>): OsResult {
    const known = this.#entries[family];
    for (const [key, entry] of fresh) known.set(key, entry);
    if (!this.#made[family]) return this.#make(family);
    const table = this.#table(family);
    const messages = bySet([...fresh.values()], (set, elements) => addElements(table, set, elements));
    const result = this.#socket().transact(transaction(messages));
    // Somebody flushed the ruleset: everything is made anew.
    return result.ok ? result : this.#make(family);
  }

  #remove(family: 4 | 6, keys: readonly string[]): OsResult {
    const known = this.#entries[family];
    const gone = keys.flatMap((key) => known.get(key) ?? []);
    for (const key of keys) known.delete(key);
    if (gone.length === 0) return DONE;
    const table = this.#table(family);
    const messages = known.size === 0
      ? [deleteTable(table)]
      : bySet(gone, (set, elements) => removeElements(table, set, elements));
    this.#made[family] = known.size > 0;
    const result = this.#socket().transact(transaction(messages));
    if (result.ok || known.size === 0) return result.ok || result.errno === ERRNO.ENOENT ? DONE : result;
    return this.#make(family);
  }

  /** The table with all that belongs into it, in place of one that is there. */
  #make(family: 4 | 6): OsResult {
    const table = this.#table(family);
    const elements = bySet([...this.#entries[family].values()], (set, some) => addElements(table, set, some));
    const [create, ...content] = tableMessages(table, family, this.#priority, this.#counters);
    // Creating it first makes sure that there is one to delete.
    const messages = [create!, deleteTable(table), create!, ...content, ...elements];
    const result = this.#socket().transact(transaction(messages));
    this.#made[family] = result.ok;
    return result;
  }

  /** Whether a table of that name is one that an earlier run of ours made. */
  #isOurs(table: NftTable): boolean {
    try {
      const { payload } = this.#socket().query(getTable(table));
      return new TextDecoder("latin1").decode(payload).includes(COMMENT);
    } catch (error) {
      if (error instanceof OsError) return false;
      throw error;
    }
  }

  #table(family: 4 | 6): NftTable {
    return { family: family === 4 ? NFPROTO.IPV4 : NFPROTO.IPV6, name: this.#name };
  }

  #socket(): NetlinkRequester {
    this.#netlink ??= new NetlinkRequester(this.#libc, C.NETLINK_NETFILTER);
    return this.#netlink;
  }

  #attempt(action: () => OsResult): OsResult {
    try {
      return action();
    } catch (error) {
      if (error instanceof OsError) return error.toResult();
      throw error;
    }
  }
}

function keyOf({ address, interface: name }: BlockedAddress): string {
  return isLinkLocal(address as IpAddress) ? `${address}%${name}` : address;
}

function bySet(
  entries: readonly Entry[],
  message: (set: string, elements: readonly NftElement[]) => NftMessage,
): NftMessage[] {
  const sets = new Map<string, NftElement[]>();
  for (const { set, element } of entries) sets.set(set, [...sets.get(set) ?? [], element]);
  return [...sets].map(([set, elements]) => message(set, elements));
}

/** Interface indices are in the order of the machine. */
function number32(value: number): Uint8Array {
  return new ByteWriter("little", 4).u32(value).finish();
}
