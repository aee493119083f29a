/**
 * What the doctor hears: advertisements, answers to ARP, and whether peers are there.
 */
import type { IpAddress } from "../../core/net/address.ts";

/** An advertisement that somebody else sends. */
export interface HeardAdvert {
  readonly interface: string;
  readonly source: IpAddress;
  readonly vrid: number;
  readonly version: number;
  readonly priority: number;
  readonly addresses: readonly IpAddress[];
  /** `none`, `pass`, `ah`. */
  readonly authentication: string;
  /** Of `pass`, an octet a character; never to be shown. */
  readonly password: string;
  /** ms between two advertisements, as it says. */
  readonly interval: number;
  /** Of the IP packet: 255 unless it came through a router. */
  readonly ttl: number;
}

/** Somebody says that an address is his. */
export interface ArpAnswer {
  readonly interface: string;
  readonly address: IpAddress;
  readonly mac: string;
}

/** How a peer answers a datagram to a port where nobody listens. */
export interface PeerAnswer {
  readonly address: IpAddress;
  /** null: it did not answer, which a packet filter may be the reason for. */
  readonly reachable: boolean | null;
  readonly reason: string;
}

/** All of it; empty where it could not be listened to, `silent` says why then. */
export interface Wire {
  readonly adverts: readonly HeardAdvert[];
  readonly answers: readonly ArpAnswer[];
  readonly peers: readonly PeerAnswer[];
  /** s that were listened. */
  readonly seconds: number;
  /** Why the wire was not listened to; null where it was. */
  readonly silent: string | null;
}
