/**
 * The engine's face: a synchronous, total and pure step function over its own state.
 */
import type { Effect } from "./effect.ts";
import type { Event } from "./event.ts";
import type { InstanceStatus, Status } from "./status.ts";

/** The part of the status that the engine itself knows; the daemon adds the rest. */
export type EngineSnapshot = Pick<
  Status,
  | "routerId"
  | "statics"
  | "instances"
  | "syncGroups"
  | "scripts"
  | "trackFiles"
  | "trackProcesses"
  | "bfdSessions"
  | "interfaces"
  | "events"
  | "foreign"
  | "discarded"
>;

/** The part of a snapshot that is not a list of instances. */
export type SnapshotFrame = Omit<EngineSnapshot, "instances">;

/** A VRRP engine. `now` is ms of CLOCK_MONOTONIC, with fractions, and never goes back. */
export interface Engine {
  /** Takes one event and returns what is to be done, in order. */
  step(event: Event, now: number): readonly Effect[];
  /** When the next `timer` event is due, or null where none is. */
  nextWakeup(): number | null;
  /** Whether that event is that a backup takes over from a silent master. */
  takesOverNext(): boolean;
  /** The state as data. `epochOffset` turns monotonic ms into ms since the Unix epoch by addition. */
  snapshot(now: number, epochOffset: number): EngineSnapshot;
  /** A slice of the snapshot's instances, at most `count` from number `first` on, for who must not take long at once. */
  snapshotInstances(first: number, count: number, epochOffset: number): readonly InstanceStatus[];
  /** The snapshot without its instances. */
  snapshotFrame(epochOffset: number): SnapshotFrame;
}
