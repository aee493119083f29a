import assert from "node:assert/strict";
import { startTime } from "../../../cli/daemon/start_time.ts";

Deno.test("startTime() follows a clock that is set, and no other difference", () => {
  let [wall, monotonic] = [1_000_000_000, 500];
  const startedAt = startTime(() => wall, () => monotonic);
  const pass = (ms: number) => [wall, monotonic] = [wall + ms, monotonic + ms];
  assert.equal(startedAt(), 1_000_000_000);
  pass(60_000);
  wall += 300; // adjusted slowly
  assert.equal(startedAt(), 1_000_000_000);
  wall -= 3_600_300;
  assert.equal(startedAt(), 1_000_000_000 - 3_600_000);
  assert.equal(wall - startedAt(), 60_000, "up for a minute whatever the clock says");
  pass(1000);
  wall += 7_200_000;
  assert.equal(wall - startedAt(), 61_000);
});
