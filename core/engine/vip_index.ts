/**
 * Who holds which VIP: found by address or by key, however many instances there are.
 */
import type { VirtualAddress } from "../config/model.ts";
import { type IpAddress, isLinkLocal } from "../net/address.ts";
import type { Router } from "../vrrp/router.ts";
import { addressKey } from "./host.ts";

/** A router and one of its VIPs. */
export interface VipHolder {
  readonly router: Router;
  readonly vip: VirtualAddress;
}

const NOBODY: readonly VipHolder[] = [];

/** All VIPs of the configuration. */
export class VipIndex {
  #addresses = new Set<IpAddress>();
  #holders = new Map<string, VipHolder[]>();

  add(router: Router, vip: VirtualAddress): void {
    this.#addresses.add(vip.address);
    const key = addressKey(vip);
    const holders = this.#holders.get(key);
    if (holders === undefined) this.#holders.set(key, [{ router, vip }]);
    else holders.push({ router, vip });
  }

  /**
   * Whether some instance calls the address a VIP: it is never a source then.
   *
   * A link-local one is a VIP on its own interface alone: fe80::1 may be a VIP here and a router's own address there.
   */
  isVip(local: { readonly interface: string; readonly address: IpAddress }): boolean {
    if (isLinkLocal(local.address)) return this.#holders.has(addressKey(local));
    return this.#addresses.has(local.address);
  }

  /** The instances that want the address on that interface. */
  holdersOf(key: string): readonly VipHolder[] {
    return this.#holders.get(key) ?? NOBODY;
  }

  /** Whether none of those that want an address is its master: on the host, it is somebody else's doing. */
  isStray(key: string): boolean {
    return this.holdersOf(key).every(({ router }) => router.state !== "master");
  }
}
