/**
 * A dialogue with a server over a connection, without the connection: octets in, octets out, until a verdict.
 */
import type { Verdict } from "./verdict.ts";

/** What a conversation says to what it was told. */
export interface Reply {
  /** Octets to send; null for none. */
  readonly send: Uint8Array | null;
  /** Not null: the conversation is over. */
  readonly verdict: Verdict | null;
}

/** One conversation; it keeps a bounded part of what it reads, whatever the server sends. */
export interface Conversation {
  /** The connection stands. */
  start(): Reply;
  /** Octets came; the buffer may be overwritten after the call. */
  receive(octets: Uint8Array): Reply;
  /** The server closed its side. */
  end(): Reply;
}

/** Nothing to say, nothing decided. */
export const LISTEN: Reply = { send: null, verdict: null };

/** Says something and listens on. */
export function say(octets: Uint8Array): Reply {
  return { send: octets, verdict: null };
}

/** The end. */
export function decide(verdict: Verdict): Reply {
  return { send: null, verdict };
}
