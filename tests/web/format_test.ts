import assert from "node:assert/strict";
import { count, duration, isoMoment, moment, timeZone } from "../../web/view/format.ts";

Deno.test("duration() has the units that matter", () => {
  const cases: readonly (readonly [number, string])[] = [
    [-5, "0 ms"],
    [0, "0 ms"],
    [0.08, "0.08 ms"],
    [40, "40 ms"],
    [999, "999 ms"],
    [999.6, "1 s"],
    [3612, "3.6 s"],
    [10_000, "10 s"],
    [119_999, "119 s"],
    [120_000, "2 min"],
    [725_000, "12 min 5 s"],
    [7_199_999, "119 min 59 s"],
    [11_520_000, "3 h 12 min"],
    [172_800_000, "2 d"],
    [187_200_000, "2 d 4 h"],
  ];
  for (const [ms, text] of cases) assert.equal(duration(ms), text, String(ms));
});

Deno.test("count() sets thousands apart", () => {
  assert.deepEqual([0, 999, 1000, 1872041].map(count), ["0", "999", "1,000", "1,872,041"]);
});

Deno.test("moment() and timeZone() agree with the clock of this machine", () => {
  const at = new Date(2026, 0, 2, 3, 4, 5).getTime();
  assert.equal(moment(at), "2026-01-02 03:04:05");
  assert.match(timeZone(at), /^UTC(?:[+-]\d\d:\d\d)?$/);
  assert.equal(isoMoment(Date.UTC(2026, 0, 2)), "2026-01-02T00:00:00.000Z");
});

Deno.test("moment() of a number that is no moment is empty", () => {
  for (const wrong of [NaN, Infinity, 9e15]) assert.equal(moment(wrong) + isoMoment(wrong), "");
});
