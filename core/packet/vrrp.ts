/**
 * The VRRP advertisement: type and codec of versions 2 (RFC 3768) and 3 (RFC 9568).
 */
import type { IpAddress } from "../net/address.ts";

/** The VRRPv2 authentication types of RFC 2338 section 10 that are still met in the field. */
export type AuthenticationType = "none" | "pass" | "ah";

/**
 * An advertisement as values.
 *
 * `interval` is in milliseconds: whole seconds on the wire in version 2 (1..255 s), centiseconds in version 3
 * (0.01..40.95 s). `authentication` exists on the wire in version 2 over IPv4 only; the password is up to 8 octets.
 */
export interface Advertisement {
  readonly version: 2 | 3;
  /** Virtual router identifier, 1..255. */
  readonly vrid: number;
  /** 0 says goodbye, 1..254, 255 is the address owner. */
  readonly priority: number;
  /** Advertisement interval in ms. */
  readonly interval: number;
  readonly addresses: readonly IpAddress[];
  readonly authentication: AuthenticationType;
  /** Clear-text password; "" unless `authentication` is "pass". */
  readonly password: string;
}

/** How the checksum of a received packet came out. */
export type ChecksumVerdict =
  | "valid"
  /** Version 3 over IPv4: right only without the pseudo-header (RFC 9568 erratum practice, `v3_checksum_as_v2`). */
  | "valid_without_pseudo_header"
  /** Version 3 unicast over IPv4: right only with the multicast group as the destination (old keepalived). */
  | "valid_for_multicast_group"
  | "invalid";

/**
 * What a received packet says, before anything is believed.
 *
 * The decoder judges shape only. Whether version, type, authentication, interval and checksum are acceptable is the
 * engine's to say, in keepalived's order, so that the right counter goes up.
 */
export type DecodedAdvertisement =
  | {
    readonly ok: true;
    /** Version nibble as received, 0..15. */
    readonly version: number;
    /** Type nibble as received, 0..15; 1 is an advertisement. */
    readonly type: number;
    readonly vrid: number;
    readonly priority: number;
    /** ms */
    readonly interval: number;
    readonly addresses: readonly IpAddress[];
    /** Authentication type octet of version 2 as received; 0 otherwise. */
    readonly authenticationType: number;
    /** The 8 authentication octets of version 2 over IPv4 without trailing zeros, one character an octet. */
    readonly password: string;
    readonly checksum: ChecksumVerdict;
  }
  | {
    readonly ok: false;
    /** Such as `12 octets are too short for 3 addresses`. */
    readonly error: string;
    /** The VRID where at least two octets were there; null otherwise. */
    readonly vrid: number | null;
  };
