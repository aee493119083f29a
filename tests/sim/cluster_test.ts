/**
 * Random clusters keep the invariants. The seeds are fixed, so that a run can be repeated; more of them with
 * `deno run tests/sim/search.ts FIRST COUNT`.
 */
import { runCluster } from "./cluster.ts";

Deno.test("400 random clusters have one owner, no stale addresses and no split group", () => {
  for (let seed = 1; seed <= 400; seed++) runCluster(seed);
});
