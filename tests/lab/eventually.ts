/** Waits for what no event tells: asks until the answer is the right one. */

import { elapse, now } from "./clock.ts";

/** ms; generous, as it is waited for in full only where the test fails. */
const PATIENCE = 20_000;

/** ms between two questions. */
const LOOK = 20;

/** Asks until the answer is the right one, or time is over (`within`, ms); the last answer. */
export async function eventually<T>(
  ask: () => T | Promise<T>,
  right: (answer: T) => boolean,
  within = PATIENCE,
): Promise<T> {
  const end = now() + within;
  for (;;) {
    const answer = await ask();
    if (right(answer) || now() > end) return answer;
    await elapse(LOOK);
  }
}
