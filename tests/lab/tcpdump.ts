/**
 * Reads what `tcpdump -n -tt -vv -e` prints: the independent decoder of the end-to-end tests.
 *
 * Only what the tests look at is taken apart; `text` keeps all of it.
 */
import type { Timed } from "./event_log.ts";

interface Frame extends Timed {
  readonly sourceMac: string;
  readonly destinationMac: string;
  /** All of it but the time stamp, on one line. */
  readonly text: string;
}

/** A VRRP advertisement as tcpdump reads it. */
export interface VrrpPacket extends Frame {
  readonly kind: "vrrp";
  readonly source: string;
  readonly destination: string;
  readonly tos: number;
  readonly ttl: number;
  /** IPv4 identification; null for IPv6. */
  readonly id: number | null;
  readonly version: number;
  readonly vrid: number;
  readonly priority: number;
  /** As printed: `1s` or `50cs`. */
  readonly interval: string;
  /** As printed, `none` where nothing is printed. */
  readonly authentication: string;
  readonly addresses: readonly string[];
  /** Anything that tcpdump objects to, empty for a good packet. */
  readonly complaints: readonly string[];
}

/** An ARP packet. */
export interface ArpPacket extends Frame {
  readonly kind: "arp";
  readonly operation: "request" | "reply";
  /** The address, when sender and target are the same one. */
  readonly gratuitousFor: string | null;
}

/** Anything else. */
export interface OtherPacket extends Frame {
  readonly kind: "other";
}

/** A decoded packet. */
export type Packet = VrrpPacket | ArpPacket | OtherPacket;

const HEADER = /^(\d+\.\d+) ([0-9a-f:]{17}) > ([0-9a-f:]{17}), ethertype (.*)$/;

/** What a BFD packet is known by, and what its last line is. */
const BFD = "BFDv1, length";
const LAST_OF_BFD = "Required min Echo Interval";

/** Puts the lines of one packet together and hands out packets as soon as they are complete. */
export class TcpdumpReader {
  readonly #emit: (packet: Packet) => void;
  #head: string | null = null;

  constructor(emit: (packet: Packet) => void) {
    this.#emit = emit;
  }

  /** Takes the next line. IPv4 has a second line, BFD several, everything else is complete with its first. */
  line(text: string): void {
    if (HEADER.test(text)) {
      this.#flush("");
      if (text.includes("ethertype IPv4") || text.includes(BFD)) this.#head = text;
      else this.#parse(text);
    } else if (this.#head !== null && `${this.#head}${text}`.includes(BFD) && !text.includes(LAST_OF_BFD)) {
      this.#head += ` ${text.trim()}`;
    } else {
      this.#flush(` ${text.trim()}`);
    }
  }

  #flush(rest: string): void {
    if (this.#head === null) return;
    const text = this.#head + rest;
    this.#head = null;
    this.#parse(text);
  }

  #parse(text: string): void {
    const packet = parsePacket(text);
    if (packet !== null) this.#emit(packet);
  }
}

/** Reads one packet that has been put on one line; null where it is none. */
export function parsePacket(line: string): Packet | null {
  const match = HEADER.exec(line);
  if (match === null) return null;
  const frame: Frame = {
    at: Number(match[1]) * 1000,
    sourceMac: match[2]!,
    destinationMac: match[3]!,
    text: line.slice(match[1]!.length + 1),
  };
  return parseVrrp(frame) ?? parseArp(frame) ?? { ...frame, kind: "other" };
}

const ADVERTISEMENT =
  /(\S+) > (\S+): (?:vrrp \S+ > \S+: )?VRRPv(\d), Advertisement, (?:\(ttl \d+\), )?vrid (\d+), prio (\d+)(?:, authtype ([^,]+))?, intvl (\d+c?s), length \d+/;

function parseVrrp(frame: Frame): VrrpPacket | null {
  const match = ADVERTISEMENT.exec(frame.text);
  if (match === null) return null;
  const number = (pattern: RegExp) => Number(pattern.exec(frame.text)?.[1] ?? NaN);
  const id = number(/, id (\d+),/);
  return {
    ...frame,
    kind: "vrrp",
    source: match[1]!,
    destination: match[2]!,
    tos: number(/(?:tos|class) (0x[0-9a-f]+)/),
    ttl: number(/(?:ttl|hlim) (\d+)/),
    id: Number.isNaN(id) ? null : id,
    version: Number(match[3]),
    vrid: Number(match[4]),
    priority: Number(match[5]),
    interval: match[7]!,
    authentication: authentication(match[6], frame.text),
    addresses: (/addrs(?:\(\d+\))?: (\S+)/.exec(frame.text)?.[1] ?? "").split(",").filter(Boolean),
    complaints: complaints(frame.text),
  };
}

function authentication(type: string | undefined, text: string): string {
  const password = / auth "(.*)"/.exec(text)?.[1];
  return type === undefined ? "none" : password === undefined ? type : `${type} "${password}"`;
}

/** The phrases that tcpdump's printers use for what they do not like. */
const COMPLAINT =
  /bad vrrp cksum[^)]*|bad cksum[^)]*|\[\|[a-z]+\]|\(invalid\)|bad length[^)]*|truncated-\S+|unknown \S+/gi;

function complaints(text: string): string[] {
  return text.match(COMPLAINT) ?? [];
}

function parseArp(frame: Frame): ArpPacket | null {
  const match = /, (?:Request who-has (\S+) (?:\(\S+\) )?tell (\S+),|(Reply) (\S+) is-at)/.exec(frame.text);
  if (match === null) return null;
  if (match[3] !== undefined) return { ...frame, kind: "arp", operation: "reply", gratuitousFor: null };
  const gratuitousFor = match[1] === match[2] ? match[1]! : null;
  return { ...frame, kind: "arp", operation: "request", gratuitousFor };
}
