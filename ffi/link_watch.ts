/**
 * The rtnetlink monitor: {@linkcode LinkWatch} with the kernel.
 */
import { NETLINK_PORT_OFFSET, NETLINK_TYPE_OFFSET, type NetlinkMessage } from "../core/packet/netlink.ts";
import {
  type AddressRecord,
  ARPHRD_ETHER,
  decodeAddress,
  decodeLink,
  encodeGetAddresses,
  encodeGetLinks,
  IFA_F,
  IFF,
  type LinkRecord,
  RTM,
  RTNLGRP,
} from "../core/packet/rtnetlink.ts";
import type { BufferWish, LinkNotice, LinkWatch } from "../core/ports.ts";
import { C } from "./constants.ts";
import { interfaceNameOf } from "./interface_name.ts";
import type { Libc } from "./libc.ts";
import { NetlinkMonitor, NetlinkRequester } from "./netlink.ts";
import type { BpfInstruction } from "./socket.ts";

/** Notices a call of `read` gives at most about; epoll reports the rest again. */
const NOTICES_PER_READ = 1024;

/**
 * Watches from the moment it is opened, so that a snapshot taken afterwards misses nothing.
 *
 * @param unheard a netlink port, see {@linkcode unlessRenewedBy}; null hears everything
 * @param wish for the receive buffer of what is told; null leaves it at 4 MiB
 * @throws {OsError} where netlink is not to be had
 */
export function openLinkWatch(
  libc: Libc,
  unheard: number | null = null,
  wish: BufferWish | null = null,
): LinkWatch {
  return new KernelLinkWatch(libc, unheard, wish);
}

/**
 * Keeps out that an address was given (or given again) at the request of one port of ours.
 *
 * A thousand masters renew the leases of their addresses several hundred times a second, and the kernel tells everybody
 * of each as of a new address. This is where IPv4 saves most of what a renewal costs; the kernel's notices about IPv6
 * addresses name no port. BPF reads in network order.
 */
function unlessRenewedBy(port: number): readonly BpfInstruction[] {
  const swapped = new DataView(new ArrayBuffer(4));
  swapped.setUint32(0, port, true);
  return [
    { code: C.BPF_LD | C.BPF_H | C.BPF_ABS, k: NETLINK_TYPE_OFFSET, jumpTrue: 0, jumpFalse: 0 },
    { code: C.BPF_JMP | C.BPF_JEQ | C.BPF_K, k: RTM.NEWADDR << 8, jumpTrue: 0, jumpFalse: 3 },
    { code: C.BPF_LD | C.BPF_W | C.BPF_ABS, k: NETLINK_PORT_OFFSET, jumpTrue: 0, jumpFalse: 0 },
    { code: C.BPF_JMP | C.BPF_JEQ | C.BPF_K, k: swapped.getInt32(0), jumpTrue: 0, jumpFalse: 1 },
    { code: C.BPF_RET, k: 0, jumpTrue: 0, jumpFalse: 0 },
    { code: C.BPF_RET, k: -1, jumpTrue: 0, jumpFalse: 0 },
  ];
}

class KernelLinkWatch implements LinkWatch {
  readonly #libc: Libc;
  readonly #monitor: NetlinkMonitor;
  readonly #requester: NetlinkRequester;
  readonly #names = new Map<number, string>();

  constructor(libc: Libc, unheard: number | null, wish: BufferWish | null) {
    this.#libc = libc;
    const groups = [RTNLGRP.LINK, RTNLGRP.IPV4_IFADDR, RTNLGRP.IPV6_IFADDR];
    this.#monitor = new NetlinkMonitor(
      libc,
      C.NETLINK_ROUTE,
      groups,
      unheard === null ? null : unlessRenewedBy(unheard),
      wish,
    );
    try {
      this.#requester = new NetlinkRequester(libc, C.NETLINK_ROUTE);
    } catch (error) {
      this.#monitor[Symbol.dispose]();
      throw error;
    }
  }

  get descriptor(): number {
    return this.#monitor.descriptor;
  }

  snapshot(): readonly LinkNotice[] {
    const links = this.#requester.dump(encodeGetLinks());
    const addresses = this.#requester.dump(encodeGetAddresses(null));
    this.#names.clear();
    return [...links, ...addresses].flatMap((message) => this.#notices(message));
  }

  read(): readonly LinkNotice[] | "overrun" {
    const notices: LinkNotice[] = [];
    while (notices.length < NOTICES_PER_READ) {
      const messages = this.#monitor.read();
      if (messages === "overrun") return "overrun";
      if (messages === null) break;
      for (const message of messages) notices.push(...this.#notices(message));
    }
    return notices;
  }

  [Symbol.dispose](): void {
    this.#monitor[Symbol.dispose]();
    this.#requester[Symbol.dispose]();
  }

  #notices(message: NetlinkMessage): LinkNotice[] {
    const link = decodeLink(message);
    if (link !== null) return link.kind === "new" ? this.#linkChanged(link) : this.#linkRemoved(link);
    const address = decodeAddress(message);
    return address === null ? [] : this.#addressChanged(address);
  }

  /** A link that was renamed is one that went and one that came, with addresses of which the kernel says nothing. */
  #linkChanged(link: LinkRecord): LinkNotice[] {
    const before = this.#names.get(link.index);
    this.#names.set(link.index, link.name);
    const changed = changedNotice(link);
    if (before === undefined || before === link.name) return [changed];
    const addresses = this.#requester.dump(encodeGetAddresses(null)).map(decodeAddress);
    const kept = addresses.filter((address) => address !== null && address.index === link.index);
    return [
      { kind: "link.removed", name: before },
      changed,
      ...kept.flatMap((address) => this.#addressChanged(address!)),
    ];
  }

  #linkRemoved(link: LinkRecord): LinkNotice[] {
    const name = this.#names.get(link.index) ?? link.name;
    this.#names.delete(link.index);
    return [{ kind: "link.removed", name }];
  }

  /** An address of a link that is gone is gone with it, and nobody knows its name any more. */
  #addressChanged(address: AddressRecord): LinkNotice[] {
    const name = this.#names.get(address.index) ?? interfaceNameOf(this.#libc, address.index);
    if (name === null) return [];
    return [{
      kind: address.kind === "new" ? "address.added" : "address.removed",
      address: {
        interface: name,
        address: address.local,
        prefixLength: address.prefixLength,
        secondary: address.family === 4 && (address.flags & IFA_F.SECONDARY) !== 0,
        tentative: (address.flags & IFA_F.TENTATIVE) !== 0,
        ...((address.flags & IFA_F.DADFAILED) === 0 ? {} : { duplicate: true }),
      },
    }];
  }
}

function changedNotice(link: LinkRecord): LinkNotice {
  const upAndRunning = IFF.UP | IFF.RUNNING;
  return {
    kind: "link.changed",
    link: {
      name: link.name,
      index: link.index,
      mac: link.mac,
      mtu: link.mtu,
      up: (link.flags & upAndRunning) === upAndRunning,
      arp: (link.flags & IFF.NOARP) === 0 && link.hardwareType === ARPHRD_ETHER,
      multicast: (link.flags & IFF.MULTICAST) !== 0,
      driver: link.driver,
    },
  };
}
