/**
 * Serves the page of a fixture to look at: `deno run --allow-net tests/web/serve_fixture.ts [troubled|healthy|many]
 * [PORT]`. Time goes on in it, and every 7 s something happens.
 */
import type { Status } from "../../core/engine/status.ts";
import { createApp } from "../../web/app.tsx";
import {
  faultInstance,
  FixtureSource,
  healthyStatus,
  manyInstances,
  NOW,
  troubledStatus,
} from "./fixtures.ts";

const FIXTURES: Readonly<Record<string, () => Status>> = {
  healthy: healthyStatus,
  troubled: troubledStatus,
  many: () => manyInstances(1000, 97),
};

/** The fixture as if it had been made just now. */
function shifted(status: Status, by: number): Status {
  const text = JSON.stringify(
    status,
    (_, value) => typeof value === "number" && value > NOW / 2 ? value + by : value,
  );
  return JSON.parse(text);
}

if (import.meta.main) {
  const [name = "troubled", port = "9650"] = Deno.args;
  const make = FIXTURES[name] ?? troubledStatus;
  const source = new FixtureSource(make());
  source.current = () => Promise.resolve(shifted(make(), Date.now() - NOW));
  let turn = 0;
  setInterval(() => {
    const status = shifted(make(), Date.now() - NOW);
    const [first, ...rest] = status.instances;
    const changed = turn++ % 2 === 0
      ? shifted({ ...status, instances: [faultInstance()] }, 0).instances[0]!
      : first!;
    source.publish({ ...status, instances: [{ ...changed, name: first!.name, since: Date.now() }, ...rest] });
  }, 7000);
  Deno.serve({ port: Number(port), hostname: "127.0.0.1" }, createApp(source).fetch);
}
