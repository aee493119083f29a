/**
 * The BFD control packet: type and codec of version 1 (RFC 5880 section 4.1), without authentication.
 *
 * ```
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * |Vers |  Diag   |Sta|P|F|C|A|D|M|  Detect Mult  |    Length     |
 * |                       My Discriminator                        |
 * |                      Your Discriminator                       |
 * |                    Desired Min TX Interval, µs                |
 * |                   Required Min RX Interval, µs                |
 * |                 Required Min Echo RX Interval, µs             |
 * ```
 */

/** UDP port of single-hop sessions (RFC 5881 section 4). */
export const BFD_PORT = 3784;

/** UDP port of multihop sessions (RFC 5883 section 5). */
export const BFD_MULTIHOP_PORT = 4784;

/** Source ports (RFC 5881 section 4). */
export const BFD_SOURCE_PORTS = { first: 49152, last: 65535 } as const;

/** The states in the order of their numbers on the wire. */
export const BFD_STATES = ["admin_down", "down", "init", "up"] as const;

/** A state of a session. */
export type BfdState = (typeof BFD_STATES)[number];

/** The reasons for the last change of state, in the order of their numbers (RFC 5880 section 4.1). */
export const BFD_DIAGNOSTICS = [
  "No Diagnostic",
  "Control Detection Time Expired",
  "Echo Function Failed",
  "Neighbor Signaled Session Down",
  "Forwarding Plane Reset",
  "Path Down",
  "Concatenated Path Down",
  "Administratively Down",
  "Reverse Concatenated Path Down",
] as const;

/** A diagnostic code: its number, 0..8. */
export type BfdDiagnostic = number;

/** What a control packet says. Intervals are in µs. */
export interface BfdPacket {
  readonly state: BfdState;
  readonly diagnostic: BfdDiagnostic;
  readonly poll: boolean;
  readonly final: boolean;
  readonly demand: boolean;
  /** 1..255 */
  readonly detectMultiplier: number;
  /** Not 0. */
  readonly myDiscriminator: number;
  /** 0 where the sender has heard of no session of ours. */
  readonly yourDiscriminator: number;
  readonly desiredMinTransmit: number;
  /** 0 asks for no packets. */
  readonly requiredMinReceive: number;
}

/** A packet, or why it is discarded (the checks of RFC 5880 section 6.8.6 that hang on the packet alone). */
export type DecodedBfd =
  | { readonly ok: true; readonly packet: BfdPacket }
  /** Such as `multipoint bit set`. */
  | { readonly ok: false; readonly error: string };

/** Octets of a packet without authentication. */
export const BFD_LENGTH = 24;

const VERSION = 1;
const POLL = 0x20;
const FINAL = 0x10;
const AUTHENTICATION = 0x04;
const DEMAND = 0x02;
const MULTIPOINT = 0x01;

/** The 24 octets of a packet. */
export function encodeBfd(packet: BfdPacket): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(BFD_LENGTH);
  const view = new DataView(octets.buffer);
  octets[0] = VERSION << 5 | packet.diagnostic;
  octets[1] = BFD_STATES.indexOf(packet.state) << 6 | (packet.poll ? POLL : 0) | (packet.final ? FINAL : 0) |
    (packet.demand ? DEMAND : 0);
  octets[2] = packet.detectMultiplier;
  octets[3] = BFD_LENGTH;
  view.setUint32(4, packet.myDiscriminator);
  view.setUint32(8, packet.yourDiscriminator);
  view.setUint32(12, packet.desiredMinTransmit);
  view.setUint32(16, packet.requiredMinReceive);
  return octets;
}

/** What a UDP payload says; never throws. Octets behind the packet's own length are passed over. */
export function decodeBfd(octets: Uint8Array): DecodedBfd {
  const error = faultOf(octets);
  if (error !== null) return { ok: false, error };
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  const flags = octets[1]!;
  return {
    ok: true,
    packet: {
      state: BFD_STATES[flags >> 6]!,
      diagnostic: octets[0]! & 0x1f,
      poll: (flags & POLL) !== 0,
      final: (flags & FINAL) !== 0,
      demand: (flags & DEMAND) !== 0,
      detectMultiplier: octets[2]!,
      myDiscriminator: view.getUint32(4),
      yourDiscriminator: view.getUint32(8),
      desiredMinTransmit: view.getUint32(12),
      requiredMinReceive: view.getUint32(16),
    },
  };
}

function faultOf(octets: Uint8Array): string | null {
  if (octets.length < BFD_LENGTH) return `${octets.length} octets are too short`;
  const [first, flags, multiplier, length] = octets as unknown as [number, number, number, number];
  if (first >> 5 !== VERSION) return `version ${first >> 5}`;
  if (length < BFD_LENGTH || length > octets.length) {
    return `length field ${length} in a payload of ${octets.length} octets`;
  }
  if ((flags & AUTHENTICATION) !== 0) return "authentication bit set";
  if (multiplier === 0) return "detection multiplier 0";
  if ((flags & MULTIPOINT) !== 0) return "multipoint bit set";
  if ((flags & POLL) !== 0 && (flags & FINAL) !== 0) return "both poll and final bit set";
  if (isZero(octets, 4)) return "my discriminator 0";
  const state = BFD_STATES[flags >> 6]!;
  if (isZero(octets, 8) && state !== "down" && state !== "admin_down") {
    return `your discriminator 0 in state ${state}`;
  }
  return null;
}

function isZero(octets: Uint8Array, at: number): boolean {
  return (octets[at]! | octets[at + 1]! | octets[at + 2]! | octets[at + 3]!) === 0;
}
