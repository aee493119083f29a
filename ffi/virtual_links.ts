/**
 * Virtual interfaces: {@linkcode VirtualLinks} through rtnetlink.
 */
import { encodeDeleteLink, encodeLinkFlags, encodeNewMacvlan, IFF } from "../core/packet/rtnetlink.ts";
import type { BufferWish, OsResult, VirtualLinks } from "../core/ports.ts";
import { C } from "./constants.ts";
import { DONE, ERRNO, refusal } from "./errno.ts";
import { interfaceIndexOrZero } from "./interface_name.ts";
import type { Libc } from "./libc.ts";
import { NetlinkRequester } from "./netlink.ts";

/** Private: frames of one virtual router are no business of the others on the same host. */
const MACVLAN_MODE_PRIVATE = 1;

/** @throws {OsError} where netlink is not to be had */
export function openVirtualLinks(libc: Libc, wish: BufferWish | null = null): VirtualLinks {
  const netlink = new NetlinkRequester(libc, C.NETLINK_ROUTE, wish);
  const onIndex = (name: string, encode: (index: number) => Uint8Array): OsResult => {
    const index = interfaceIndexOrZero(libc, name);
    return index === 0 ? refusal(ERRNO.ENODEV) : netlink.request([encode(index)])[0]!;
  };
  return {
    create: (link) => netlink.request([encodeNewMacvlan({ ...link, mode: MACVLAN_MODE_PRIVATE })])[0]!,
    bringUp: (name) => onIndex(name, (index) => encodeLinkFlags(index, IFF.UP, IFF.UP)),
    remove(name) {
      const result = onIndex(name, encodeDeleteLink);
      return !result.ok && result.errno === ERRNO.ENODEV ? DONE : result;
    },
    [Symbol.dispose]: () => netlink[Symbol.dispose](),
  };
}
