/** What the behaviours are made of: configurations, the parts that a peer plays, and judgements. */
import assert from "node:assert/strict";
import { now } from "../lab/clock.ts";
import { configuration, instance, type InstanceText } from "../lab/config_text.ts";
import type { Daemon } from "../lab/daemon.ts";
import { LateError } from "../lab/starved.ts";
import type { VrrpFrame } from "./rig/decode.ts";
import type { Feed } from "./rig/feed.ts";
import { advertFrame, type AdvertSpec } from "./rig/packet.ts";
import type { Stand } from "./rig/stand.ts";
import type { Within } from "./rig/wire.ts";

/** The virtual addresses of most behaviours. */
export const VIP = "10.80.0.200";
export const VIP6 = "fe80::200";

/** A peer whose address is higher than the host's as a number and lower as a text. */
export const HIGH: Partial<AdvertSpec> = { source: "10.80.0.100", sourceMac: "02:00:00:00:00:64" };
/** A peer whose address is lower than the host's as a number and higher as a text. */
export const LOW: Partial<AdvertSpec> = { source: "10.80.0.3", sourceMac: "02:00:00:00:00:03" };

/** The interval of most behaviours, ms, and as version 3 writes it in packets and configurations. */
export const INTERVAL = 200;
/** How often a peer speaks, ms: more often than it says, so that a busy test machine is not taken for a dead peer. */
export const OFTEN = 60;

/** ms that something may come too early: two clocks are compared. */
const EARLY = 5;
/** ms that something may come too late on a busy machine; with a skew still less than a whole down interval. */
export const LATE = 400;

/** ms that a takeover may come too late: less than one interval, so that one too many is seen. */
export const PUNCTUAL = 150;

/** Longest pause between two advertisements of a master that was never disturbed, ms: who lost its turn pauses longer. */
export function longestPause(interval = INTERVAL): number {
  return Math.max(interval * 1.75, interval + LATE);
}
/** ms that a line of the log may be read after it was written; shorter than the skew of priority 100. */
export const LOG_LATE = 90;

/** A configuration with one instance of version 3 at 0.2 s and priority 100. */
export function v3(changes: Partial<InstanceText> = {}, globals: readonly string[] = []): string {
  return configuration([instance({ ...V3, ...changes })], globals);
}

/** A configuration with one instance of version 2 at 1 s and priority 100. */
export function v2(changes: Partial<InstanceText> = {}, globals: readonly string[] = []): string {
  return configuration([instance({ ...V2, ...changes })], globals);
}

/** The usual instances, to be changed. */
export const V3: InstanceText = {
  priority: 100,
  version: 3,
  interval: INTERVAL / 1000,
  addresses: [`${VIP}/24`],
};
export const V2: InstanceText = { priority: 100, version: 2, interval: 1, addresses: [`${VIP}/24`] };

/** A peer's advertisement of version 2 that fits {@linkcode V2}. */
export const ADVERT2: Partial<AdvertSpec> = { version: 2, interval: 1 };

/** Silence after which a backup of version 3 takes over, ms (RFC 9568 section 6.1). */
export function downInterval3(priority: number, interval = INTERVAL): number {
  return 3 * interval + skew3(priority, interval);
}

/** Skew time of version 3, ms. */
export function skew3(priority: number, interval = INTERVAL): number {
  return (256 - priority) * interval / 256;
}

/** Silence after which a backup of version 2 takes over, ms (RFC 3768 section 6.1). */
export function downInterval2(priority: number, interval = 1000): number {
  return 3 * interval + skew2(priority);
}

/** Skew time of version 2, ms. */
export function skew2(priority: number): number {
  return (256 - priority) / 256 * 1000;
}

/** The pause between frames that half of the others do not reach, ms: one that was held up does not change it. */
export function middlePause(frames: readonly { readonly at: number }[]): number {
  const pauses = frames.slice(1).map(({ at }, i) => at - frames[i]!.at).toSorted((a, b) => a - b);
  return pauses[pauses.length - 1 >> 1]!;
}

