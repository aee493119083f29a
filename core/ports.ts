/**
 * The interfaces that the process edge implements: `ffi/` with the kernel, `tests/` with fakes.
 *
 * All of them are synchronous: the engine thread never awaits. Failures of the kernel are values or an `OsError`;
 * file descriptors are plain numbers for `epoll`.
 */
import type { OutgoingHeader, ReceivedHeader } from "./packet/authentication_header.ts";
import type { BfdPacket, DecodedBfd } from "./packet/bfd.ts";
import type { DecodedAdvertisement } from "./packet/vrrp.ts";
import type { Advertisement } from "./packet/vrrp.ts";
import type { Family, IpAddress } from "./net/address.ts";
import type { RouteHop, RouteKind, RouteRequest } from "./packet/route.ts";
import type { RulePrefix, RuleRequest } from "./packet/rule.ts";
import type {
  IpvsDaemon,
  IpvsDestinationRecord,
  IpvsInfo,
  IpvsServiceRecord,
  IpvsTimeouts,
  TableOperation,
} from "./packet/ipvs.ts";

/** A kernel refusal as a value: `EADDRNOTAVAIL (Cannot assign requested address)`. */
export type OsResult = { readonly ok: true } | {
  readonly ok: false;
  readonly errno: number;
  readonly reason: string;
};

/** An advertisement as it came off the wire. */
export interface ReceivedAdvert {
  readonly interface: string;
  readonly source: IpAddress;
  readonly destination: IpAddress;
  readonly ttl: number | null;
  readonly packet: DecodedAdvertisement;
  /** Of a socket with `authenticated`: what stood in front of the message. */
  readonly header?: ReceivedHeader;
}

/** What an instance listens on; see `ListenAddress` of the engine. */
export interface AdvertEndpoint {
  readonly interface: string;
  readonly interfaceIndex: number;
  readonly family: Family;
  readonly vrid: number;
  /** Multicast group, or null for unicast. */
  readonly group: IpAddress | null;
  readonly source: IpAddress;
  /** Octets that it adds to the receive buffer of its socket; absent leaves that as it is. */
  readonly receiveBuffer?: number;
  /** `auth_type AH`: packets with an authentication header, and no others. */
  readonly authenticated?: boolean;
}

/** A receive buffer as it is wanted: its length in octets, and whether the system's limit is passed. */
export interface BufferWish {
  readonly length: number;
  readonly force: boolean;
}

/** A packet to send, all that decides its octets. */
export interface OutgoingAdvert {
  readonly interface: string;
  readonly source: IpAddress;
  readonly destinations: readonly IpAddress[];
  readonly ttl: number;
  readonly checksumWithoutPseudoHeader: boolean;
  /** What the checksum takes for the destination; absent: the destination itself. */
  readonly checksumFor?: IpAddress;
  readonly advertisement: Advertisement;
  /** Octets behind the message, one character each. */
  readonly trailer?: string;
  /** `auth_type AH`: what stands in front of the message. */
  readonly header?: OutgoingHeader;
}

/**
 * The raw sockets of all instances.
 *
 * Instances that share an interface, family, group and source share one receiving socket; a classic BPF filter keeps
 * VRIDs that nobody listens for out of the process.
 */
export interface AdvertSockets extends Disposable {
  /** Opens (or joins) the socket for one instance. */
  listen(instance: string, endpoint: AdvertEndpoint): OsResult;
  unlisten(instance: string): void;
  /**
   * Sends to every destination; the first failure is reported, the others are tried all the same. The packet encoded
   * for an `advert` object is kept as long as that object lives, so the same object costs no encoding.
   */
  send(instance: string, advert: OutgoingAdvert): OsResult;
  /** Descriptors to watch for input; changes with `listen` and `unlisten`. */
  readonly descriptors: readonly number[];
  /** Reads what is queued on one descriptor, at most `limit` packets, without blocking. */
  receive(descriptor: number, limit: number): readonly ReceivedAdvert[];
  /**
   * Packets that no instance can use are normally kept out by the filter; `true` lets every VRID in
   * (`log_unknown_vrids`).
   */
  acceptEveryVrid(on: boolean): void;
}

/** Where the packets of a BFD session go, and how they leave. */
export interface BfdEndpoint {
  readonly neighbour: IpAddress;
  /** null leaves it to the routing table. */
  readonly source: IpAddress | null;
  /** The first source port to try; where it is taken, the next ones are. */
  readonly sourcePort: number;
  /** TTL or hop limit. */
  readonly ttl: number;
  /** UDP port of both sides: 3784, or 4784 for multihop. */
  readonly port: number;
}

/** A BFD packet as it came off the wire. */
export interface ReceivedBfd {
  readonly source: IpAddress;
  /** TTL or hop limit; null where the kernel did not tell. */
  readonly ttl: number | null;
  /** The UDP port that it came to. */
  readonly port: number;
  readonly packet: DecodedBfd;
}

