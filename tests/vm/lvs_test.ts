/**
 * The IPVS table after each step of each scenario: ours, keepalived's, and the one that is written down.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ScenarioResult } from "./lvs_guest.ts";
import { ROWS } from "./lvs_matrix.ts";
import { SCENARIOS } from "./lvs_scenarios.ts";
import { runInVm } from "./machine.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** s */
const TIMEOUT = 280;

/** What the guest wrote. */
async function runGuest<Result>(what: "keepalived" | "ha" | "matrix"): Promise<Result> {
  const exchange = await Deno.makeTempDir({ prefix: "ha-lvs-" });
  try {
    const guest = `${REPOSITORY}/tests/vm/lvs_guest.ts`;
    const argv = [Deno.execPath(), "run", "--allow-all", guest, what, REPOSITORY];
    const env = { NO_COLOR: "1", HA: Deno.env.get("HA") ?? "" };
    const { output, console } = await runInVm(argv, { timeout: TIMEOUT, exchange, env, memory: 2048 });
    const text = await Deno.readTextFile(`${exchange}/${what}.json`).catch(() => null);
    assert.notEqual(text, null, output + console);
    return JSON.parse(text!);
  } finally {
    await Deno.remove(exchange, { recursive: true });
  }
}

for (const daemon of ["keepalived", "ha"] as const) {
  Deno.test(`${daemon} makes the tables that are written down`, async (test) => {
    const results = await runGuest<readonly ScenarioResult[]>(daemon);
    for (const [i, scenario] of SCENARIOS.entries()) {
      await test.step(scenario.name, () => {
        const result = results[i]!;
        for (const [j, step] of scenario.steps.entries()) {
          const { table, shown, missing } = result.steps[j]!;
          const context = `step ${j + 1}\n${result.log}`;
          assert.deepEqual(table.toSorted(), step.table.toSorted(), context);
          assert.deepEqual(shown, step.shows?.lines ?? [], context);
          assert.deepEqual(missing, [], context);
        }
      });
    }
  });
}

Deno.test("servers of every kind: which ones keepalived keeps, and we", async (test) => {
  const kept = await runGuest<Record<"keepalived" | "ha", boolean[]>>("matrix");
  for (const [i, row] of ROWS.entries()) {
    await test.step(row.because === undefined ? row.name : `${row.name} (${row.because})`, () => {
      assert.deepEqual(
        { keepalived: kept.keepalived[i], ha: kept.ha[i] },
        { keepalived: row.keepalived, ha: row.ha },
      );
    });
  }
});
