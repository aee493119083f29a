/**
 * Gratuitous ARP and unsolicited neighbour advertisements: {@linkcode NeighbourAnnouncer} through a packet socket.
 */
import { familyOf, type IpAddress } from "../core/net/address.ts";
import { BROADCAST_MAC, multicastMac6 } from "../core/net/mac.ts";
import { encodeGratuitousArp, ETHERTYPE_ARP } from "../core/packet/arp.ts";
import { ALL_NODES, encodeNeighbourAdvertisement, ETHERTYPE_IPV6 } from "../core/packet/ndp.ts";
import type { NeighbourAnnouncer, OsResult } from "../core/ports.ts";
import { C } from "./constants.ts";
import { DONE, refusal } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { linkSocketAddress, Socket } from "./socket.ts";

/** Protocol 0: the socket sends, and nothing is ever received on it. */
const RECEIVE_NOTHING = 0;

/** @throws {OsError} EPERM without CAP_NET_RAW */
export function openNeighbourAnnouncer(libc: Libc): NeighbourAnnouncer {
  const type = C.SOCK_RAW | C.SOCK_NONBLOCK;
  const socket = new Socket(libc, C.AF_PACKET, type, RECEIVE_NOTHING, "packet socket");
  return {
    announce(interfaceIndex, mac, address, options): OsResult {
      const { frame, to } = announcement(interfaceIndex, mac, address, options.router);
      const length = BigInt(frame.length);
      const sent = libc.symbols.sendto(socket.descriptor, frame, length, 0, to, to.length);
      return sent < 0 ? refusal(libc.errno()) : DONE;
    },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}

function announcement(interfaceIndex: number, mac: string, address: IpAddress, router: boolean) {
  if (familyOf(address) === 4) {
    return {
      frame: encodeGratuitousArp(mac, address),
      to: linkSocketAddress(interfaceIndex, ETHERTYPE_ARP, BROADCAST_MAC),
    };
  }
  return {
    frame: encodeNeighbourAdvertisement(mac, address, router),
    to: linkSocketAddress(interfaceIndex, ETHERTYPE_IPV6, multicastMac6(ALL_NODES)),
  };
}
