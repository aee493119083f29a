/**
 * What happens to the engine: one of the two doors (the other is `effect.ts`).
 *
 * Events are plain data in the order in which they happened. Time is never inside: it is the `now` argument of
 * `step`, in ms of CLOCK_MONOTONIC.
 */
import type { Model } from "../config/model.ts";
import type { Family, IpAddress } from "../net/address.ts";
import type { ReceivedHeader } from "../packet/authentication_header.ts";
import type { DecodedBfd } from "../packet/bfd.ts";
import type { DecodedAdvertisement } from "../packet/vrrp.ts";
import type { ScriptOutcome } from "../track/script.ts";

export type { ScriptOutcome };

/** An interface of this host as rtnetlink reports it. */
export interface Link {
  readonly name: string;
  readonly index: number;
  /** Hardware address such as `02:00:00:00:00:01`; "" where it has none. */
  readonly mac: string;
  readonly mtu: number;
  /** IFF_UP and IFF_RUNNING. */
  readonly up: boolean;
  /** IFF_NOARP is not set and the link is of Ethernet type: gratuitous ARP makes sense. */
  readonly arp: boolean;
  readonly multicast: boolean;
  /** `macvlan`, `veth` and so on; "" or absent for a physical device. */
  readonly driver?: string;
}

/** An address of this host as rtnetlink reports it. */
export interface LocalAddress {
  readonly interface: string;
  readonly address: IpAddress;
  readonly prefixLength: number;
  /** IFA_F_SECONDARY: another address of the same subnet came first. */
  readonly secondary: boolean;
  /** IFA_F_TENTATIVE: duplicate address detection runs, it is no source yet. */
  readonly tentative: boolean;
  /** IFA_F_DADFAILED: somebody else has it too, and it never becomes a source. */
  readonly duplicate?: boolean;
}

/** A route of our protocol as rtnetlink reports it. */
export interface LocalRoute {
  readonly family: Family;
  readonly destination: IpAddress;
  readonly prefixLength: number;
  /** `unicast`, `blackhole` and so on; null is a kind that no configuration has. */
  readonly type: string | null;
  readonly table: number;
  readonly metric: number;
  readonly gateway: IpAddress | null;
  /** null: none, several, or one that is gone already. */
  readonly interface: string | null;
}

/** A policy rule of our protocol as rtnetlink reports it. */
export interface LocalRule {
  readonly family: Family;
  readonly preference: number;
  readonly table: number;
  readonly from: { readonly address: IpAddress; readonly prefixLength: number } | null;
  readonly to: { readonly address: IpAddress; readonly prefixLength: number } | null;
  readonly mark: number;
  readonly inputInterface: string | null;
}

/** What an operator keeps out of service. */
export interface MaintenanceOrder {
  /** Every instance, also those of later configurations. */
  readonly all: boolean;
  /** Names of instances. */
  readonly names: readonly string[];
}

/** What was read and counted for trackers, by their names. One that is missing says 0. */
export interface Readings {
  /** The number in each `track_file`. */
  readonly files: Readonly<Record<string, number>>;
  /** How many processes run that a `vrrp_track_process` is about. */
  readonly processes: Readonly<Record<string, number>>;
  /** Whether each interface that is polled has a link; absent where none is polled. */
  readonly links?: Readonly<Record<string, boolean>>;
}

/** All that the engine can be told. */
export type Event =
  /** The configuration and the host as it is now; only the clock is told before. */
  | {
    readonly kind: "start";
    readonly model: Model;
    readonly links: readonly Link[];
    readonly addresses: readonly LocalAddress[];
    readonly readings?: Readings;
    /** 32 bits from which the engine takes what has to be random. */
    readonly seed?: number;
    /** What is out of service from the beginning; absent where nothing is. */
    readonly maintenance?: MaintenanceOrder;
  }
  /** A new configuration that passed validation; with readings of what it tracks. */
  | { readonly kind: "reload"; readonly model: Model; readonly readings?: Readings }
  /** SIGTERM: say goodbye and let go of everything; the engine answers with a `stopped` effect. */
  | { readonly kind: "stop" }
  /** An operator has masters hand over; for `hold` ms they do not take the mastership back from a living master. */
  | { readonly kind: "failover"; readonly instances: readonly string[]; readonly hold: number }
  /** An operator says what is out of service from now on, and that everything else is in it. */
  | { readonly kind: "maintenance"; readonly order: MaintenanceOrder }
  /** ms that turn monotonic time into ms since the Unix epoch by addition: before `start`, and when it jumped. */
  | { readonly kind: "clock.set"; readonly epochOffset: number }
  /** All counters of all instances begin at 0 again. */
  | { readonly kind: "counters.clear" }
  /** `nextWakeup()` has passed. */
  | { readonly kind: "timer" }
  /** A VRRP packet arrived on an interface, whatever its worth. */
  | {
    readonly kind: "advert.received";
    readonly interface: string;
    readonly source: IpAddress;
    readonly destination: IpAddress;
    /** TTL or hop limit as received; null where the kernel did not tell. */
    readonly ttl: number | null;
    readonly packet: DecodedAdvertisement;
    /** The authentication header in front of the message, where the instance listens for one. */
    readonly header?: ReceivedHeader;
  }
  /** A BFD packet arrived from the address of a neighbour, whatever its worth. */
  | {
    readonly kind: "bfd.received";
    readonly source: IpAddress;
    readonly ttl: number | null;
    readonly port: number;
    readonly packet: DecodedBfd;
  }
  /** An interface appeared or changed. */
  | { readonly kind: "link.changed"; readonly link: Link }
  | { readonly kind: "link.removed"; readonly name: string }
  | { readonly kind: "address.added"; readonly address: LocalAddress }
  | { readonly kind: "address.removed"; readonly address: LocalAddress }
  | { readonly kind: "route.added" | "route.removed"; readonly route: LocalRoute }
  | { readonly kind: "rule.added" | "rule.removed"; readonly rule: LocalRule }
  /** Notices about routes and rules were lost: any of them may be gone. */
  | { readonly kind: "routes.overrun" }
  | { readonly kind: "script.finished"; readonly script: string; readonly outcome: ScriptOutcome }
  /** A `track_file` says another number. */
  | { readonly kind: "file.read"; readonly file: string; readonly value: number }
  /** Polling found a link where there was none, or none where there was one. */
  | { readonly kind: "link.polled"; readonly interface: string; readonly up: boolean }
  /** The number of processes that a `vrrp_track_process` is about. */
  | { readonly kind: "process.counted"; readonly process: string; readonly count: number }
  /** The kernel refused an effect. `reason` is like `EPERM (Operation not permitted)`. */
  | {
    readonly kind: "effect.failed";
    readonly effect:
      | "advert.listen"
      | "advert.send"
      | "address.add"
      | "address.remove"
      | "address.announce"
      | "route.add"
      | "route.remove"
      | "rule.add"
      | "rule.remove"
      | "filter.begin"
      | "filter.block"
      | "filter.unblock"
      | "link.create"
      | "link.remove"
      | "setting.set"
      | "setting.restore"
      | "bfd.open"
      | "bfd.send";
    /** "" for BFD sessions and for static addresses, routes and rules. */
    readonly instance: string;
    /** The interface, address, destination or session that it was about, or the route or rule in words. */
    readonly subject: string;
    readonly reason: string;
  };
