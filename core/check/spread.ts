/**
 * Where in its warm-up a check begins: random, yet the same for the same seed.
 */

/** A number in [0, 1) that depends on the seed and the key alone (FNV-1a, then the mixer of murmur3). */
export function spread(seed: number, key: string): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  hash = Math.imul(hash ^ hash >>> 13, 0xc2b2ae35);
  return ((hash ^ hash >>> 16) >>> 0) / 2 ** 32;
}
