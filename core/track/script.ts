/**
 * The verdict on a track script: rise, fall, and what its weight means.
 */

/** How a run of a track script ended. */
export type ScriptOutcome =
  | { readonly kind: "exited"; readonly status: number }
  | { readonly kind: "signalled"; readonly signal: string }
  | { readonly kind: "timed_out" }
  /** It could not be started; `reason` names the system's error. */
  | { readonly kind: "not_run"; readonly reason: string };

/** How far a script is towards a verdict. */
export interface Verdict {
  /** null before the first result. */
  readonly up: boolean | null;
  /** Results in a row that contradict `up`. */
  readonly streak: number;
}

/** The thresholds of a script. */
export interface RiseAndFall {
  readonly rise: number;
  readonly fall: number;
  readonly initFail: boolean;
}

/** The verdict before the first run: open, or down with `init_fail`. */
export function initialVerdict(script: RiseAndFall): Verdict {
  return { up: script.initFail ? false : null, streak: 0 };
}

/** Only exit status 0 is success. */
export function succeeded(outcome: ScriptOutcome): boolean {
  return outcome.kind === "exited" && outcome.status === 0;
}

/**
 * The verdict after one more result.
 *
 * The first result decides at once; later `fall` failures (or `rise` successes) in a row turn it, and a single
 * result that agrees starts the count anew.
 */
export function afterResult(verdict: Verdict, script: RiseAndFall, success: boolean): Verdict {
  if (verdict.up === null) return { up: success, streak: 0 };
  if (success === verdict.up) return { up: verdict.up, streak: 0 };
  const streak = verdict.streak + 1;
  return streak >= (success ? script.rise : script.fall)
    ? { up: success, streak: 0 }
    : { up: verdict.up, streak };
}
