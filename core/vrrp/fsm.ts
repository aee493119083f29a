/**
 * The decisions of the VRRP state machine: what an advertisement or a timer means in each state.
 *
 * Pure functions of what the router knows; `core/engine/transitions.ts` performs what they decide. The rules are
 * those of RFC 9568 section 6.4 as keepalived runs them (nopreempt, preempt_delay, equal priorities by address).
 */
import type { IpAddress } from "../net/address.ts";
import { compareAddresses } from "../net/address.ts";
import { GOODBYE_PRIORITY, OWNER_PRIORITY } from "./priority.ts";

/** The states of RFC 9568 section 6.4 and keepalived's FAULT; `master` is the Active Router of RFC 9568. */
export type VrrpState = "init" | "backup" | "master" | "fault";

/** What a backup does about an advertisement that passed all checks. */
export type BackupDecision =
  /** The master says goodbye: take over after the skew time. */
  | "goodbye"
  /** It is our master: restart the master-down timer. */
  | "follow"
  /** Lower priority, but the preempt delay runs (or begins now): restart the timer all the same. */
  | "follow_for_preempt_delay"
  /** Lower priority and we preempt: let the timer run out. */
  | "discard_lower";

/** What a backup knows when an advertisement arrives. */
export interface BackupView {
  readonly priority: number;
  readonly preempt: boolean;
  /** ms; 0 means none */
  readonly preemptDelay: number;
  /** When the running (or used up) preempt delay ends; null where none began. */
  readonly preemptUntil: number | null;
}

/** The rule for a backup (semantics of RFC 9568 section 6.4.2 with preempt_delay). */
export function backupHears(view: BackupView, heardPriority: number, now: number): BackupDecision {
  if (heardPriority === GOODBYE_PRIORITY) return "goodbye";
  if (!view.preempt || heardPriority >= view.priority) return "follow";
  if (view.preemptDelay > 0 && (view.preemptUntil === null || now < view.preemptUntil)) {
    return "follow_for_preempt_delay";
  }
  return "discard_lower";
}

/** What a master does about an advertisement that passed all checks. */
export type MasterDecision =
  /** Somebody says goodbye: advertise at once so that everybody knows that we are here. */
  | "answer_goodbye"
  /** A weaker router believes that it is master: advertise at once and announce the addresses again. */
  | "reassert"
  /** A stronger one: become backup. */
  | "yield_to_higher_priority"
  /** Equal priority, higher address: become backup. */
  | "yield_to_higher_address"
  /** Equal priority from our own address: somebody copied our configuration, or a loop in the network. */
  | "own_address";

/** What a master knows when an advertisement arrives. */
export interface MasterView {
  readonly priority: number;
  readonly source: IpAddress;
}

/** The rule for a master (RFC 9568 section 6.4.3). */
export function masterHears(view: MasterView, heardPriority: number, sender: IpAddress): MasterDecision {
  if (heardPriority === GOODBYE_PRIORITY) return "answer_goodbye";
  if (heardPriority > view.priority) return "yield_to_higher_priority";
  if (heardPriority < view.priority) return "reassert";
  const order = compareAddresses(sender, view.source);
  if (order > 0) return "yield_to_higher_address";
  return order < 0 ? "reassert" : "own_address";
}

/** Whether an instance may become master without waiting for the master-down timer. */
export function startsAsMaster(priority: number, initialState: "master" | "backup"): boolean {
  return priority === OWNER_PRIORITY && initialState === "master";
}
