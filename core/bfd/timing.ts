/**
 * The intervals of a BFD session (RFC 5880 sections 6.8.2 to 6.8.7), in µs.
 */
import type { BfdInstance } from "../config/tracking_model.ts";
import type { BfdState } from "../packet/bfd.ts";
import type { BfdSession, Intervals, Random } from "./session.ts";

/** As long as a session is not up it sends no faster than this, µs. */
const SLOWEST_START = 1_000_000;

/** The most that 32 bits of µs hold. */
const LONGEST = 0xffffffff;

/** What we announce in a state: the settings, and a slow pace as long as the session is not up. */
export function wantedIntervals(config: BfdInstance, state: BfdState): Intervals {
  const idle = Math.max(SLOWEST_START, microseconds(config.idleTransmit));
  return {
    transmit: state === "up" ? microseconds(config.minTransmit) : idle,
    receive: microseconds(config.minReceive),
  };
}

function microseconds(ms: number): number {
  return Math.min(LONGEST, Math.max(1, Math.round(ms * 1000)));
}

/** Time between two periodic packets before jitter: ours, or longer where the neighbour asks for it. */
export function transmitInterval({ inForce, remoteMinReceive }: BfdSession): number {
  return Math.max(inForce.transmit, remoteMinReceive);
}

/** Silence after which the neighbour is gone: its multiplier times the interval that it agreed to. */
export function detectionTime({ inForce, remoteMinTransmit, remoteMultiplier }: BfdSession): number {
  return remoteMultiplier * Math.max(inForce.receive, remoteMinTransmit);
}

/**
 * Whether periodic packets are sent: not before a passive session has heard the neighbour, not to one that asks for
 * none, and not while it demands silence of a session that is up on both sides.
 */
export function mayTransmit(session: BfdSession): boolean {
  const { config, state, remoteState, remoteDiscriminator, remoteMinReceive, remoteDemand, polling } =
    session;
  if (state === "admin_down" || remoteMinReceive === 0) return false;
  if (config.passive && remoteDiscriminator === 0) return false;
  return !(remoteDemand && state === "up" && remoteState === "up" && !polling);
}

/** An interval cut by up to a quarter; by a tenth at least where one lost packet is the end (section 6.8.7). */
export function jittered(interval: number, multiplier: number, random: Random): number {
  const least = multiplier === 1 ? 0.1 : 0;
  return interval * (1 - least - random() * (0.25 - least));
}
