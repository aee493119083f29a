/**
 * Real traffic through NAT, DR, TUN and FULLNAT: the weights in the counts, death and return, and what is left.
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { TrafficResults } from "./lvs_traffic.ts";
import { runInVm } from "./machine.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** s */
const TIMEOUT = 560;

/** What real servers see as the client: with FULLNAT it is the director. */
const SOURCES: Readonly<Record<string, string>> = {
  NAT: "10.7.0.100",
  DR: "10.7.0.100",
  TUN: "10.7.0.100",
  FULLNAT: "10.6.0.10",
};

Deno.test("traffic in every mode follows weights, checks and the sorry server", async (test) => {
  const exchange = await Deno.makeTempDir({ prefix: "ha-lvs-" });
  try {
    const argv = [Deno.execPath(), "run", "--allow-all", `${REPOSITORY}/tests/vm/lvs_traffic.ts`, REPOSITORY];
    const env = { NO_COLOR: "1", HA: Deno.env.get("HA") ?? "" };
    const { output, console } = await runInVm(argv, { timeout: TIMEOUT, exchange, env, memory: 2048 });
    const text = await Deno.readTextFile(`${exchange}/traffic.json`).catch(() => null);
    assert.notEqual(text, null, output + console);
    const { modes, example } = JSON.parse(text!) as TrafficResults;
    for (const result of modes) {
      await test.step(result.mode, () => {
        const { counted } = result;
        assert.ok(counted.service >= 12, JSON.stringify(counted));
        assert.equal(counted.servers.reduce((sum, each) => sum + each), counted.service);
        assert.deepEqual([counted.packets, counted.checks, counted.repairs], [true, ["ok", "ok"], 0]);
        const { mode, both, one, none, again, source, differences, left, log } = result;
        assert.deepEqual(
          { both, one, none, again, source, differences, left },
          {
            both: ["rs1 8", "rs2 4"],
            one: ["rs2 12"],
            none: ["sorry 12"],
            again: ["rs1 8", "rs2 4"],
            source: SOURCES[mode],
            differences: [],
            left: [],
          },
          log,
        );
      });
    }
    await test.step("the load balancer of examples/ with ha realserver and ha doctor", () => {
      assert.deepEqual(example.both, ["rs1 8", "rs2 4"], example.log);
      // Without the address on the real server; with it; on the director.
      assert.deepEqual(example.doctor, [["vip-absent"], [], []], example.log);
    });
  } finally {
    await Deno.remove(exchange, { recursive: true });
  }
});
