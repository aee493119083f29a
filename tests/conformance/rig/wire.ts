/** The far end of a link of the daemon's host: sees every frame that the host sends, and sends frames of its own. */
import { interfaceIndexOf } from "../../../ffi/interface_name.ts";
import { isLostFrame, openPacketSocket, type PacketSocket } from "../../../ffi/packet_socket.ts";
import { elapse, now } from "../../lab/clock.ts";
import { EventLog, type WaitOptions } from "../../lab/event_log.ts";
import {
  type ArpFrame,
  decodeFrame,
  type MembershipFrame,
  type NeighbourFrame,
  type Seen,
  showFrame,
  type VrrpFrame,
} from "./decode.ts";
import { Feed } from "./feed.ts";
import type { Hub } from "./hub.ts";
import { advertFrame, type AdvertSpec } from "./packet.ts";

/** How long and from when to wait; 10 s from the beginning where nothing is said. */
export type Within = Partial<Omit<WaitOptions, "what">>;

const PATIENCE = 10_000;

/** A link seen from the other side. */
export class Wire extends EventLog<Seen> implements AsyncDisposable {
  /** The name of the far end in the hub. */
  readonly device: string;
  /** When it was made, ms since the Unix epoch. */
  readonly madeAt = now();
  readonly #hub: Hub;
  readonly #socket: PacketSocket;
  readonly #reader;
  readonly #feeds = new Set<Feed>();

  /** `device` is a name in the hub. */
  constructor(hub: Hub, device: string) {
    super(`frames on ${device}`, showFrame);
    this.#hub = hub;
    this.device = device;
    this.#socket = hub.inside(
      hub.namespace,
      () => openPacketSocket(hub.libc, interfaceIndexOf(hub.libc, device)),
    );
    this.#reader = {
      descriptor: this.#socket.descriptor,
      drain: () => this.#drain(),
      [Symbol.dispose]: () => this.#socket[Symbol.dispose](),
    };
    hub.watch(this.#reader);
  }

  /** Sends a frame; returns the time just before. While the link is down the frame is lost, as on a real one. */
  send(frame: Uint8Array<ArrayBuffer>): number {
    const at = now();
    try {
      this.#socket.send(frame);
    } catch (error) {
      if (!isLostFrame(error)) throw error;
    }
    return at;
  }

  /** Sends one advertisement; returns the time just before. */
  say(spec: Partial<AdvertSpec>): number {
    return this.send(advertFrame(spec));
  }

  /** Sends a frame at once and then at every interval (ms) until it is stopped. */
  feed(frame: Uint8Array<ArrayBuffer>, interval: number): Feed {
    const feed = new Feed((octets) => this.send(octets), frame, interval);
    this.#feeds.add(feed);
    return feed;
  }

  /** Takes the carrier from the host or gives it back. */
  async carrier(on: boolean): Promise<number> {
    const at = now();
    await this.#hub.ip([`link set ${this.device} ${on ? "up" : "down"}`]);
    return at;
  }

  /** The first advertisement that matches, past or to come. */
  advert(matches: (frame: VrrpFrame) => boolean, within: Within = {}, what = "advertisement") {
    return this.next((frame) => frame.kind === "vrrp" && matches(frame), {
      within: PATIENCE,
      ...within,
      what,
    }) as Promise<VrrpFrame>;
  }

  /** Advertisements so far. */
  adverts(since = 0, matches: (frame: VrrpFrame) => boolean = () => true): VrrpFrame[] {
    return this.filter((frame) => frame.kind === "vrrp" && matches(frame), since) as VrrpFrame[];
  }

  /** As many advertisements in a row as wanted, the first at or after a time. */
  async nextAdverts(count: number, since: number, within = PATIENCE): Promise<VrrpFrame[]> {
    const enough = () => this.adverts(since, ({ priority }) => priority > 0);
    await this.next(
      (frame) =>
        frame.kind === "vrrp" && frame.priority > 0 &&
        enough().filter(({ at }) => at <= frame.at).length >= count,
      { since, within, what: `${count} advertisements` },
    );
    return enough().slice(0, count);
  }

  /** ARP packets so far in which sender and target are this address. */
  gratuitous(address: string, since = 0): ArpFrame[] {
    return this.filter(
      (frame) => frame.kind === "arp" && frame.sender === address && frame.target === address,
      since,
    ) as ArpFrame[];
  }

  /** Neighbour advertisements so far for this address. */
  neighbours(address: string, since = 0): NeighbourFrame[] {
    return this.filter(
      (frame) => frame.kind === "neighbour" && frame.target === address,
      since,
    ) as NeighbourFrame[];
  }

  /** Membership reports so far with this kind of record for this group. */
  memberships(group: string, types: readonly number[], since = 0): MembershipFrame[] {
    return this.filter(
      (frame) =>
        frame.kind === "membership" &&
        frame.records.some((record) => record.group === group && types.includes(record.type)),
      since,
    ) as MembershipFrame[];
  }

  /** Watches for a time from now and fails as soon as something comes, or has come since `since`, that must not. */
  async never(matches: (frame: Seen) => boolean, milliseconds: number, what: string, since = now()) {
    const frame = await this.next(matches, { within: milliseconds, since, what }).then(
      (seen) => seen,
      () => null,
    );
    if (frame !== null) throw new Error(`Cannot accept ${what}: ${showFrame(frame)}${this.tail()}`);
  }

  /** No advertisement for a time. */
  silent(milliseconds: number, what = "an advertisement", since = now()): Promise<void> {
    return this.never((frame) => frame.kind === "vrrp", milliseconds, what, since);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const feed of this.#feeds) feed.stop();
    this.#hub.forget(this.#reader);
    this.close();
    await elapse(0);
  }

  #drain(): void {
    for (const captured of this.#socket.receive()) this.push(decodeFrame(captured));
  }
}
