/**
 * Recognises the advertisement that a router sends again and again, so that it is decoded once.
 *
 * A master says the same octets every interval for months. Comparing them costs a tenth of decoding them, and what was
 * made of them is the same object each time, by which the engine too sees that nothing is new.
 */
import type { Family } from "../core/net/address.ts";
import { IPV4_HEADER_LENGTH } from "../core/packet/ip.ts";
import type { ReceivedAdvert } from "../core/ports.ts";
import type { ReceiveBatch } from "./socket.ts";

/**
 * 32-bit words of an IPv4 header. The second is identification, flags and fragment offset, which say nothing about the
 * message; half of the third is a checksum that the identification changes and the kernel has verified.
 */
const LENGTH_WORD = 0;
const TTL_WORD = 2;
const SOURCE_WORD = 3;

/** Of the third word the octets of TTL and protocol, whatever the machine's order is. */
const TTL_MASK = new Uint32Array(Uint8Array.of(0xff, 0xff, 0, 0).buffer)[0]!;

interface Kept {
  /** Octets of the packet. */
  readonly length: number;
  /** The packet in 32-bit words. */
  readonly words: Uint32Array;
  /** Sender and control messages of IPv6, where no header is in front of the packet. */
  readonly sender: Uint8Array | null;
  readonly control: Uint8Array | null;
  readonly advert: ReceivedAdvert;
}

/** The last advertisement of each VRID that was heard on one socket. */
export class AdvertMemory {
  readonly #batch: ReceiveBatch;
  readonly #family: Family;
  /** By VRID. */
  readonly #kept: (Kept | undefined)[] = [];

  constructor(batch: ReceiveBatch, family: Family) {
    this.#batch = batch;
    this.#family = family;
  }

  /** What was made of the packet in a slot before; undefined where its VRID said something else last. */
  recall(slot: number): ReceivedAdvert | undefined {
    const kept = this.#kept[this.#vridOf(slot)];
    if (kept === undefined || kept.length !== this.#batch.packetLength(slot)) return undefined;
    return (this.#family === 4 ? this.#same4(slot, kept) : this.#same6(slot, kept)) ? kept.advert : undefined;
  }

  /** Keeps what was made of a packet. What is broken is not worth its place. */
  keep(slot: number, advert: ReceivedAdvert): void {
    if (!advert.packet.ok || advert.packet.checksum === "invalid") return;
    const batch = this.#batch;
    const ipv6 = this.#family === 6;
    this.#kept[this.#vridOf(slot)] = {
      length: batch.packetLength(slot),
      words: batch.copyWords(slot),
      sender: ipv6 ? batch.sender(slot).slice() : null,
      control: ipv6 ? batch.control(slot).slice() : null,
      advert,
    };
  }

  /** Forgets a VRID that nobody listens for any more. */
  forget(vrid: number): void {
    this.#kept[vrid] = undefined;
  }

  /** Where the packet is too short for one this is anything; then nothing of that length was kept. */
  #vridOf(slot: number): number {
    const header = this.#family === 4 ? (this.#batch.octet(slot, 0) & 0x0f) * 4 : 0;
    return this.#batch.octet(slot, header + 1);
  }

  #same4(slot: number, { words, length }: Kept): boolean {
    const batch = this.#batch;
    return length >= IPV4_HEADER_LENGTH &&
      batch.word(slot, LENGTH_WORD) === words[LENGTH_WORD] &&
      ((batch.word(slot, TTL_WORD) ^ words[TTL_WORD]!) & TTL_MASK) === 0 &&
      batch.hasWords(slot, words, SOURCE_WORD);
  }

  #same6(slot: number, { words, sender, control }: Kept): boolean {
    return this.#batch.hasWords(slot, words, 0) &&
      sameOctets(this.#batch.sender(slot), sender!) &&
      sameOctets(this.#batch.control(slot), control!);
  }
}

function sameOctets(left: Uint8Array, right: Uint8Array): boolean {
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) if (left[i] !== right[i]) return false;
  return true;
}
