/**
 * Things that instances track besides scripts and interfaces: files, processes, BFD sessions. Part of `model.ts`.
 */
import type { IpAddress } from "../net/address.ts";

/** A `track_file` block: a file that holds a number. */
export interface TrackFile {
  readonly name: string;
  /** Path as written. */
  readonly file: string;
  /** -254..254, multiplied with the number; 0 means that any other number than 0 is a FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
  /** `init_file`: the value written at start where the file is missing, or always with `overwrite`. */
  readonly init: { readonly value: number; readonly overwrite: boolean } | null;
}

/** A `vrrp_track_process` block: how many processes must run. */
export interface TrackProcess {
  readonly name: string;
  /** Name or path of the process. */
  readonly process: string;
  readonly parameters: readonly string[];
  /** How parameters compare: all of them, the first ones, or up to a longer last one; null does not look at them. */
  readonly parameterMatch: "exact" | "partial" | "initial" | null;
  /** -254..254; 0 means that failure is a FAULT. */
  readonly weight: number;
  readonly reverse: boolean;
  /** 1..65535 */
  readonly quorum: number;
  /** 0..65535; null means no upper bound. */
  readonly quorumMax: number | null;
  /** ms: how long it must last until it counts as down, and as up. */
  readonly terminateDelay: number;
  readonly forkDelay: number;
  /** `full_command`: the command line is compared, not the name. */
  readonly fullCommand: boolean;
}

/** A `bfd_instance` block: a session of RFC 5880. */
export interface BfdInstance {
  readonly name: string;
  readonly neighbour: IpAddress;
  readonly source: IpAddress | null;
  /** ms: `min_rx`, `min_tx`, `idle_tx`. */
  readonly minReceive: number;
  readonly minTransmit: number;
  readonly idleTransmit: number;
  /** 1..255 */
  readonly multiplier: number;
  readonly passive: boolean;
  /** `ttl` or `hoplimit`, 1..255; null sends 255 and expects what keepalived sends, see `core/bfd/origin.ts`. */
  readonly ttl: number | null;
  /** `max_hops`, -1..255 */
  readonly maxHops: number;
  readonly multihop: boolean;
  /** -253..253 */
  readonly weight: number;
  readonly reverse: boolean;
  /** Who is told. */
  readonly tells: { readonly vrrp: boolean; readonly checker: boolean };
}
