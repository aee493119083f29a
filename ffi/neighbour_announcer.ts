/**
 * Gratuitous ARP and unsolicited neighbour advertisements: {@linkcode NeighbourAnnouncer} through a packet socket.
 */
import { familyOf, type IpAddress } from "../core/net/address.ts";
import { BROADCAST_MAC, multicastMac6, parseMac } from "../core/net/mac.ts";
import { encodeGratuitousArp, ETHERTYPE_ARP } from "../core/packet/arp.ts";
import { ALL_NODES, encodeNeighbourAdvertisement, ETHERTYPE_IPV6 } from "../core/packet/ndp.ts";
import type { NeighbourAnnouncer, OsResult } from "../core/ports.ts";
import { C } from "./constants.ts";
import { DONE, ERRNO, refusal } from "./errno.ts";
import type { Libc } from "./libc.ts";
import { linkSocketAddress, Socket } from "./socket.ts";

/** Protocol 0: the socket sends, and nothing is ever received on it. */
const RECEIVE_NOTHING = 0;

/** Announcements that are kept ready: a burst repeats each of them several times. */
const KEPT_ANNOUNCEMENTS = 4096;

/** A frame and where it goes out. */
interface Announcement {
  readonly frame: Uint8Array<ArrayBuffer>;
  readonly to: Uint8Array<ArrayBuffer>;
}

/** @throws {OsError} EPERM without CAP_NET_RAW */
export function openNeighbourAnnouncer(libc: Libc): NeighbourAnnouncer {
  const type = C.SOCK_RAW | C.SOCK_NONBLOCK;
  const socket = new Socket(libc, C.AF_PACKET, type, RECEIVE_NOTHING, "packet socket");
  const kept = new Map<string, Announcement>();
  return {
    announce(interfaceIndex, mac, address, { router }): OsResult {
      const key = `${interfaceIndex} ${mac} ${address} ${router}`;
      let ready = kept.get(key);
      if (ready === undefined) {
        if (parseMac(mac) === null) return refusal(ERRNO.EINVAL, `"${mac}" is not an Ethernet address`);
        ready = prepare(interfaceIndex, mac, address, router);
        if (kept.size >= KEPT_ANNOUNCEMENTS) kept.clear();
        kept.set(key, ready);
      }
      const { frame, to } = ready;
      const sent = libc.symbols.sendto(socket.descriptor, frame, BigInt(frame.length), 0, to, to.length);
      return sent < 0 ? refusal(libc.errno()) : DONE;
    },
    [Symbol.dispose]: () => socket[Symbol.dispose](),
  };
}

function prepare(interfaceIndex: number, mac: string, address: IpAddress, router: boolean): Announcement {
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
