import assert from "node:assert/strict";
import { longestGap } from "./gap.ts";

Deno.test("longestGap() counts the gap that ends after the trigger", () => {
  const replies = [0, 5, 10, 200, 205, 210, 240, 245].map((at, sequence) => ({ at, sequence }));
  assert.deepEqual(longestGap(replies, 0), { length: 190, from: 10, to: 200 });
  assert.deepEqual(longestGap(replies, 201), { length: 30, from: 210, to: 240 });
});