/**
 * A number in a range, both ends included.
 *
 * @throws {LateError} above it: where times are compared, that may be the machine
 * @throws {assert.AssertionError} below it
 */
export function between(value: number, low: number, high: number, what: string): void {
  const text = `${what}: ${value.toFixed(1)}, expected ${low} to ${high}`;
  if (value > high) throw new LateError(text);
  assert.ok(value >= low, text);
}

/**
 * When the daemon says that it entered BACKUP, ms since the Unix epoch: as exactly as it says itself, else when the line
 * was read.
 */
export async function entersBackup(daemon: Daemon, name = "VI_1"): Promise<number> {
  const { at, text } = await daemon.enters(name, "BACKUP");
  const stamp = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d+)/.exec(text);
  return stamp === null ? at : Date.parse(`${stamp[1]}T${stamp[2]}`);
}

/** Starts the daemon and waits until it is master, with its address. */
export async function master(
  stand: Stand,
  text: string,
  vip = VIP,
): Promise<{ daemon: Daemon; first: VrrpFrame }> {
  const daemon = await stand.start(text);
  const first = await stand.wire.advert(
    ({ priority }) => priority > 0,
    { within: 15_000 },
    "the first advertisement",
  );
  await stand.addresses.added(vip);
  return { daemon, first };
}

/** Lets a peer speak, then starts the daemon and waits until it is backup and has heard the peer. */
export async function backup(
  stand: Stand,
  text: string,
  peer: Partial<AdvertSpec> = {},
  every = OFTEN,
): Promise<{ daemon: Daemon; feed: Feed }> {
  const feed = stand.wire.feed(advertFrame(peer), every);
  const daemon = await stand.start(text);
  await daemon.enters("VI_1", "BACKUP");
  await feed.sends(3);
  return { daemon, feed };
}

/** Waits until the daemon says a word as master. */
export function speaks(stand: Stand, within: Within = {}): Promise<VrrpFrame> {
  return stand.wire.advert(({ priority }) => priority > 0, within, "an advertisement of the daemon");
}

/** How exact {@linkcode takesOver} judges. */
interface Exactness {
  /** ms that it may come too early: more where `since` was read from a log. */
  readonly early?: number;
  readonly what?: string;
}

/** Waits for the first advertisement after `since` and judges how long it took. */
export async function takesOver(
  stand: Stand,
  since: number,
  after: number,
  { early = EARLY, what = "takeover after" }: Exactness = {},
): Promise<VrrpFrame> {
  const advert = await speaks(stand, { since: since - early, within: after + 10_000 });
  between(advert.at - since, after - early, after + PUNCTUAL, `${what}, ms`);
  return advert;
}

/** Waits until the daemon gave way: its address is gone and it is silent for three of its intervals. */
export async function givesWay(stand: Stand, since: number, vip = VIP, interval = INTERVAL): Promise<void> {
  const gone = await stand.addresses.removed(vip, { since, within: 15_000 });
  await stand.wire.silent(interval * 3, "an advertisement of one that gave way", gone.at + 5);
}

/** Judges that a master went on from `since` until now as if nothing had been. */
export async function goesOn(stand: Stand, since: number, vip = VIP, interval = INTERVAL): Promise<void> {
  const next = await speaks(stand, { since: now() });
  const times = stand.wire.adverts(since - interval * 1.5).map(({ at }) => at);
  const pauses = times.slice(1).map((at, i) => at - times[i]!);
  assert.ok(times.length >= 2, `only ${times.length} advertisements`);
  between(Math.max(...pauses), 0, longestPause(interval), "longest pause between advertisements, ms");
  assert.deepEqual(stand.wire.adverts(since, ({ priority }) => priority === 0), [], "no goodbye");
  assert.ok(stand.addresses.has(vip), `${vip} is still there`);
  assert.deepEqual(stand.addresses.changes(vip, since), [], `${vip} was never touched`);
  assert.ok(next.at >= since);
}

/** Octets as hex, for comparing frames in a way that can be read. */
export function hex(octets: ArrayLike<number>): string {
  return Array.from(octets, (octet) => octet.toString(16).padStart(2, "0")).join(" ");
}
