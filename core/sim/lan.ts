/**
 * A LAN in memory with a clock that jumps: deterministic for a given seed.
 */
import type { BfdEndpoint, Effect } from "../engine/effect.ts";
import { isMulticast } from "../net/address.ts";
import type { BfdPacket } from "../packet/bfd.ts";
import { decodeAdvertisement, type DecodedAdvertisement, encodeAdvertisement } from "../packet/vrrp.ts";
import { octetsOf } from "../packet/vrrp_trailer.ts";
import { type NodeSpec, SimulatedNode } from "./node.ts";
import { type Random, seededRandom } from "./random.ts";

/** How the network behaves. */
export interface LanOptions {
  readonly seed: number;
  /** Shortest and longest way of a packet, ms. */
  readonly latency: readonly [number, number];
  /** Probability at the beginning, see `SimulatedLan.loss`. */
  readonly loss: number;
}

/** A packet as somebody with a sniffer on the LAN sees it. */
export interface WirePacket {
  readonly at: number;
  readonly from: string;
  readonly priority: number;
  readonly vrid: number;
}

interface Delivery {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Nodes on segments, a queue of deliveries, a clock. */
export class SimulatedLan {
  now = 0;
  readonly nodes: SimulatedNode[] = [];
  readonly wire: WirePacket[] = [];
  readonly random: Random;
  /** Probability that a packet is lost for one receiver. */
  loss: number;
  #options: LanOptions;
  #queue: Delivery[] = [];
  #order = 0;
  /** When the last BFD packet arrives, by sender and receiver. */
  readonly #arrivals = new Map<string, number>();
  /** Pairs of node names that do not hear each other. */
  #cut = new Set<string>();

  constructor(options: Partial<LanOptions> = {}) {
    this.#options = { seed: 1, latency: [0.05, 0.3], loss: 0, ...options };
    this.random = seededRandom(this.#options.seed);
    this.loss = this.#options.loss;
  }

  add(spec: NodeSpec): SimulatedNode {
    const node = new SimulatedNode(spec, {
      advert: (sender, effect, now) => this.#transmit(sender, effect, now),
      bfd: (sender, endpoint, packet) => this.#transmitBfd(sender, endpoint, packet),
    });
    this.nodes.push(node);
    return node;
  }

  /** Cuts or heals the way between two nodes, both directions. */
  setCut(left: SimulatedNode, right: SimulatedNode, cut: boolean): void {
    const key = [left.name, right.name].sort().join(" ");
    if (cut) this.#cut.add(key);
    else this.#cut.delete(key);
  }

  isCut(left: SimulatedNode, right: SimulatedNode): boolean {
    return this.#cut.has([left.name, right.name].sort().join(" "));
  }

  /** Lets `ms` of simulated time pass; `check` runs after every moment in which something happened. */
  run(ms: number, check: () => void = () => {}): void {
    const end = this.now + ms;
    for (;;) {
      const next = this.#nextMoment();
      if (next > end) break;
      this.now = Math.max(this.now, next);
      this.#moment();
      check();
    }
    this.now = end;
  }

  /** Runs until the condition holds or `ms` have passed; says which. */
  runUntil(condition: () => boolean, ms: number): boolean {
    const end = this.now + ms;
    while (!condition()) {
      const next = this.#nextMoment();
      if (next > end) return false;
      this.now = Math.max(this.now, next);
      this.#moment();
    }
    return true;
  }

  #nextMoment(): number {
    let next = this.#queue[0]?.at ?? Infinity;
    for (const node of this.nodes) next = Math.min(next, node.nextWakeup());
    return next;
  }

  #moment(): void {
    while (this.#queue.length > 0 && this.#queue[0]!.at <= this.now) this.#queue.shift()!.run();
    for (const node of this.nodes) if (node.nextWakeup() <= this.now) node.wake(this.now);
  }

  #transmit(sender: SimulatedNode, effect: Extract<Effect, { kind: "advert.send" }>, now: number): void {
    const { advertisement } = effect;
    const { priority, vrid } = advertisement;
    this.wire.push({ at: now, from: sender.name, priority, vrid });
    const segment = sender.segmentOf(effect.interface);
    if (segment === null || !sender.isUp(effect.interface)) return;
    for (const destination of effect.destinations) {
      for (const receiver of this.nodes) {
        if (receiver === sender || this.isCut(sender, receiver)) continue;
        if (!isMulticast(destination) && !receiver.holds(destination)) continue;
        for (const name of receiver.interfacesOn(segment)) this.#carry(effect, destination, receiver, name);
      }
    }
  }

  /** A BFD packet reaches the node that has the neighbour's address, on a segment that both are plugged into. */
  #transmitBfd(
    sender: SimulatedNode,
    { neighbour, source, ttl, port }: BfdEndpoint,
    packet: BfdPacket,
  ): void {
    for (const receiver of this.nodes) {
      const segment = receiver.segmentOf(receiver.interfaceWith(neighbour) ?? "");
      const way = segment === null ? null : sender.wayTo(segment);
      if (receiver === sender || way === null || this.isCut(sender, receiver)) continue;
      if (this.random.chance(this.loss)) continue;
      const [shortest, longest] = this.#options.latency;
      // One way keeps the order: a "down" that comes late would be taken for a new one.
      const path = `${sender.name} ${receiver.name}`;
      const drawn = this.now + shortest + this.random.next() * (longest - shortest);
      const at = Math.max(drawn, this.#arrivals.get(path) ?? 0);
      this.#arrivals.set(path, at);
      const event = {
        kind: "bfd.received",
        source: source ?? way,
        ttl,
        port,
        packet: { ok: true, packet },
      } as const;
      this.#schedule(at, () => {
        if (receiver.isUp(receiver.interfaceWith(neighbour) ?? "")) receiver.take(event, this.now);
      });
    }
  }

  #carry(
    effect: Extract<Effect, { kind: "advert.send" }>,
    destination: string,
    receiver: SimulatedNode,
    interfaceName: string,
  ): void {
    if (this.random.chance(this.loss)) return;
    const [shortest, longest] = this.#options.latency;
    const at = this.now + shortest + this.random.next() * (longest - shortest);
    const packet = onTheWire(effect, destination);
    const { source, ttl } = effect;
    this.#schedule(at, () => {
      if (!receiver.isUp(interfaceName)) return;
      receiver.take(
        { kind: "advert.received", interface: interfaceName, source, destination, ttl, packet },
        this.now,
      );
    });
  }

  #schedule(at: number, run: () => void): void {
    const delivery = { at, order: this.#order++, run };
    let place = this.#queue.length;
    while (place > 0 && this.#queue[place - 1]!.at > at) place--;
    this.#queue.splice(place, 0, delivery);
  }
}

const AUTHENTICATION_TYPES = { none: 0, pass: 1, ah: 2 } as const;

/** What the decoder would make of the packet at one destination; only a signed one is worth the octets. */
function onTheWire(
  { advertisement, source, trailer, checksumWithoutPseudoHeader }: Extract<Effect, { kind: "advert.send" }>,
  destination: string,
): DecodedAdvertisement {
  if (trailer !== undefined) {
    const options = { source, destination, checksumWithoutPseudoHeader, trailer: octetsOf(trailer) };
    return decodeAdvertisement(encodeAdvertisement(advertisement, options), { source, destination });
  }
  const { version, vrid, priority, interval, addresses, authentication, password } = advertisement;
  return {
    ok: true,
    version,
    type: 1,
    vrid,
    priority,
    interval,
    addresses,
    authenticationType: version === 2 ? AUTHENTICATION_TYPES[authentication] : 0,
    password,
    checksum: "valid",
  };
}
