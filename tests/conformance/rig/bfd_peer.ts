/**
 * A BFD neighbour played by hand, apart from the product's own codec on purpose: it says what it is told to, and
 * answers where it is told to.
 */
import { now } from "../../lab/clock.ts";
import { ADVERT, frameAround } from "./packet.ts";
import { HOST, type Stand } from "./stand.ts";

const PORT = 3784;
const UDP = 17;
const PACE = 40;

/** The neighbour's address and hardware address. */
export const PEER = { address: "10.80.0.100", mac: "02:00:00:00:00:64" } as const;

/** States by their numbers on the wire (RFC 5880 section 4.1). */
export const STATE = { adminDown: 0, down: 1, init: 2, up: 3 } as const;

/** Bits of the second octet. */
export const FLAG = { poll: 0x20, final: 0x10, demand: 0x02, multipoint: 0x01 } as const;

/** A packet in every detail. */
export interface BfdSpec {
  readonly version: number;
  readonly diagnostic: number;
  readonly state: number;
  readonly flags: number;
  readonly multiplier: number;
  readonly mine: number;
  readonly yours: number;
  /** µs */
  readonly transmit: number;
  readonly receive: number;
  readonly ttl: number;
  readonly source: string;
}

/** A packet of the daemon under test. */
export interface HeardBfd extends Omit<BfdSpec, "source"> {
  readonly at: number;
  readonly sourcePort: number;
}

/** The neighbour. */
export class BfdPeer implements Disposable {
  readonly #stand: Stand;
  readonly heard: HeardBfd[] = [];
  /** What it says from now on; null keeps it silent. */
  saying: Partial<BfdSpec> | null = null;
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #mine = 0x01020304;

  private constructor(stand: Stand) {
    this.#stand = stand;
    stand.wire.subscribe((frame) => {
      const packet = readBfd(frame.octets, frame.at);
      if (packet !== null) this.#hear(packet);
    });
    this.#timer = setInterval(() => this.saying !== null && this.send(this.saying), PACE);
  }

  /** A neighbour that the host of the stand knows the hardware address of; it is silent. */
  static async meet(stand: Stand): Promise<BfdPeer> {
    await stand.ip(`neigh replace ${PEER.address} lladdr ${PEER.mac} dev eth0`);
    return new BfdPeer(stand);
  }

  /** Sends one packet; the discriminator of the daemon is the one heard last. Returns the time just before. */
  send(changes: Partial<BfdSpec> = {}): number {
    const spec = {
      version: 1,
      diagnostic: 0,
      state: STATE.up,
      flags: 0,
      // A second of silence, in which a busy test machine finds its voice again.
      multiplier: 10,
      mine: this.#mine,
      yours: this.heard.at(-1)?.mine ?? 0,
      transmit: 100_000,
      receive: 100_000,
      ttl: 255,
      source: PEER.address,
      ...changes,
    };
    return this.#stand.wire.send(frameOf(spec));
  }

  /** Brings the session up and keeps it up. */
  async comeUp(changes: Partial<BfdSpec> = {}): Promise<void> {
    const since = now();
    this.saying = { state: STATE.down, yours: 0, transmit: 1_000_000, ...changes };
    await this.next(({ state }) => state === STATE.init || state === STATE.up, since, "state Init");
    this.saying = { state: STATE.init, ...changes };
    await this.next(({ state }) => state === STATE.up, since, "state Up");
    this.saying = { state: STATE.up, ...changes };
  }

  /** The first packet that matches, from a time on. */
  async next(matches: (packet: HeardBfd) => boolean, since: number, what: string): Promise<HeardBfd> {
    const found = () => this.heard.find((packet) => packet.at >= since && matches(packet));
    const within = 15_000;
    await this.#stand.wire.next(() => found() !== undefined, { since: 0, within, what: `BFD ${what}` });
    return found()!;
  }

  /** Packets so far, from a time on. */
  since(at: number): HeardBfd[] {
    return this.heard.filter((packet) => packet.at >= at);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  #hear(packet: HeardBfd): void {
    this.heard.push(packet);
    // Whoever is up answers polls, as every neighbour must.
    if ((packet.flags & FLAG.poll) !== 0 && this.saying !== null) {
      this.send({ ...this.saying, flags: FLAG.final });
    }
  }
}

function frameOf(spec: BfdSpec): Uint8Array<ArrayBuffer> {
  const word = (value: number) => [value >>> 24, value >>> 16 & 0xff, value >>> 8 & 0xff, value & 0xff];
  const packet = [
    spec.version << 5 | spec.diagnostic,
    spec.state << 6 | spec.flags,
    spec.multiplier,
    24,
    ...word(spec.mine),
    ...word(spec.yours),
    ...word(spec.transmit),
    ...word(spec.receive),
    ...word(0),
  ];
  // A UDP checksum of 0 is none (RFC 768).
  const udp = [50_001 >> 8, 50_001 & 0xff, PORT >> 8, PORT & 0xff, 0, packet.length + 8, 0, 0, ...packet];
  const { source, ttl } = spec;
  const ip = { source, sourceMac: PEER.mac, destination: HOST.address, destinationMac: HOST.mac };
  return frameAround({ ...ADVERT, ...ip, protocol: UDP, ttl }, udp);
}

function readBfd(octets: Uint8Array, at: number): HeardBfd | null {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  if (octets.length < 66 || view.getUint16(12) !== 0x0800 || octets[23] !== UDP) return null;
  if (view.getUint16(36) !== PORT) return null;
  const first = octets[42]!;
  const flags = octets[43]!;
  return {
    at: at || now(),
    sourcePort: view.getUint16(34),
    ttl: octets[22]!,
    version: first >> 5,
    diagnostic: first & 0x1f,
    state: flags >> 6,
    flags: flags & 0x3f,
    multiplier: octets[44]!,
    mine: view.getUint32(46),
    yours: view.getUint32(50),
    transmit: view.getUint32(54),
    receive: view.getUint32(58),
  };
}
