/** The word that was probably meant: optimal string alignment distance with a bound. */

/** How many candidates are looked at; nobody means the ten-thousandth script. */
const MAX_CANDIDATES = 1000;

/**
 * The candidate nearest to a word, or null where none is near enough.
 *
 * Near enough is one edit for words of up to 4 letters, two up to 8, three beyond; a swap of neighbours is one edit.
 *
 * @param most never more edits than that
 */
export function nearest(word: string, candidates: Iterable<string>, most = 3): string | null {
  if (word.length < 2 || word.length > 64) return null;
  const limit = Math.min(most, word.length <= 4 ? 1 : word.length <= 8 ? 2 : 3);
  const lower = word.toLowerCase();
  let best: string | null = null;
  let bestDistance = limit + 1;
  let looked = 0;
  for (const candidate of candidates) {
    if (++looked > MAX_CANDIDATES) break;
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(lower, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance && distance < candidate.length) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === word ? null : best;
}

/**
 * Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the other.
 *
 * @param enough no more than that is of interest: any number from it on may be returned instead of the true one
 */
function editDistance(from: string, to: string, enough = Infinity): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    let least = i;
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) cost = Math.min(cost, beforeLast[j - 2]! + 1);
      if (cost < least) least = cost;
      row.push(cost);
    }
    // The least of neighbouring rows differs by one at most, so a swap from the row before gains nothing either.
    if (least > enough) return least;
    beforeLast = last;
    last = row;
  }
  return last[to.length]!;
}
