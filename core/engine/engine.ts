/**
 * The engine's face: a synchronous, total and pure step function over its own state.
 */
import type { Effect } from "./effect.ts";
import type { Event } from "./event.ts";
import type { Status } from "./status.ts";

/** The part of the status that the engine itself knows; the daemon adds the rest. */
export type EngineSnapshot = Pick<
  Status,
  "routerId" | "instances" | "syncGroups" | "scripts" | "interfaces" | "events" | "foreign" | "discarded"
>;

/** A VRRP engine. `now` is ms of CLOCK_MONOTONIC, with fractions, and never goes back. */
export interface Engine {
  /** Takes one event and returns what is to be done, in order. */
  step(event: Event, now: number): readonly Effect[];
  /** When the next `timer` event is due, or null where none is. */
  nextWakeup(): number | null;
  /** The state as data. `epochOffset` turns monotonic ms into ms since the Unix epoch by addition. */
  snapshot(now: number, epochOffset: number): EngineSnapshot;
}
