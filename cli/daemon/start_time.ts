/**
 * When the daemon started, as the clock tells it now.
 *
 * The clock may be wrong at boot and be set hours later; "up 0 s" or "up 56 years" would be the answer of a number
 * that was noted then. All other times of the status follow the clock in the same way.
 */

/** ms; what is less is the clock's slow adjustment, not a step: the number stays as it is for whoever watches it. */
const STEP = 1000;

/**
 * Begins now; what it returns gives the time of the start, ms since 1970, which changes only where the clock is set.
 *
 * @param wall ms since 1970
 * @param monotonic ms since any moment, never set
 */
export function startTime(
  wall: () => number = Date.now,
  monotonic: () => number = () => performance.now(),
): () => number {
  let noted = wall();
  const begin = monotonic();
  return () => {
    const started = Math.round(wall() - (monotonic() - begin));
    if (Math.abs(started - noted) > STEP) noted = started;
    return noted;
  };
}
