/** How many virtual addresses go into an advertisement. */
import type { Family } from "../../net/address.ts";

/** What the count in a packet can say. */
const MOST = 255;
/** Octets of an interface whose size is not known here. */
const ETHERNET_MTU = 1500;
/** keepalived leaves room for it, although the MTU does not count it; two nodes must agree on the list. */
const ETHERNET_HEADER = 14;
const IP_HEADER: Readonly<Record<Family, number>> = { 4: 20, 6: 40 };
const VRRP_HEADER = 8;
/** Version 2 over IPv4 ends with authentication data, used or not. */
const AUTHENTICATION = 8;
const ADDRESS: Readonly<Record<Family, number>> = { 4: 4, 6: 16 };

/** The most addresses that an advertisement carries on an interface; the others are added without being advertised. */
export function packetLimit(family: Family, version: 2 | 3, mtu: number | null): number {
  const authentication = family === 4 && version === 2 ? AUTHENTICATION : 0;
  const room = (mtu ?? ETHERNET_MTU) - ETHERNET_HEADER - IP_HEADER[family] - VRRP_HEADER - authentication;
  return Math.max(0, Math.min(MOST, Math.floor(room / ADDRESS[family])));
}
