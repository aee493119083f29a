/**
 * The rtnetlink monitor: {@linkcode LinkWatch} with the kernel.
 */
import type { NetlinkMessage } from "../core/packet/netlink.ts";
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
  RTNLGRP,
} from "../core/packet/rtnetlink.ts";
import type { LinkNotice, LinkWatch } from "../core/ports.ts";
import { C } from "./constants.ts";
import { interfaceNameOf } from "./interface_name.ts";
import type { Libc } from "./libc.ts";
import { NetlinkMonitor, NetlinkRequester } from "./netlink.ts";

/** Notices a call of `read` gives at most about; epoll reports the rest again. */
const NOTICES_PER_READ = 1024;

/**
 * Watches from the moment it is opened, so that a snapshot taken afterwards misses nothing.
 *
 * @throws {OsError} where netlink is not to be had
 */
export function openLinkWatch(libc: Libc): LinkWatch {
  return new KernelLinkWatch(libc);
}

class KernelLinkWatch implements LinkWatch {
  readonly #libc: Libc;
  readonly #monitor: NetlinkMonitor;
  readonly #requester: NetlinkRequester;
  readonly #names = new Map<number, string>();

  constructor(libc: Libc) {
    this.#libc = libc;
    const groups = [RTNLGRP.LINK, RTNLGRP.IPV4_IFADDR, RTNLGRP.IPV6_IFADDR];
    this.#monitor = new NetlinkMonitor(libc, C.NETLINK_ROUTE, groups);
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

  /** A link that was renamed is one that went and one that came. */
  #linkChanged(link: LinkRecord): LinkNotice[] {
    const before = this.#names.get(link.index);
    this.#names.set(link.index, link.name);
    const changed = changedNotice(link);
    if (before === undefined || before === link.name) return [changed];
    return [{ kind: "link.removed", name: before }, changed];
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
