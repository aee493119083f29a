/**
 * A pair of directors in the machine: clients keep their servers when the master dies.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { FailoverResult } from "./lvs_failover.ts";
import { runInVm } from "./machine.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** s */
const TIMEOUT = 480;

Deno.test("persistence outlives the master, and the table outlives a restart with -I", async () => {
  const exchange = await Deno.makeTempDir({ prefix: "ha-lvs-" });
  try {
    const argv = [
      Deno.execPath(),
      "run",
      "--allow-all",
      `${REPOSITORY}/tests/vm/lvs_failover.ts`,
      REPOSITORY,
    ];
    const env = { NO_COLOR: "1", HA: Deno.env.get("HA") ?? "" };
    const { output, console } = await runInVm(argv, { timeout: TIMEOUT, exchange, env, memory: 2048 });
    const text = await Deno.readTextFile(`${exchange}/failover.json`).catch(() => null);
    assert.notEqual(text, null, output + console);
    const { before, after, roles, templates, logs } = JSON.parse(text!) as FailoverResult;
    const log = logs.join("\n---\n");
    assert.deepEqual([...new Set(before)].sort(), ["rs1", "rs2"], log);
    assert.deepEqual(after, before, log);
    assert.deepEqual(roles, ["master sync daemon", "backup sync daemon", "master sync daemon"], log);
    assert.equal(templates[0].split("\n").length, before.length, log);
    assert.equal(templates[1], templates[0], log);
  } finally {
    await Deno.remove(exchange, { recursive: true });
  }
});
