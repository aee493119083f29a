/**
 * Where the engine puts its effects during a step, in three lanes.
 *
 * Advertisements and withdrawals leave first. Adding and announcing addresses follows in portions, so that a
 * thousand promotions at once delay no advertisement. What is told to people comes last.
 *
 * A portion goes with a step that is about time, and with no other: each address that was added is news of its own, and
 * if each piece of news let a portion out, then no timer would get its turn before everything was done.
 */
import { append } from "../config/append.ts";
import type { Router } from "../vrrp/router.ts";
import type { Effect } from "./effect.ts";
import type { Message } from "./message.ts";

/** What may be done in one step, in the cost of adding one address: a millisecond at most on a small machine. */
export const PORTION = 48;

/**
 * The portion of a step that found an advertisement a whole interval late: there are more of them than the machine can
 * send, and addresses that always stood back would never be added.
 */
const OVERLOADED_PORTION = 1024;

/** A frame of its own for each address costs about three times as much as a place in a batch of additions. */
export const ANNOUNCEMENT_COST = 3;

const NOTHING: readonly Effect[] = [];

interface Deferred {
  readonly router: Router;
  /** The mastership under which it was asked for; work of an older one is dropped. */
  readonly term: number;
  readonly cost: number;
  readonly effect: Effect;
}

/** Collects effects; `flush` ends a step. */
export class Outbox {
  #urgent: Effect[] = [];
  #deferred: Deferred[] = [];
  #told: Effect[] = [];
  #last: Effect[] = [];
  #budget = PORTION;

  /** An effect that must not wait. */
  now(effect: Effect): void {
    this.#urgent.push(effect);
  }

  /** An effect of a master that may wait for its portion; `cost` is in additions of one address. */
  later(router: Router, cost: number, effect: Effect): void {
    this.#deferred.push({ router, term: router.term, cost, effect });
  }

  /** An effect for the main thread: scripts, notices. */
  tell(effect: Effect): void {
    this.#told.push(effect);
  }

  log(message: Message): void {
    this.#told.push({ kind: "log", message });
  }

  /** The effect that comes after everything else of this step. */
  atLast(effect: Effect): void {
    this.#last.push(effect);
  }

  /** The next portion is a large one: advertisements alone are more than can be sent. */
  overload(): void {
    this.#budget = OVERLOADED_PORTION;
  }

  /** Whether portions remain: the engine wants to be called again at once. */
  get hasMore(): boolean {
    return this.#deferred.length > 0;
  }

  /** The effects of this step in the order to perform them; a portion of what may wait where `release` says so. */
  flush(release: boolean): readonly Effect[] {
    if (this.#isIdle(release)) return NOTHING;
    const effects = this.#urgent;
    this.#urgent = [];
    if (release && this.#deferred.length > 0) append(effects, this.#portion());
    if (this.#told.length > 0) {
      append(effects, this.#told);
      this.#told = [];
    }
    if (this.#last.length > 0) {
      append(effects, this.#last);
      this.#last = [];
    }
    return effects;
  }

  /** Whether a step leads to nothing, as when a backup hears its master: most of them. */
  #isIdle(release: boolean): boolean {
    return this.#urgent.length === 0 && this.#told.length === 0 && this.#last.length === 0 &&
      !(release && this.hasMore);
  }

  #portion(): Effect[] {
    const effects: Effect[] = [];
    let budget = this.#budget;
    this.#budget = PORTION;
    let taken = 0;
    for (const { router, term, cost, effect } of this.#deferred) {
      if (router.term === term) {
        // One that is larger than a whole portion is one by itself.
        if (cost > budget && effects.length > 0) break;
        budget -= cost;
        effects.push(effect);
      }
      taken++;
    }
    this.#deferred.splice(0, taken);
    return effects;
  }
}
