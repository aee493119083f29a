/** What the number in a tracked file means; each line was seen with keepalived 2.2.7. */
import assert from "node:assert/strict";
import { judgeTrackFile } from "../../../core/track/file.ts";

const FAULT = "fault";

function judge(weight: number, value: number, reverse = false): number | typeof FAULT {
  const { fault, term } = judgeTrackFile({ name: "f", weight, reverse }, value);
  return fault ? FAULT : term;
}

Deno.test("judgeTrackFile() multiplies, faults at -254 and stops at 253", () => {
  assert.deepEqual([25, -60, 0, -253, -254, 253, 254, 300].map((value) => judge(1, value)), [
    25,
    -60,
    0,
    -253,
    FAULT,
    253,
    253,
    253,
  ]);
  assert.deepEqual([1, -5, 3].map((value) => judge(2, value)), [2, -10, 6]);
  assert.deepEqual([1, -5, 3].map((value) => judge(-3, value)), [-3, 15, -9]);
  assert.deepEqual([1, -5, 3].map((value) => judge(254, value)), [253, FAULT, 253]);
  assert.deepEqual([1, -5, 3].map((value) => judge(-254, value)), [FAULT, 253, FAULT]);
});

Deno.test("judgeTrackFile() with reverse turns the sign", () => {
  assert.deepEqual([1, -5, 3].map((value) => judge(2, value, true)), [-2, 10, -6]);
  assert.deepEqual([1, -5, 3].map((value) => judge(254, value, true)), [FAULT, 253, FAULT]);
});

Deno.test("judgeTrackFile() with weight 0 faults unless the file says 0, with reverse where it does", () => {
  assert.deepEqual([0, 1, -5].map((value) => judge(0, value)), [0, FAULT, FAULT]);
  assert.deepEqual([0, 1, -5].map((value) => judge(0, value, true)), [FAULT, 0, 0]);
});
