/**
 * What the two threads say to each other.
 *
 * The first message to the engine thread travels by `postMessage`, all later ones over the command pipe, because the
 * engine's event loop never runs. What the engine thread says travels by `postMessage`, many reports in one message.
 */
import type { Model } from "../../core/config/model.ts";
import type { Effect } from "../../core/engine/effect.ts";
import type { SnapshotFrame } from "../../core/engine/engine.ts";
import type { Event, MaintenanceOrder, Readings } from "../../core/engine/event.ts";
import type { InstanceStatus } from "../../core/engine/status.ts";

/** The first message: all that the engine thread needs to run. */
export interface EngineStart {
  readonly model: Model;
  /** What trackers say already. */
  readonly readings?: Readings;
  /** The reading end of the command pipe. */
  readonly commandDescriptor: number;
  /** What is out of service from the beginning; absent where nothing is. */
  readonly maintenance?: MaintenanceOrder;
  /** Post every event and effect as well (`--record`). */
  readonly record: boolean;
  /** ms between two `alive` reports; 0 means none. */
  readonly aliveInterval: number;
}

/** What the main thread asks of the engine thread. */
export type EngineCommand =
  | {
    readonly kind: "event";
    readonly event: Extract<
      Event,
      {
        kind:
          | "reload"
          | "stop"
          | "script.finished"
          | "file.read"
          | "process.counted"
          | "counters.clear"
          | "link.polled"
          | "failover"
          | "maintenance";
      }
    >;
  }
  /** Answered by `status.part` reports with the same `id`. */
  | { readonly kind: "status"; readonly id: number }
  /** Test hook: nothing happens for a while, as in a loop that does not end. */
  | { readonly kind: "stall"; readonly ms: number }
  /** Test hook: an exception in the engine thread, as a defect would cause it. */
  | { readonly kind: "crash" };

/** The effects that are performed on the main thread. */
export type MainEffect = Extract<
  Effect,
  { kind: "bfd.changed" | "log" | "notify" | "script.run" | "status.changed" | "stopped" }
>;

/** How late the timers of the engine thread fired, ms. */
export interface LoopLag {
  readonly last: number;
  readonly max: number;
}

/** What the engine thread reports. */
export type EngineReport =
  /** The start event is done: sockets are open and the first advertisements are out. */
  | { readonly kind: "ready" }
  /** The engine thread could not open what it needs; nothing has been changed on the host. */
  | { readonly kind: "refused"; readonly reason: string; readonly permission: boolean }
  /** `at` is in ms since the Unix epoch. */
  | { readonly kind: "effect"; readonly at: number; readonly effect: MainEffect }
  /** Slices of one snapshot; the last one carries the frame. */
  | {
    readonly kind: "status.part";
    readonly id: number;
    /** Number of the first of `instances`; 0 begins the answer, for the second time after a reload. */
    readonly first: number;
    readonly instances: readonly InstanceStatus[];
    readonly frame: SnapshotFrame | null;
    readonly loopLag: LoopLag;
  }
  /** The loop turns: feeds the service manager's watchdog. */
  | { readonly kind: "alive" }
  /** One line of a recording. */
  | { readonly kind: "record"; readonly line: string }
  /** An exception ended the loop. */
  | { readonly kind: "crashed"; readonly reason: string };
