/**
 * What an answer costs: `deno bench -A tests/web`. The target for 1,000 instances is well under 200 ms each.
 */
import { createApp } from "../../web/app.tsx";
import { FixtureSource, manyInstances, NOW, troubledStatus } from "./fixtures.ts";

const nodes = { "4 instances": troubledStatus(), "1,000 instances": manyInstances(1000, 97) };

for (const [size, status] of Object.entries(nodes)) {
  const app = createApp(new FixtureSource(status), { now: () => NOW });
  for (const path of ["/", "/status", "/metrics", "/healthz"]) {
    Deno.bench({
      name: `${path} of ${size}`,
      group: size,
      fn: async () => {
        await (await app.request(path)).text();
      },
    });
  }
}