/**
 * The UDP sockets of BFD sessions: one to send for each, one to receive for each family and port in use.
 *
 * What comes from elsewhere than a neighbour is kept out of the process by a filter.
 */
export interface BfdSockets extends Disposable {
  /** Opens (or opens anew) the sockets of a session. */
  open(session: string, endpoint: BfdEndpoint): OsResult;
  close(session: string): void;
  send(session: string, packet: BfdPacket): OsResult;
  /** Descriptors to watch for input; changes with `open` and `close`. */
  readonly descriptors: readonly number[];
  /** Reads what is queued on one descriptor, at most `limit` packets, without blocking. */
  receive(descriptor: number, limit: number): readonly ReceivedBfd[];
}

/** An address as the kernel is to have it. */
export interface AddressSpec {
  readonly interface: string;
  readonly address: IpAddress;
  readonly prefixLength: number;
  readonly label: string | null;
  /** rtnetlink scope: 0 global, 253 link, 254 host. */
  readonly scope: number;
  readonly broadcast: IpAddress | null;
  readonly peer: IpAddress | null;
  /** iproute2 names: `home`, `noprefixroute`, `mngtmpaddr`, `autojoin`, `nodad`. */
  readonly flags: readonly string[];
  /** Valid lifetime in s; null for ever. */
  readonly lease: number | null;
  /** Preferred lifetime in s where it differs from the valid one; null: as the valid one. */
  readonly preferredLifetime: number | null;
}

/** What names an address that is to go. */
export interface AddressRemoval extends Pick<AddressSpec, "interface" | "address" | "prefixLength"> {
  readonly peer?: IpAddress | null;
  /** The index that the interface had when it was last heard of: it may have another name by now. */
  readonly interfaceIndex?: number;
}

/** The kernel's address table, through rtnetlink. */
export interface AddressTable extends Disposable {
  /** Adds each or refreshes it when it is there (NLM_F_REPLACE); one result an address, in order, one batch. */
  add(addresses: readonly AddressSpec[]): readonly OsResult[];
  /**
   * As `add`, for addresses that the host is known to have: a {@linkcode LinkWatch} of the same daemon need not tell
   * of it, since a renewed lifetime is no news.
   */
  renew(addresses: readonly AddressSpec[]): readonly OsResult[];
  /** Removes each; EADDRNOTAVAIL and ENODEV are success. One with a `peer` is found only with that peer. */
  remove(addresses: readonly AddressRemoval[]): readonly OsResult[];
}

/** One way of a route; `interface` null leaves it to the kernel. */
export interface RouteHopSpec extends Omit<RouteHop, "index"> {
  readonly interface: string | null;
}

/** A route as the kernel is to have it. */
export interface RouteSpec extends Omit<RouteRequest, "hops"> {
  readonly hops: readonly RouteHopSpec[];
}

/** A policy rule as the kernel is to have it. */
export type RuleSpec = RuleRequest;

/** The kernel's routes and policy rules, through rtnetlink. One result each, in order, one batch. */
export interface RouteTable extends Disposable {
  /** Adds each; the very same route being there is success. */
  addRoutes(routes: readonly RouteSpec[]): readonly OsResult[];
  /**
   * Removes each; one that is not there, or whose interface is not, is success. `loosely` takes the first route of the
   * same protocol to the same place, wherever it leads.
   */
  removeRoutes(routes: readonly RouteSpec[], loosely: boolean): readonly OsResult[];
  /** Adds each; the very same rule being there is success. */
  addRules(rules: readonly RuleSpec[]): readonly OsResult[];
  /** Removes each; one that is not there is success. */
  removeRules(rules: readonly RuleSpec[]): readonly OsResult[];
}

/** An address whose packets are dropped; link-local ones on that interface alone. */
export interface BlockedAddress {
  readonly address: IpAddress;
  readonly interface: string;
}

/**
 * The host's packet filter, through nf_tables: drops packets to and from VIPs that we do not own (RFC 9568 section
 * 6.1, Accept_Mode), and keeps group reports off virtual interfaces.
 *
 * It owns one table of each family, which exists while something is in it.
 */
export interface VipFilter extends Disposable {
  /**
   * Chooses the name of the tables and the priority of their chains, and removes tables of that name: those that are
   * marked as ours, with `takeOver` all. With `counters` the rules count what they match.
   */
  begin(table: string, priority: number, takeOver: boolean, counters?: boolean): OsResult;
  /** Drops packets to and from these addresses from now on. Neighbour discovery goes on. */
  block(addresses: readonly BlockedAddress[]): OsResult;
  /** Lets packets of these addresses pass again. */
  unblock(addresses: readonly BlockedAddress[]): OsResult;
  /**
   * Sends IGMP and MLD reports that the kernel makes for `virtual` out of `parent` instead: they must not teach a
   * switch that the virtual router's hardware address is here.
   */
  divert(virtual: string, parent: string): OsResult;
  /** Undoes `divert`. */
  undivert(virtual: string): OsResult;
}

