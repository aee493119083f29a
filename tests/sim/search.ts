/**
 * Looks for seeds that break an invariant: `deno run tests/sim/search.ts FIRST COUNT`.
 */
import { runCluster } from "./cluster.ts";

const [first = 1, count = 10_000] = Deno.args.map(Number);
const failures: string[] = [];
for (let seed = first; seed < first + count; seed++) {
  try {
    runCluster(seed);
  } catch (error) {
    failures.push(error instanceof Error ? error.message : String(error));
    console.log(failures.at(-1));
  }
}
console.log(`${count} clusters from seed ${first}: ${failures.length} failed`);
Deno.exit(failures.length === 0 ? 0 : 1);
