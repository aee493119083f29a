/**
 * Where the engine puts its effects during a step, in three lanes.
 *
 * Advertisements and withdrawals leave first. Adding and announcing addresses follows in portions, so that a
 * thousand promotions at once delay no advertisement. What is told to people comes last.
 */
import type { Router } from "../vrrp/router.ts";
import type { Effect } from "./effect.ts";
import type { Message } from "./message.ts";

/** How many addresses may be added or announced in one step. */
const PORTION = 48;

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

  /** An effect that must not wait. */
  now(effect: Effect): void {
    this.#urgent.push(effect);
  }

  /** An effect of a master that may wait for the next portion; `cost` is the number of addresses in it. */
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

  /** Whether portions remain: the engine wants to be called again at once. */
  get hasMore(): boolean {
    return this.#deferred.length > 0;
  }

  /** The effects of this step in the order to perform them. */
  flush(): readonly Effect[] {
    const effects = this.#urgent;
    this.#urgent = [];
    if (this.#deferred.length > 0) effects.push(...this.#portion());
    if (this.#told.length > 0) {
      effects.push(...this.#told);
      this.#told = [];
    }
    if (this.#last.length > 0) {
      effects.push(...this.#last);
      this.#last = [];
    }
    return effects;
  }

  #portion(): Effect[] {
    const effects: Effect[] = [];
    let budget = PORTION;
    let taken = 0;
    for (const { router, term, cost, effect } of this.#deferred) {
      if (router.term === term) {
        if (budget <= 0) break;
        budget -= cost;
        effects.push(effect);
      }
      taken++;
    }
    this.#deferred.splice(0, taken);
    return effects;
  }
}