/** A virtual interface to be made. */
export interface VirtualLinkSpec {
  readonly name: string;
  readonly parentIndex: number;
  readonly mac: string;
  /** Interface group; null means the default one. */
  readonly group: number | null;
}

/** Makes and removes virtual interfaces, through rtnetlink. */
export interface VirtualLinks extends Disposable {
  /** Makes a macvlan that is down; EEXIST where the name is taken. */
  create(link: VirtualLinkSpec): OsResult;
  bringUp(name: string): OsResult;
  /** One that is not there is success. */
  remove(name: string): OsResult;
}

/** A notice of the kernel about routes of our protocol, or about rules; shapes as in the engine's events. */
export type RouteNotice =
  | {
    readonly kind: "route.added" | "route.removed";
    readonly route: {
      readonly family: Family;
      readonly destination: IpAddress;
      readonly prefixLength: number;
      readonly type: RouteKind | null;
      readonly table: number;
      readonly metric: number;
      readonly tos: number;
      readonly gateway: IpAddress | null;
      /** null: none, several, or one that is gone already. */
      readonly interface: string | null;
    };
  }
  | {
    readonly kind: "rule.added" | "rule.removed";
    readonly rule: {
      readonly family: Family;
      readonly preference: number;
      readonly table: number;
      readonly from: RulePrefix | null;
      readonly to: RulePrefix | null;
      readonly mark: number;
      readonly inputInterface: string | null;
    };
  };

/** The rtnetlink monitor of routes and rules. */
export interface RouteWatch extends Disposable {
  readonly descriptor: number;
  /** Notices queued since the last call, without blocking; `"overrun"` where some were lost. */
  read(): readonly RouteNotice[] | "overrun";
}

/** Sends gratuitous ARP and unsolicited neighbour advertisements. */
export interface NeighbourAnnouncer extends Disposable {
  /**
   * One gratuitous ARP request (IPv4) or neighbour advertisement (IPv6) for `address` out of `interface`.
   * `mac` is the hardware address to announce; `router` sets the R flag of RFC 4861 section 4.4.
   */
  announce(
    interfaceIndex: number,
    mac: string,
    address: IpAddress,
    options: { readonly router: boolean },
  ): OsResult;
}

/** A notice of the kernel about links and addresses; shapes as in the engine's events. */
export type LinkNotice =
  | {
    readonly kind: "link.changed";
    readonly link: {
      readonly name: string;
      readonly index: number;
      readonly mac: string;
      readonly mtu: number;
      readonly up: boolean;
      readonly arp: boolean;
      readonly multicast: boolean;
      readonly driver?: string;
    };
  }
  | { readonly kind: "link.removed"; readonly name: string }
  | {
    readonly kind: "address.added" | "address.removed";
    readonly address: {
      readonly interface: string;
      readonly address: IpAddress;
      readonly prefixLength: number;
      readonly secondary: boolean;
      readonly tentative: boolean;
      readonly duplicate?: boolean;
    };
  };

/** The rtnetlink monitor. */
export interface LinkWatch extends Disposable {
  readonly descriptor: number;
  /** A full dump: every link, then every address. */
  snapshot(): readonly LinkNotice[];
  /**
   * Notices queued since the last call, without blocking. After an overrun (ENOBUFS) the answer is `"overrun"` and
   * the caller takes a fresh `snapshot()`.
   */
  read(): readonly LinkNotice[] | "overrun";
}

/** A service of the kernel's load balancer with its destinations, counters included. */
export interface IpvsEntryRecord {
  readonly service: IpvsServiceRecord;
  readonly destinations: readonly IpvsDestinationRecord[];
}

/** The kernel's load balancer, through generic netlink. */
export interface IpvsTable extends Disposable {
  info(): IpvsInfo;
  /** Every service with its destinations, in the kernel's order. */
  read(): readonly IpvsEntryRecord[];
  /** Changes the table; one result an operation, in order. */
  apply(operations: readonly TableOperation[]): readonly OsResult[];
  /** Removes every service, whoever made it. */
  flush(): OsResult;
  timeouts(): IpvsTimeouts;
  /** 0 leaves one as it is. */
  setTimeouts(timeouts: IpvsTimeouts): OsResult;
  /** The roles of the sync daemon that run. */
  daemons(): readonly IpvsDaemon[];
  startDaemon(daemon: IpvsDaemon): OsResult;
  stopDaemon(daemon: IpvsDaemon): OsResult;
}
