/** How large receive buffers are to be: the words that end in `_rcv_bufs`, and those for advertisements. */
import type { Kept } from "./model.ts";
import type { ReceiveBuffer } from "./virtual_server_model.ts";

/** Which netlink sockets a word is about. */
export type BufferedSockets =
  | "vrrp_netlink_cmd"
  | "vrrp_netlink_monitor"
  | "process_monitor"
  | "lvs_netlink_cmd";

/** What the words for some sockets say; null where they say nothing. */
export function receiveBuffer(kept: Kept, sockets: BufferedSockets): ReceiveBuffer | null {
  const length = kept[`${sockets}_rcv_bufs`];
  if (typeof length !== "number" || length === 0) return null;
  return { length, force: kept[`${sockets}_rcv_bufs_force`] === true };
}

/** What an instance adds to the receive buffer of the socket that hears it: octets, or so many times the MTU. */
export type AdvertBuffer = { readonly octets: number } | { readonly mtus: number };

/** Its share by `vrrp_rx_bufs_policy` and `vrrp_rx_bufs_multiplier`; null leaves the buffer as it is. */
export function advertBuffer(kept: Kept, advertLength: number): AdvertBuffer | null {
  const words = kept["vrrp_rx_bufs_policy"];
  const policy = Array.isArray(words) ? words[0] : undefined;
  const factor = kept["vrrp_rx_bufs_multiplier"];
  const multiplier = typeof factor === "number" ? factor : 3;
  if (policy === undefined) return null;
  if (policy === "MTU") return { mtus: multiplier };
  return { octets: policy === "ADVERT" ? advertLength * multiplier : Number(policy) };
}

/** Octets of an advertisement as a raw socket gives it: with the IPv4 header, without that of IPv6. */
export function advertLength(family: 4 | 6, version: 2 | 3, addresses: number): number {
  if (family === 6) return 8 + 16 * addresses;
  return 20 + 8 + 4 * addresses + (version === 2 ? 8 : 0);
}
