/**
 * Pseudo-random numbers. The seed comes from outside, so that whatever they decide can be repeated.
 */

/** A generator of numbers from 0 up to, but not including, 1 (mulberry32); equal seeds give equal sequences. */
export function seededNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
