/**
 * The kernel's load balancer IPVS in generic netlink messages (linux/ip_vs.h, family `IPVS`, version 1).
 *
 * Attributes nest twice: SERVICE, DEST and DAEMON at the top, their fields inside. Addresses take 16 octets, of
 * which an IPv4 address fills the first four; ports are in network order, all other numbers in host order.
 */
import type { Family, IpAddress } from "../net/address.ts";
import type {
  DAEMON_STATES,
  FORWARDING_NUMBERS,
  PROTOCOL_NUMBERS,
  STATS,
  TUNNEL_CHECKSUM_FLAGS,
  TUNNEL_NUMBERS,
} from "./ipvs_attributes.ts";

/** Name and version of the family. */
export const IPVS_FAMILY = { name: "IPVS", version: 1 } as const;

/** Commands (IPVS_CMD_*). */
export const IPVS_CMD = {
  NEW_SERVICE: 1,
  SET_SERVICE: 2,
  DEL_SERVICE: 3,
  GET_SERVICE: 4,
  NEW_DEST: 5,
  SET_DEST: 6,
  DEL_DEST: 7,
  GET_DEST: 8,
  NEW_DAEMON: 9,
  DEL_DAEMON: 10,
  GET_DAEMON: 11,
  SET_CONFIG: 12,
  GET_CONFIG: 13,
  SET_INFO: 14,
  GET_INFO: 15,
  ZERO: 16,
  FLUSH: 17,
} as const;

/** Flags of a service (IP_VS_SVC_F_*). */
export const IPVS_SVC_F = {
  PERSISTENT: 0x01,
  HASHED: 0x02,
  ONEPACKET: 0x04,
  SCHED1: 0x08,
  SCHED2: 0x10,
  SCHED3: 0x20,
} as const;

/** The transport of a service. */
export type IpvsProtocol = keyof typeof PROTOCOL_NUMBERS;

/** What names a service: an address and port with a protocol, or a firewall mark with a family. */
export type IpvsServiceId =
  | {
    readonly kind: "address";
    readonly protocol: IpvsProtocol;
    readonly address: IpAddress;
    /** 0..65535; 0 is every port (persistent services). */
    readonly port: number;
  }
  | { readonly kind: "fwmark"; readonly mark: number; readonly family: Family };

/** A service as it is written to the kernel. */
export interface IpvsService {
  readonly id: IpvsServiceId;
  /** Name of the scheduler, at most 15 characters. */
  readonly scheduler: string;
  /** {@linkcode IPVS_SVC_F} bits without HASHED, which is the kernel's own. */
  readonly flags: number;
  /** Persistence in s; 0 where the flag is not set. */
  readonly timeout: number;
  /** What of a client's address counts for persistence: an IPv4 mask as a number, or for IPv6 a length of 0..128. */
  readonly persistenceMask: number;
  /** Persistence engine, or null. */
  readonly persistenceEngine: string | null;
}

/** How packets reach a destination; `local` and `bypass` are only read. */
export type IpvsForwarding = keyof typeof FORWARDING_NUMBERS;

/** A destination as it is written to the kernel. */
export interface IpvsDestination {
  readonly address: IpAddress;
  readonly port: number;
  readonly forwarding: IpvsForwarding;
  /** Only where `forwarding` is `tunnel`; null elsewhere. */
  readonly tunnel: IpvsTunnel | null;
  /** 0..2147483647 */
  readonly weight: number;
  /** Connections; 0 is no limit. */
  readonly upperThreshold: number;
  readonly lowerThreshold: number;
}

/** The encapsulation of a tunnel. */
export interface IpvsTunnel {
  readonly type: keyof typeof TUNNEL_NUMBERS;
  /** UDP port of gue; 0 otherwise. */
  readonly port: number;
  readonly checksum: keyof typeof TUNNEL_CHECKSUM_FLAGS;
}

/** Counters since the entry was made, and rates a second as the kernel estimates them. */
export type IpvsStatistics = { readonly [Name in (typeof STATS)[number]]: number };

/** A service as the kernel reports it. */
export interface IpvsServiceRecord extends IpvsService {
  readonly statistics: IpvsStatistics;
}

/** A destination as the kernel reports it. */
export interface IpvsDestinationRecord extends IpvsDestination {
  readonly activeConnections: number;
  readonly inactiveConnections: number;
  readonly persistentConnections: number;
  readonly statistics: IpvsStatistics;
}

/** A service with its destinations. */
export interface TableEntry {
  readonly service: IpvsService;
  readonly destinations: readonly IpvsDestination[];
}

/** One change of the kernel's table. */
export type TableOperation =
  | { readonly kind: "service.add" | "service.set"; readonly service: IpvsService }
  /** Its destinations go with it. */
  | { readonly kind: "service.delete"; readonly id: IpvsServiceId }
  | {
    readonly kind: "destination.add" | "destination.set" | "destination.delete";
    readonly id: IpvsServiceId;
    readonly destination: IpvsDestination;
  };

/** Idle times of connections, in s. */
export interface IpvsTimeouts {
  readonly tcp: number;
  readonly tcpFin: number;
  readonly udp: number;
}

/** A role of the connection table's synchronisation. Null leaves the kernel's default. */
export interface IpvsDaemon {
  readonly state: keyof typeof DAEMON_STATES;
  readonly interface: string;
  /** 0..255 */
  readonly syncId: number;
  /** Octets of a message's content. */
  readonly maxLength: number | null;
  readonly group: IpAddress | null;
  readonly port: number | null;
  readonly ttl: number | null;
}

/** Facts about the balancer itself. */
export interface IpvsInfo {
  /** Such as `1.2.1`. */
  readonly version: string;
  /** Entries of the connection hash table. */
  readonly connectionTableSize: number;
}

/** The family of a service. */
export function familyOfService(id: IpvsServiceId): Family {
  return id.kind === "fwmark" ? id.family : id.address.includes(":") ? 6 : 4;
}

/** A text that is equal for equal services, and readable: `tcp 10.0.0.1 80`, `fwm 5 4`. */
export function serviceKey(id: IpvsServiceId): string {
  return id.kind === "fwmark" ? `fwm ${id.mark} ${id.family}` : `${id.protocol} ${id.address} ${id.port}`;
}

/** A text that is equal for equal destinations of one service. */
export function destinationKey(destination: Pick<IpvsDestination, "address" | "port">): string {
  return `${destination.address} ${destination.port}`;
}
