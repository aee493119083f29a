/**
 * `auth_hmac` of one virtual router: signs its advertisements, and judges the trailers of others.
 *
 * What keeps a captured advertisement from being of use again is its sequence: seconds, fraction and counter as one
 * number of 64 bits that each sender makes grow. It is compared by serial number arithmetic (RFC 1982), so that the
 * field may wrap. All times are ms since the Unix epoch.
 */
import type { HmacSettings, VrrpInstance } from "../config/model.ts";
import type { IpAddress } from "../net/address.ts";
import { fromHex } from "../net/bytes.ts";
import { HmacSha256 } from "../net/sha256.ts";
import {
  encodeTrailer,
  HMAC_SHA256_TRAILER,
  octetText,
  type ReceivedTrailer,
  type TrailerContext,
  trailerIsAuthentic,
} from "../packet/vrrp_trailer.ts";

/** Why a packet is dropped because of its trailer. */
export type TrailerRejection =
  | { readonly kind: "trailer_missing" }
  | { readonly kind: "trailer_malformed" }
  | { readonly kind: "trailer_unknown_key"; readonly keyId: number }
  | { readonly kind: "trailer_forged" }
  /** s: how far the sender is behind our clock, and how far it may be. */
  | { readonly kind: "trailer_stale"; readonly skew: number; readonly window: number }
  | { readonly kind: "trailer_replayed" };

/** How a trailer came out: `skew` in s is how far the sender's clock is behind ours. */
export type TrailerVerdict =
  | { readonly ok: true; readonly skew: number }
  | { readonly ok: false; readonly rejection: TrailerRejection };

/** Senders of one VRID whose last sequence is remembered; more than two are rare, and the oldest gives way. */
const REMEMBERED_SENDERS = 16;

/** The signer of an instance; `known` keeps its sequence and its memory across a change of the configuration. */
export function signerFor({ hmac }: VrrpInstance, known: Signer | null): Signer | null {
  if (hmac === null) return null;
  if (known === null) return new Signer(hmac);
  known.use(hmac);
  return known;
}

/** The keys, the last sequence that was sent, and the last one of each sender. */
export class Signer {
  #settings: HmacSettings;
  #keys = new Map<number, HmacSha256>();
  #sent: bigint | null = null;
  /** The sender heard last stands last. */
  readonly #heard = new Map<IpAddress, bigint>();

  constructor(settings: HmacSettings) {
    this.#settings = settings;
    this.use(settings);
  }

  /** Other keys or rules from now on; what was sent and heard stays known. */
  use(settings: HmacSettings): void {
    this.#settings = settings;
    this.#keys = new Map(settings.keys.map(({ id, secret }) => [id, new HmacSha256(fromHex(secret))]));
  }

  /** The trailer for a message that leaves now, one character an octet; null where none is sent. */
  sign(message: Uint8Array, context: TrailerContext, wall: number): string | null {
    const { mode, activeKey } = this.#settings;
    const key = this.#keys.get(activeKey);
    if (mode === "receive-only" || key === undefined) return null;
    return octetText(encodeTrailer(message, activeKey, this.#nextSequence(wall), key, context));
  }

  /**
   * Judges the trailer of a packet.
   *
   * The cheap checks come first, so that a flood of old packets costs no code; nothing is remembered of a packet
   * before its code was right.
   */
  judge(trailer: ReceivedTrailer | null, context: TrailerContext, wall: number): TrailerVerdict {
    const { mode, antiReplay, timeWindow: window } = this.#settings;
    if (trailer === null) {
      return mode === "enforce" ? refused({ kind: "trailer_missing" }) : { ok: true, skew: 0 };
    }
    if (trailer.type !== HMAC_SHA256_TRAILER || trailer.reserved !== 0) {
      return refused({ kind: "trailer_malformed" });
    }
    const skew = antiReplay === "time" ? secondsBehind(wall, trailer.seconds) : 0;
    if (Math.abs(skew) > window) return refused({ kind: "trailer_stale", skew, window });
    const { keyId } = trailer;
    const key = this.#keys.get(keyId);
    if (key === undefined) return refused({ kind: "trailer_unknown_key", keyId });
    if (!trailerIsAuthentic(trailer, key, context)) return refused({ kind: "trailer_forged" });
    const sequence = BigInt(trailer.seconds) << 32n | BigInt(trailer.fraction);
    return this.#isNew(context.source, sequence, wall)
      ? { ok: true, skew }
      : refused({ kind: "trailer_replayed" });
  }

  /** Whether the clocks are so far apart that it is worth a word. */
  isFarApart(skew: number): boolean {
    return Math.abs(skew) > Math.floor(this.#settings.timeWindow / 2);
  }

  /**
   * The clock, or the last one and a little: it grows though the clock stands still.
   *
   * Where the clock was set back by more than others accept, it begins anew, because all of them would drop us until
   * the clock has caught up. With `monotonic` growth is all that protects, and it goes on growing.
   */
  #nextSequence(wall: number): bigint {
    const clock = sequenceAt(wall);
    const { antiReplay, timeWindow } = this.#settings;
    const last = this.#sent;
    if (last === null || isAfter(clock, last)) this.#sent = clock;
    else if (antiReplay === "time" && -secondsBehind(wall, secondsOf(last)) > timeWindow) this.#sent = clock;
    else this.#sent = BigInt.asUintN(64, last + 1n);
    return this.#sent;
  }

  /** Remembers a sequence that is after the last one of its sender; false where it is not. */
  #isNew(source: IpAddress, sequence: bigint, wall: number): boolean {
    const last = this.#heard.get(source);
    const { antiReplay, timeWindow } = this.#settings;
    // One outside the window orders nothing that the window would let pass; a sender set right again needs it gone.
    const counts = last !== undefined &&
      !(antiReplay === "time" && Math.abs(secondsBehind(wall, secondsOf(last))) > timeWindow);
    if (counts && !isAfter(sequence, last)) return false;
    this.#heard.delete(source);
    this.#heard.set(source, sequence);
    if (this.#heard.size > REMEMBERED_SENDERS) this.#heard.delete(this.#heard.keys().next().value!);
    return true;
  }
}

function refused(rejection: TrailerRejection): TrailerVerdict {
  return { ok: false, rejection };
}

/** The clock as a sequence: seconds, 1/65536 seconds, and a counter of zero. */
function sequenceAt(wall: number): bigint {
  const seconds = Math.floor(wall / 1000);
  const fraction = Math.floor((wall - seconds * 1000) * 65.536);
  return BigInt.asUintN(32, BigInt(seconds)) << 32n | BigInt(fraction) << 16n;
}

function secondsOf(sequence: bigint): number {
  return Number(sequence >> 32n);
}

/** s that a time of 32 bits is behind our clock, negative where it is ahead. */
function secondsBehind(wall: number, seconds: number): number {
  return Math.floor(wall / 1000) - seconds | 0;
}

function isAfter(sequence: bigint, other: bigint): boolean {
  return BigInt.asIntN(64, sequence - other) > 0n;
}
