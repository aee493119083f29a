import assert from "node:assert/strict";
import { awakeTimer } from "../../../cli/daemon/awake_timer.ts";

Deno.test("awakeTimer() calls once, in its time, and not where it is disposed before", async () => {
  const called: string[] = [];
  const done = Promise.withResolvers<void>();
  const began = performance.now();
  using _first = awakeTimer(20, () => {
    called.push("first");
    assert.ok(performance.now() - began >= 19);
  });
  awakeTimer(10, () => called.push("disposed"))[Symbol.dispose]();
  using _last = awakeTimer(600, () => done.resolve());
  await done.promise;
  assert.deepEqual(called, ["first"]);
});

Deno.test({
  name: "awakeTimer() of Infinity sets no timer, and so never ends what runs as long as the daemon",
  // One that was left behind would fail this test.
  sanitizeOps: true,
  fn: () => void awakeTimer(Infinity, () => assert.fail("it went off")),
});
