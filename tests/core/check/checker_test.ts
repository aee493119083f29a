/**
 * The state of checkers: every sequence that matters, and what holds for all of them.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type CheckRules, firstDelay, initialState, judge } from "../../../core/check/checker.ts";
import { spread } from "../../../core/check/spread.ts";

const RULES: CheckRules = {
  delayLoop: 6000,
  retry: 2,
  delayBeforeRetry: 1000,
  alpha: false,
  patient: false,
  steps: 1,
  fastRecovery: false,
};

/** `+` passes, `-` fails; the answer is `U`, `D` or `.` for each, and the delay after it. */
function play(rules: CheckRules, attempts: string): string {
  let state = initialState(rules);
  return [...attempts].map((attempt) => {
    const judgement = judge(rules, state, attempt === "+");
    state = judgement.state;
    return `${judgement.news === null ? "." : judgement.news[0]!.toUpperCase()}${judgement.delay / 1000}`;
  }).join(" ");
}

Deno.test("judge() takes a server out with the first failure, and later after the retries", () => {
  assert.equal(play(RULES, "-"), "D6");
  assert.equal(play(RULES, "+---"), "U6 .1 .1 D6");
  assert.equal(play(RULES, "+-+---+"), "U6 .1 .6 .1 .1 D6 U6");
  assert.equal(play(RULES, "----+"), "D6 .6 .6 .6 U6");
  assert.equal(play({ ...RULES, retry: 0 }, "+-"), "U6 D6");
});

Deno.test("judge() of an alpha checker speaks with the first verdict, too", () => {
  assert.equal(play({ ...RULES, alpha: true }, "-+"), "D6 U6");
  assert.equal(initialState({ ...RULES, alpha: true }).up, false);
});

Deno.test("judge() grants a patient checker its retries from the start", () => {
  assert.equal(play({ ...RULES, patient: true }, "---"), ".1 .1 D6");
});

Deno.test("judge() of several steps is up when all have passed", () => {
  const rules = { ...RULES, steps: 3 };
  assert.equal(play(rules, "+++"), ".6 .6 U6");
  assert.equal(play(rules, "+++++++"), ".6 .6 U6 .6 .6 .6 .6");
  assert.equal(play(rules, "+-"), ".6 .1");
  assert.equal(play(rules, "+++-+++"), ".6 .6 U6 .1 .6 .6 .6");
  assert.equal(play(rules, "+++---+ +++".replace(" ", "")), ".6 .6 U6 .1 .1 D6 .6 .6 .6 U6");
});

Deno.test("judge() with fast recovery pauses only once it is up", () => {
  const rules = { ...RULES, steps: 2, fastRecovery: true };
  assert.equal(play(rules, "++++"), ".0 U6 .6 .6");
  assert.equal(play(rules, "++---+++"), ".0 U6 .1 .1 D6 .0 .0 U6");
});

Deno.test("judge() never says up after a failure nor down after a success, and waits as configured", () => {
  fc.assert(fc.property(
    fc.array(fc.boolean(), { maxLength: 60 }),
    fc.record({
      retry: fc.nat(3),
      steps: fc.integer({ min: 1, max: 3 }),
      alpha: fc.boolean(),
      patient: fc.boolean(),
      fastRecovery: fc.boolean(),
    }),
    (attempts, varied) => {
      const rules = { ...RULES, ...varied };
      let state = initialState(rules);
      for (const success of attempts) {
        const { state: next, news, delay } = judge(rules, state, success);
        if (news !== null) assert.equal(news, success ? "up" : "down");
        assert.ok([0, 1000, 6000].includes(delay));
        assert.ok(next.step >= 0 && next.step < rules.steps);
        if (next.up !== state.up) assert.notEqual(news, null);
        state = next;
      }
    },
  ));
});

Deno.test("firstDelay() is within the warm-up, and 0 without one", () => {
  for (let i = 0; i < 100; i++) {
    const delay = firstDelay({ warmup: 6000 }, spread(1, `check ${i}`));
    assert.ok(delay >= 0 && delay < 6000);
  }
  assert.equal(firstDelay({ warmup: 0 }, 0.9), 0);
});

Deno.test("spread() is even, and another one for another seed", () => {
  const tenths = new Array(10).fill(0);
  for (let i = 0; i < 10_000; i++) tenths[Math.floor(spread(7, `10.0.${i >> 8}.${i & 255}`) * 10)]++;
  for (const count of tenths) assert.ok(count > 800 && count < 1200, tenths.join(" "));
  assert.notEqual(spread(1, "a"), spread(2, "a"));
  assert.equal(spread(1, "a"), spread(1, "a"));
});
