/**
 * All that the engine holds between two steps, in one place for the functions that work on it.
 */
import type { BfdSession } from "../bfd/session.ts";
import type { GlobalSettings, TrackScript, VirtualAddress } from "../config/model.ts";
import type { TrackFile, TrackProcess } from "../config/tracking_model.ts";
import type { Advertisement } from "../packet/vrrp.ts";
import type { ProcessVerdict } from "../track/process.ts";
import type { Verdict } from "../track/script.ts";
import type { Group, HeardRouter, Router } from "../vrrp/router.ts";
import type { AdvertSend, LeasedAddress } from "./effect.ts";
import type { MaintenanceOrder } from "./event.ts";
import type { Host } from "./host.ts";
import type { HeldLink, LinkStates } from "./link_states.ts";
import type { ObjectIndex } from "./object_index.ts";
import type { Outbox } from "./outbox.ts";
import type { GroupPace, Pacer } from "./pacer.ts";
import type { Statics } from "./static_objects.ts";
import type { StatusEvent } from "./status.ts";
import type { Touched } from "./touched.ts";
import type { VipIndex } from "./vip_index.ts";
import type { WantedLink } from "./virtual_links.ts";

/** A track script at run time. */
export interface ScriptRun {
  config: TrackScript;
  verdict: Verdict;
  running: boolean;
  /** When it is started next, monotonic ms; null where nothing uses it. */
  dueAt: number | null;
  /** How the last run ended, in words, with its monotonic time; null before the first end. */
  last: { readonly at: number; readonly text: string; readonly status: number | null } | null;
}

/** A tracked file at run time. */
export interface FileRun {
  config: TrackFile;
  /** What it says. */
  value: number;
}

/** A tracked process at run time. */
export interface ProcessRun {
  config: TrackProcess;
  tally: ProcessVerdict;
  /** When a delayed verdict comes into force, monotonic ms; null where none is on its way. */
  dueAt: number | null;
}

/** A BFD session at run time, with its sockets. */
export interface BfdRun {
  session: BfdSession;
  /** When the next of its timers is due, monotonic ms; null where none runs. */
  dueAt: number | null;
  /** Why its sockets could not be opened; null where they are open. */
  trouble: string | null;
  /** When they are tried again; null where they are open. */
  reopenAt: number | null;
  /** The refusal that was logged last since it was up. */
  said: string | null;
}

/** What can be due at a time. */
export type TimedItem = Router | ScriptRun | ProcessRun | Pacer | BfdRun | HeldLink;

/** A VRRP router that no instance of ours is about. */
export interface ForeignRouter extends HeardRouter {
  readonly interface: string;
  readonly vrid: number;
  readonly count: number;
}

/** A remembered event with its monotonic time. */
export type RememberedEvent = Omit<StatusEvent, "at"> & { readonly at: number };

/** The state of the engine. */
export interface World {
  global: GlobalSettings;
  /** A FIFO or the webhook hears of every transition, also of those without a script. */
  tellsAll: boolean;
  readonly routers: Map<string, Router>;
  readonly groups: Map<string, Group>;
  readonly scripts: Map<string, ScriptRun>;
  readonly files: Map<string, FileRun>;
  readonly processes: Map<string, ProcessRun>;
  /** BFD sessions by name. */
  readonly sessions: Map<string, BfdRun>;
  /** Numbers from 0 up to 1 for discriminators, ports and jitter. */
  random: () => number;
  readonly host: Host;
  readonly linkStates: LinkStates;
  readonly out: Outbox;
  /** The effect that belongs to an advertisement: an unchanged one is the same object each time. */
  readonly packets: WeakMap<Advertisement, AdvertSend>;
  /** The octets of an advertisement that is signed anew each time it is sent. */
  readonly messages: WeakMap<Advertisement, Uint8Array>;
  /** VIPs with their leases, for the same reason. */
  readonly leases: WeakMap<VirtualAddress, LeasedAddress>;
  vips: VipIndex;
  /** Routes and rules. */
  objects: ObjectIndex;
  statics: Statics;
  /** Virtual interfaces by name. */
  readonly links: Map<string, WantedLink>;
  /** Names of kernel settings that we changed, by interface, with the index that it had then. */
  readonly settings: Map<string, { readonly index: number; readonly names: Set<string> }>;
  /** Troubles with static entries that were logged already. */
  readonly reported: Set<string>;
  /** Routers, scripts, processes and queues whose timers may have changed in this step. */
  readonly touched: Touched<TimedItem>;
  /** The queues of announcements that go out at a limited rate, by interface. */
  readonly pacers: Map<string, Pacer>;
  /** The pace of interfaces that are in a `garp_group`. */
  paces: ReadonlyMap<string, GroupPace>;
  readonly events: RememberedEvent[];
  readonly foreign: Map<string, ForeignRouter>;
  discarded: number;
  /** Timers that fired noticeably late, newest last: when, and how many ms. */
  readonly delays: { readonly at: number; readonly late: number }[];
  /** Until when timers and packets wait (`vrrp_startup_delay`); null where they do not. */
  startupUntil: number | null;
  /** What an operator keeps out of service. */
  maintenance: MaintenanceOrder;
  /** The goodbyes are said: what happens from now on changes nothing. */
  stopped: boolean;
  /** ms that turn monotonic time into ms since the Unix epoch by addition, as far as we were told. */
  epochOffset: number;
  /** The time of this step in ms since the Unix epoch. */
  wall: number;
}

/** Lateness worth remembering, ms, and how many of them. */
const NOTICEABLE = 1;
const DELAYS = 64;

/** ms within which delays count as one. */
const BURST = 100;

/** Notes how late the timers of this step were. */
export function noteDelay(world: World, now: number, late: number): void {
  if (late < NOTICEABLE) return;
  // Of a burst the worst one is enough: sessions with many timers would push everything older out.
  const last = world.delays.at(-1);
  if (last !== undefined && now - last.at < BURST) {
    if (last.late >= late) return;
    world.delays.pop();
  }
  world.delays.push({ at: now, late });
  if (world.delays.length > DELAYS) world.delays.shift();
}

/** The worst lateness of our own timers since a moment, ms; 0 where none was noticeable. */
export function worstDelay(world: World, since: number): number {
  return world.delays.reduce((worst, { at, late }) => at >= since ? Math.max(worst, late) : worst, 0);
}

/** How many events the status remembers. */
const REMEMBERED = 200;

/** Keeps an event for the status. */
export function remember(world: World, event: RememberedEvent): void {
  world.events.push(event);
  if (world.events.length > REMEMBERED) world.events.splice(0, world.events.length - REMEMBERED);
}
