/**
 * The rule of reloads: whatever the configuration was and becomes, the host ends up as after a start with the new one,
 * and a master that stays is heard without a gap.
 *
 * Nobody else is on the LAN, so that every router that can is MASTER in the end and no election hides a difference. A failing
 * seed can be run again: `deno run tests/sim/reload.ts SEED`.
 */
import assert from "node:assert/strict";
import { afterReload, afterStart, longestSilence, randomEdit, reloaded } from "./reload.ts";

const FIRST_SEED = 1;
const EDITS = 600;

Deno.test("after any edit and reload the host is as after a start with the new configuration", () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + EDITS; seed++) {
    const [before, after] = randomEdit(seed);
    assert.deepEqual(afterReload(before, after), afterStart(after), `seed ${seed}\n${before}\n=>\n${after}`);
  }
});

Deno.test("no advertisement of a master that stays is later than 1.5 intervals through a reload", () => {
  for (let seed = FIRST_SEED; seed < FIRST_SEED + EDITS; seed++) {
    const [before, after] = randomEdit(seed);
    for (const { name, silence, interval } of longestSilence(reloaded(before, after))) {
      assert.ok(
        silence <= interval * 1.5,
        `seed ${seed}: ${name} is silent for ${silence} ms\n${before}\n=>\n${after}`,
      );
    }
  }
});
