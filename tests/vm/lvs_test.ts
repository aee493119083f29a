/**
 * The IPVS table after each step of each scenario: ours, keepalived's, and the one that is written down.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { daemonsOf, type GuestResults, type ScenarioResult } from "./lvs_guest.ts";
import { ROWS } from "./lvs_matrix.ts";
import type { Scenario } from "./lvs_scenario.ts";
import { SCENARIOS } from "./lvs_scenarios.ts";
import { runInVm } from "./machine.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** s for both daemons, every scenario and the matrix: a minute and a half here, and five times that on a slow machine. */
const TIMEOUT = 560;

/** What the guest wrote. */
async function runGuest(): Promise<GuestResults> {
  const exchange = await Deno.makeTempDir({ prefix: "ha-lvs-" });
  try {
    const guest = `${REPOSITORY}/tests/vm/lvs_guest.ts`;
    const argv = [Deno.execPath(), "run", "--allow-all", guest, REPOSITORY];
    const env = { NO_COLOR: "1", HA: Deno.env.get("HA") ?? "" };
    const { output, console } = await runInVm(argv, { timeout: TIMEOUT, exchange, env, memory: 2048 });
    const text = await Deno.readTextFile(`${exchange}/lvs.json`).catch(() => null);
    assert.notEqual(text, null, output + console);
    return JSON.parse(text!);
  } finally {
    await Deno.remove(exchange, { recursive: true });
  }
}

Deno.test("virtual servers in a machine with ip_vs", async (test) => {
  const { scenarios, matrix } = await runGuest();
  for (const daemon of ["keepalived", "ha"] as const) {
    await test.step(`${daemon} makes the tables that are written down`, async (test) => {
      for (const [i, scenario] of SCENARIOS.entries()) {
        if (!daemonsOf(scenario).includes(daemon)) continue;
        await test.step(scenario.name, () => compare(scenario, scenarios[daemon][i]!));
      }
    });
  }
  await test.step("servers of every kind: which ones keepalived keeps, and we", async (test) => {
    for (const [i, row] of ROWS.entries()) {
      await test.step(row.because === undefined ? row.name : `${row.name} (${row.because})`, () => {
        assert.deepEqual(
          { keepalived: matrix.keepalived[i], ha: matrix.ha[i] },
          { keepalived: row.keepalived, ha: row.ha },
        );
      });
    }
  });
});

function compare(scenario: Scenario, result: ScenarioResult): void {
  for (const [j, step] of scenario.steps.entries()) {
    const { table, shown, missing } = result.steps[j]!;
    const context = `step ${j + 1}\n${result.log}`;
    assert.deepEqual(table.toSorted(), step.table.toSorted(), context);
    assert.deepEqual(shown, step.shows?.lines ?? [], context);
    assert.deepEqual(missing, [], context);
  }
}
