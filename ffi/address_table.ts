/**
 * The kernel's address table: {@linkcode AddressTable} through rtnetlink.
 */
import { encodeDeleteAddress, encodeNewAddress, IFA_F } from "../core/packet/rtnetlink.ts";
import type { AddressRemoval, AddressSpec, AddressTable, BufferWish, OsResult } from "../core/ports.ts";
import { familyOf } from "../core/net/address.ts";
import { C } from "./constants.ts";
import { DONE, ERRNO, refusal } from "./errno.ts";
import { interfaceIndexOrZero } from "./interface_name.ts";
import type { Libc } from "./libc.ts";
import { NetlinkRequester } from "./netlink.ts";

/** iproute2's names of address flags. */
const FLAG_BITS: Readonly<Record<string, number>> = {
  home: IFA_F.HOMEADDRESS,
  nodad: IFA_F.NODAD,
  mngtmpaddr: IFA_F.MANAGETEMPADDR,
  noprefixroute: IFA_F.NOPREFIXROUTE,
  autojoin: IFA_F.MCAUTOJOIN,
};

/** The table, and what a link watch needs to know to be left alone with renewals. */
export interface RenewingAddressTable extends AddressTable {
  /** The netlink port that renewals come from. */
  readonly renewalPort: number;
}

/** @throws {OsError} where netlink is not to be had */
export function openAddressTable(libc: Libc, wish: BufferWish | null = null): RenewingAddressTable {
  return new KernelAddressTable(libc, wish);
}

class KernelAddressTable implements RenewingAddressTable {
  readonly renewalPort: number;
  readonly #libc: Libc;
  readonly #netlink: NetlinkRequester;
  /** A socket of its own, so that the kernel's notices of renewals can be told from all others. */
  readonly #renewals: NetlinkRequester;
  /** Requests as they were encoded: a lease is renewed with the very same specification for months. */
  readonly #requests = new WeakMap<AddressSpec, { readonly index: number; readonly request: Uint8Array }>();
  /** The IPv6 addresses that were added with a lease. */
  readonly #leased = new Map<string, AddressSpec>();

  constructor(libc: Libc, wish: BufferWish | null) {
    this.#libc = libc;
    using stack = new DisposableStack();
    this.#netlink = stack.use(new NetlinkRequester(libc, C.NETLINK_ROUTE, wish));
    this.#renewals = stack.use(new NetlinkRequester(libc, C.NETLINK_ROUTE, wish));
    this.renewalPort = this.#renewals.port;
    stack.move();
  }

  add(addresses: readonly AddressSpec[]): readonly OsResult[] {
    for (const spec of addresses) {
      if (spec.lease !== null && familyOf(spec.address) === 6) this.#leased.set(keyOf(spec), spec);
    }
    return this.#change(this.#netlink, addresses, (spec, index) => this.#encoded(spec, index));
  }

  renew(addresses: readonly AddressSpec[]): readonly OsResult[] {
    return this.#change(this.#renewals, addresses, (spec, index) => this.#encoded(spec, index));
  }

  remove(addresses: readonly AddressRemoval[]): readonly OsResult[] {
    this.#makePermanent(addresses);
    const results = this.#change(this.#netlink, addresses, (removal, index) =>
      encodeDeleteAddress({
        index,
        local: removal.address,
        prefixLength: removal.prefixLength,
        peer: removal.peer ?? null,
      }));
    return results.map((result) => isGone(result) ? DONE : result);
  }

  [Symbol.dispose](): void {
    this.#netlink[Symbol.dispose]();
    this.#renewals[Symbol.dispose]();
  }

  /**
   * Linux removes the prefix route of an IPv6 address with the address only where that one is for ever; that of a
   * leased one runs out on its own, and is listed up to half a minute longer.
   */
  #makePermanent(removals: readonly AddressRemoval[]): void {
    const held: AddressSpec[] = [];
    for (const removal of removals) {
      const spec = this.#leased.get(keyOf(removal));
      if (spec === undefined) continue;
      this.#leased.delete(keyOf(removal));
      held.push({ ...spec, lease: null, preferredLifetime: null });
    }
    if (held.length > 0) this.#change(this.#renewals, held, encoded);
  }

  #encoded(spec: AddressSpec, index: number): Uint8Array {
    const known = this.#requests.get(spec);
    if (known?.index === index) return known.request;
    const request = encoded(spec, index);
    this.#requests.set(spec, { index, request });
    return request;
  }

  /** One batch for all whose interface exists; ENODEV in the place of the others. */
  #change<Item extends { readonly interface: string; readonly interfaceIndex?: number }>(
    netlink: NetlinkRequester,
    items: readonly Item[],
    encode: (item: Item, index: number) => Uint8Array,
  ): OsResult[] {
    const indices = new Map(items.map((item) => [item.interface, item.interfaceIndex ?? 0]));
    for (const [name, former] of indices) {
      indices.set(name, interfaceIndexOrZero(this.#libc, name) || former);
    }
    const requests: Uint8Array[] = [];
    for (const item of items) {
      const index = indices.get(item.interface)!;
      if (index !== 0) requests.push(encode(item, index));
    }
    const answers = netlink.request(requests).values();
    return items.map((item) =>
      indices.get(item.interface) === 0 ? refusal(ERRNO.ENODEV) : answers.next().value!
    );
  }
}

function keyOf({ interface: name, address, prefixLength }: AddressRemoval): string {
  return `${name} ${address}/${prefixLength}`;
}

function encoded(spec: AddressSpec, index: number): Uint8Array {
  return encodeNewAddress({
    index,
    local: spec.address,
    prefixLength: spec.prefixLength,
    peer: spec.peer,
    scope: spec.scope,
    flags: spec.flags.reduce((bits, flag) => bits | (FLAG_BITS[flag] ?? 0), 0),
    label: spec.label,
    broadcast: spec.broadcast,
    validLifetime: spec.lease,
    preferredLifetime: spec.preferredLifetime,
  });
}

function isGone(result: OsResult): boolean {
  return !result.ok && (result.errno === ERRNO.EADDRNOTAVAIL || result.errno === ERRNO.ENODEV);
}
