/**
 * When a checker is up, and when it is asked again: retries, delays, and the round through several urls.
 *
 * The rules are keepalived's. A checker that is not `alpha` counts as up from the start, but has no attempts left
 * until it has succeeded once: a server that is dead when we start is taken out by its first failed check.
 */
import type { CheckSchedule } from "../config/virtual_server_model.ts";

/** What decides about times and attempts. */
export type CheckRules =
  & Pick<CheckSchedule, "delayLoop" | "retry" | "delayBeforeRetry" | "alpha">
  & {
    /** Whether the attempts are all there before the first success; keepalived grants that to SMTP alone. */
    readonly patient: boolean;
    /** How many requests must pass for one success; more than 1 only for HTTP with several urls. */
    readonly steps: number;
    /** No pause between the steps of a checker that is down. */
    readonly fastRecovery: boolean;
  };

/** Where a checker stands. */
export interface CheckState {
  /** While false, the servers that it belongs to are down. */
  readonly up: boolean;
  /** Whether it came to a verdict before. */
  readonly decided: boolean;
  /** Failed attempts in a row that count against `retry`. */
  readonly failures: number;
  /** The step that comes next, from 0. */
  readonly step: number;
  /** Down, and the step that failed has not passed yet: the others wait for it. */
  readonly stuck: boolean;
}

/** What a result makes of it. */
export interface Judgement {
  readonly state: CheckState;
  /** A verdict that is news: the first one, or another than before. */
  readonly news: "up" | "down" | null;
  /** ms until the next attempt */
  readonly delay: number;
}

/** The state before the first attempt. */
export function initialState({ alpha, retry, patient }: CheckRules): CheckState {
  return { up: !alpha, decided: false, failures: patient ? 0 : retry, step: 0, stuck: false };
}

/** ms until the first attempt: a random part of the warm-up. `random` is 0 (inclusive) to 1 (exclusive). */
export function firstDelay({ warmup }: Pick<CheckSchedule, "warmup">, random: number): number {
  return Math.floor(warmup * random);
}

/** The state after one more attempt. */
export function judge(rules: CheckRules, state: CheckState, success: boolean): Judgement {
  return success ? passed(rules, state) : refused(rules, state);
}

function passed(rules: CheckRules, state: CheckState): Judgement {
  // The step that was in the way has passed: now all of them, from the first.
  if (state.stuck && rules.steps > 1) {
    const next = { ...state, failures: 0, step: 0, stuck: false };
    return { state: next, news: null, delay: between(rules, state) };
  }
  const step = state.step + 1;
  if (step < rules.steps) {
    return { state: { ...state, failures: 0, step }, news: null, delay: between(rules, state) };
  }
  const news = state.up && state.decided ? null : "up";
  const next = { up: true, decided: true, failures: 0, step: 0, stuck: false };
  return { state: next, news, delay: rules.delayLoop };
}

function refused(rules: CheckRules, state: CheckState): Judgement {
  if (state.decided && !state.up) {
    return { state: { ...state, failures: 0, stuck: true }, news: null, delay: rules.delayLoop };
  }
  if (state.failures < rules.retry) {
    return { state: { ...state, failures: state.failures + 1 }, news: null, delay: rules.delayBeforeRetry };
  }
  const next = { up: false, decided: true, failures: 0, step: state.step, stuck: true };
  return { state: next, news: "down", delay: rules.delayLoop };
}

function between(rules: CheckRules, state: CheckState): number {
  const recovering = !state.up || !state.decided;
  return rules.fastRecovery && recovering ? 0 : rules.delayLoop;
}
