/**
 * What was passed, failed and skipped, added up.
 */

/** A skipped test or world with its reason. */
export interface Skip {
  readonly what: string;
  readonly reason: string;
}

/** The result of one piece of work: a gate step, a test file, a world that cannot run. */
export interface Outcome {
  readonly passed: number;
  /** Names of what failed. */
  readonly failed: readonly string[];
  readonly skipped: readonly Skip[];
  /** s */
  readonly seconds: number;
  /** To be shown where something failed. */
  readonly output: string;
}

/** All outcomes of one world. */
export interface WorldTally {
  readonly world: string;
  readonly passed: number;
  readonly failed: readonly string[];
  readonly skipped: readonly Skip[];
  /** s of wall clock */
  readonly seconds: number;
}

/** Adds the outcomes of a world up. */
export function tally(world: string, outcomes: readonly Outcome[], seconds: number): WorldTally {
  return {
    world,
    passed: outcomes.reduce((sum, each) => sum + each.passed, 0),
    failed: outcomes.flatMap((each) => each.failed),
    skipped: outcomes.flatMap((each) => each.skipped),
    seconds,
  };
}

/** The last line: `N passed, N failed, N skipped`. */
export function lastLine(tallies: readonly WorldTally[]): string {
  const count = (of: (each: WorldTally) => number) => tallies.reduce((sum, each) => sum + of(each), 0);
  const passed = count((each) => each.passed);
  const failed = count((each) => each.failed.length);
  return `${passed} passed, ${failed} failed, ${count((each) => each.skipped.length)} skipped`;
}

/** The skips by reason, the most frequent first: `3 x needs root: a, b, …`. */
export function skipLines(skips: readonly Skip[]): string[] {
  const byReason = Map.groupBy(skips, (skip) => skip.reason);
  const groups = [...byReason].sort(([, left], [, right]) => right.length - left.length);
  return groups.map(([reason, list]) => {
    const names = list.slice(0, 3).map((skip) => skip.what).join(", ");
    return `  ${list.length} x ${reason}: ${names}${list.length > 3 ? ", …" : ""}`;
  });
}
