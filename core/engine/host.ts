/**
 * What the engine knows of this host: links and addresses, as the kernel last reported them.
 */
import { type Family, familyOf, type IpAddress } from "../net/address.ts";
import type { Link, LocalAddress } from "./event.ts";

/** Key of an address on an interface. */
export function addressKey(address: { readonly interface: string; readonly address: IpAddress }): string {
  return `${address.interface} ${address.address}`;
}

/** The links and addresses of this host. */
export class Host {
  #links = new Map<string, Link>();
  /** By interface, then by address, in the order in which they came. */
  #addresses = new Map<string, Map<IpAddress, LocalAddress>>();

  get links(): Iterable<Link> {
    return this.#links.values();
  }

  link(name: string): Link | null {
    return this.#links.get(name) ?? null;
  }

  setLink(link: Link): void {
    for (const known of this.#links.values()) {
      // A renamed interface keeps its index.
      if (known.index === link.index && known.name !== link.name) this.removeLink(known.name);
    }
    this.#links.set(link.name, link);
  }

  removeLink(name: string): void {
    this.#links.delete(name);
    this.#addresses.delete(name);
  }

  setAddress(address: LocalAddress): void {
    const known = this.#addresses.get(address.interface);
    if (known === undefined) this.#addresses.set(address.interface, new Map([[address.address, address]]));
    else known.set(address.address, address);
  }

  removeAddress(address: LocalAddress): void {
    this.#addresses.get(address.interface)?.delete(address.address);
  }

  /** Whether an interface carries the address. */
  has({ interface: name, address }: { readonly interface: string; readonly address: IpAddress }): boolean {
    return this.#addresses.get(name)?.has(address) ?? false;
  }

  /** Whether any interface carries the address. */
  owns(address: IpAddress): boolean {
    for (const known of this.#addresses.values()) {
      if (known.has(address)) return true;
    }
    return false;
  }

  addressesOf(name: string): LocalAddress[] {
    return [...this.#addresses.get(name)?.values() ?? []];
  }

  /**
   * The addresses of an interface that an advertisement may come from, best first: no VIP, not known to be somebody
   * else's too, and primary ones before secondary ones. Tentative ones are among them.
   */
  sources(name: string, family: Family, isVip: (address: LocalAddress) => boolean): LocalAddress[] {
    const usable = this.addressesOf(name).filter((address) =>
      familyOf(address.address) === family && !address.duplicate && !isVip(address)
    );
    return [...usable.filter(({ secondary }) => !secondary), ...usable.filter(({ secondary }) => secondary)];
  }
}
