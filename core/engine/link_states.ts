/**
 * What of the kernel's word about a link counts: a change may have to last first (`interface_up_down_delays`), and a
 * link that is polled (`linkbeat_interfaces`) is up only where both say so.
 */
import { longestDelay } from "../config/interface_delay.ts";
import type { Model } from "../config/model.ts";
import type { Link } from "./event.ts";
import * as message from "./message.ts";
import type { World } from "./world.ts";

/** A change that does not count yet. */
export interface HeldLink {
  /** The kernel's last word. */
  held: Link;
  /** When it counts, monotonic ms; null once it does not wait any more. */
  dueAt: number | null;
}

/** How long changes of an interface must last, ms; 0 lets them count at once. */
interface Delays {
  readonly down: number;
  readonly up: number;
}

/** What is known of links beside what counts. */
export interface LinkStates {
  delays: ReadonlyMap<string, Delays>;
  /** Interfaces that have no link, as polling found. */
  readonly dead: Set<string>;
  /** The kernel's last word about each link. */
  readonly heard: Map<string, Link>;
  readonly held: Map<string, HeldLink>;
}

/** Nothing is delayed, nothing is polled. */
export function noLinkStates(): LinkStates {
  return { delays: new Map(), dead: new Set(), heard: new Map(), held: new Map() };
}

/** Takes the settings of a configuration, and what polling found; `links` absent polls nothing. */
export function configureLinkStates(
  { linkStates }: World,
  model: Model,
  links: Readonly<Record<string, boolean>> = {},
): void {
  linkStates.delays = new Map(model.interfaceDelays.map((each) => [each.interface, each]));
  linkStates.dead.clear();
  for (const [name, up] of Object.entries(links)) if (!up) linkStates.dead.add(name);
}

/** The kernel's word about a link with that of polling. */
export function withPolling({ linkStates }: World, link: Link): Link {
  linkStates.heard.set(link.name, link);
  return link.up && linkStates.dead.has(link.name) ? { ...link, up: false } : link;
}

/** What counts of a link from now on; `bounced` where a change went back before it counted. */
export function countedLink(
  world: World,
  heard: Link,
  now: number,
): { readonly link: Link; readonly bounced: boolean } {
  const { held } = world.linkStates;
  const link = withPolling(world, heard);
  const known = world.host.link(link.name);
  const waiting = held.get(link.name);
  const changes = known !== null && known.index === link.index && known.up !== link.up;
  const delay = changes ? delayOf(world, link) : 0;
  if (!changes || delay === 0) {
    if (waiting !== undefined) release(world, waiting);
    return { link, bounced: waiting !== undefined && !changes && link.up };
  }
  if (waiting !== undefined) waiting.held = heard;
  else {
    const fresh: HeldLink = { held: heard, dueAt: now + delay };
    held.set(link.name, fresh);
    world.touched.add(fresh);
    world.out.log(message.linkHeld(link.name, link.up, delay));
  }
  return { link: { ...link, up: known!.up }, bounced: false };
}

/** A change that waited is over: it counts now, or went back, or the interface is gone. */
export function release(world: World, waiting: HeldLink): void {
  const { name } = waiting.held;
  world.linkStates.held.delete(name);
  waiting.dueAt = null;
  world.touched.add(waiting);
}

/** An interface is gone, and with it what it waited for. */
export function forgetLink(world: World, name: string): void {
  const { heard, held } = world.linkStates;
  heard.delete(name);
  const waiting = held.get(name);
  if (waiting !== undefined) release(world, waiting);
}

/**
 * The delay of its interface, a virtual one's that of the one below. An instance on it must not be the last to notice:
 * its change counts while the others still wait for its next advertisements.
 */
function delayOf(world: World, { name, up }: Link): number {
  const { delays } = world.linkStates;
  if (delays.size === 0) return 0;
  const physical = world.links.get(name)?.link.parent ?? name;
  const configured = delays.get(physical)?.[up ? "up" : "down"] ?? 0;
  return [...world.routers.values()].reduce((delay, { config, masterInterval }) => {
    if (config.interface !== physical) return delay;
    return Math.min(delay, longestDelay(config.downTimerAdverts, masterInterval));
  }, configured);
}
