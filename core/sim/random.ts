/**
 * A seeded generator of pseudo-random numbers, so that every simulated run can be repeated.
 */
import { seededNumbers } from "../net/random.ts";

/** Numbers that depend on the seed alone. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** A whole number in [low, high]. */
  between(low: number, high: number): number;
  /** One of the items. */
  pick<T>(items: readonly T[]): T;
  chance(probability: number): boolean;
}

/** A generator; equal seeds give equal sequences. */
export function seededRandom(seed: number): Random {
  const next = seededNumbers(seed);
  const between = (low: number, high: number) => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    between,
    pick: (items) => items[between(0, items.length - 1)]!,
    chance: (probability) => next() < probability,
  };
}
