/**
 * What the engine wants done: one of the two doors (the other is `event.ts`).
 *
 * An effect is plain data that survives a JSON round trip. The edge performs effects in the order given. One that
 * fails comes back as an `effect.failed` event; one that the kernel confirms (an address, a link) comes back as the
 * kernel's own notice.
 */
import type { Command, NotifyState, VirtualAddress } from "../config/model.ts";
import type { Route, Rule } from "../config/route_model.ts";
import type { Family, IpAddress } from "../net/address.ts";
import type { OutgoingHeader } from "../packet/authentication_header.ts";
import type { BfdPacket } from "../packet/bfd.ts";
import type { Advertisement } from "../packet/vrrp.ts";
import type { Message } from "./message.ts";

/** Where the advertisements of one instance are heard. */
export interface ListenAddress {
  readonly instance: string;
  readonly interface: string;
  readonly vrid: number;
  readonly family: 4 | 6;
  /** The multicast group to join; null for unicast. */
  readonly group: IpAddress | null;
  /** Octets that it adds to the receive buffer of its socket; absent leaves that as it is. */
  readonly receiveBuffer?: number;
  /** Our own address: what a unicast socket binds to, and what a multicast sender uses. */
  readonly source: IpAddress;
  /** `auth_type AH`: packets with an authentication header, and no others. */
  readonly authenticated?: boolean;
}

/**
 * One advertisement to one or more destinations.
 *
 * The engine hands out the very same object as long as nothing in it changed, so that the edge may keep the encoded
 * packet beside it; a signed one is another each time.
 */
export interface AdvertSend {
  readonly kind: "advert.send";
  readonly instance: string;
  readonly interface: string;
  readonly source: IpAddress;
  /** The multicast group, or each unicast peer. */
  readonly destinations: readonly IpAddress[];
  readonly ttl: number;
  /** Version 3 over IPv4: leave the pseudo-header out of the checksum. */
  readonly checksumWithoutPseudoHeader: boolean;
  /** What the checksum takes for the destination; absent: the destination itself. */
  readonly checksumFor?: IpAddress;
  readonly advertisement: Advertisement;
  /** The trailer of `auth_hmac`, one character an octet; absent without one. */
  readonly trailer?: string;
  /** The header of `auth_type AH`; absent without it. */
  readonly header?: OutgoingHeader;
}

/** An address with the lifetime that the kernel is to give it. */
export interface LeasedAddress extends VirtualAddress {
  /** Valid and preferred lifetime in whole seconds, or null for ever. */
  readonly lease: number | null;
}

/** A virtual interface with the virtual router's hardware address (RFC 9568 section 7.3). */
export interface VirtualLink {
  readonly name: string;
  /** The interface that it stands on. */
  readonly parent: string;
  readonly mac: string;
  /** Interface group; null means the default one. */
  readonly group: number | null;
  /** Family of the VIPs that it is for. */
  readonly family: Family;
}

/** Where the packets of a BFD session go, and how they leave; see `core/ports.ts`. */
export interface BfdEndpoint {
  readonly neighbour: IpAddress;
  readonly source: IpAddress | null;
  readonly sourcePort: number;
  readonly ttl: number;
  readonly port: number;
}

/** A kernel setting of an interface, such as `ipv4/arp_ignore`. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** All that the engine can ask for. */
export type Effect =
  | { readonly kind: "advert.listen"; readonly listen: ListenAddress }
  | { readonly kind: "advert.unlisten"; readonly instance: string }
  | AdvertSend
  /** Add or refresh addresses (an existing one gets the new lifetime). `instance` is "" for static ones. */
  | { readonly kind: "address.add"; readonly instance: string; readonly addresses: readonly LeasedAddress[] }
  /** Remove addresses; one that is not there is no failure. */
  | {
    readonly kind: "address.remove";
    readonly instance: string;
    readonly addresses: readonly VirtualAddress[];
  }
  /** One round of gratuitous ARP (IPv4) or unsolicited neighbour advertisements (IPv6). */
  | {
    readonly kind: "address.announce";
    readonly instance: string;
    readonly addresses: readonly { readonly address: IpAddress; readonly interface: string }[];
  }
  /** Add routes; the very same one being there is no failure. `instance` is "" for static ones. */
  | { readonly kind: "route.add"; readonly instance: string; readonly routes: readonly Route[] }
  /** Remove routes; `loosely` takes any of ours to the same place. One that is not there is no failure. */
  | {
    readonly kind: "route.remove";
    readonly instance: string;
    readonly routes: readonly Route[];
    readonly loosely: boolean;
  }
  /** Add or remove policy rules, in the same manner. */
  | { readonly kind: "rule.add" | "rule.remove"; readonly instance: string; readonly rules: readonly Rule[] }
  /** Choose the packet filter's table; one that an earlier run left is removed, with `takeOver` anybody's. */
  | {
    readonly kind: "filter.begin";
    readonly table: string;
    readonly priority: number;
    readonly takeOver: boolean;
    /** The rules count what they match. */
    readonly counters: boolean;
  }
  /** Drop packets to and from VIPs, or let them pass again. */
  | {
    readonly kind: "filter.block" | "filter.unblock";
    readonly instance: string;
    readonly addresses: readonly { readonly address: IpAddress; readonly interface: string }[];
  }
  /** Make a virtual interface (macvlan), set it up and bring it up, or remove one. */
  | { readonly kind: "link.create"; readonly instance: string; readonly link: VirtualLink }
  | { readonly kind: "link.remove"; readonly instance: string; readonly name: string }
  /** Give kernel settings of an interface (below /proc/sys/net) a value, or the one that they had before. */
  | { readonly kind: "setting.set"; readonly interface: string; readonly settings: readonly Setting[] }
  | { readonly kind: "setting.restore"; readonly interface: string; readonly names: readonly string[] }
  /** Open the sockets of a BFD session, or open them anew. */
  | { readonly kind: "bfd.open"; readonly session: string; readonly endpoint: BfdEndpoint }
  | { readonly kind: "bfd.close"; readonly session: string }
  | { readonly kind: "bfd.send"; readonly session: string; readonly packet: BfdPacket }
  /** What the checkers of real servers are told of a BFD session. */
  | { readonly kind: "bfd.changed"; readonly name: string; readonly up: boolean }
  /** Run a track script once; the edge answers with `script.finished`. */
  | {
    readonly kind: "script.run";
    readonly script: string;
    readonly command: Command;
    readonly timeout: number;
  }
  /** Run notify scripts one after the other, behind any that still run for the same object. */
  | {
    readonly kind: "notify";
    readonly object: "INSTANCE" | "GROUP";
    readonly name: string;
    readonly state: NotifyState | "MASTER_PRIORITY" | "BACKUP_PRIORITY";
    /** Effective priority; 0 for a group. */
    readonly priority: number;
    /** In the order to run; each with all its arguments. */
    readonly commands: readonly Command[];
    /** `smtp_alert` is on for this object. */
    readonly mail: boolean;
    /** No transition: FIFOs alone hear of it. */
    readonly fifoOnly?: true;
    /** Why, one sentence; "" for a group. */
    readonly reason: string;
  }
  | { readonly kind: "log"; readonly message: Message }
  /** Something in the status changed that a watcher wants to see at once. */
  | { readonly kind: "status.changed"; readonly instance: string }
  /** After `stop`: all goodbyes are out and all addresses are withdrawn. */
  | { readonly kind: "stopped" };
