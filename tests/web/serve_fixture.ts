/**
 * Serves an invented node to look at: `deno run --allow-net tests/web/serve_fixture.ts [troubled|healthy|many|director|services] [PORT]`.
 * Its clock goes on, and every 7 s its first instance fails or recovers.
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
import { directorStatus, manyServices } from "./service_fixtures.ts";

const FIXTURES: Readonly<Record<string, Status>> = {
  healthy: healthyStatus(),
  troubled: troubledStatus(),
  many: manyInstances(1000, 97),
  director: directorStatus(),
  services: manyServices(50, 100),
};

/** ms */
const PERIOD = 7000;

/** What happened once; everything else goes on happening. */
const ONCE = ["at", "since", "startedAt", "loadedAt"];

/** The fixture as it would be now if its `NOW` had been `started`. */
function atPresent(status: Status, started: number): Status {
  const moved = (key: string, value: unknown) => {
    if (typeof value !== "number" || value < NOW / 2) return value;
    return value - NOW + (ONCE.includes(key) ? started : Date.now());
  };
  return JSON.parse(JSON.stringify(status, moved));
}

function withFirstFailed(status: Status): Status {
  const [first, ...rest] = status.instances;
  const failed = faultInstance({ name: first!.name, interface: first!.interface, vrid: first!.vrid });
  return { ...status, instances: [failed, ...rest] };
}

function serve(fixture: Status, port: number): void {
  const source = new FixtureSource(fixture);
  const started = Date.now();
  let failed = false;
  source.current = () => Promise.resolve(atPresent(failed ? withFirstFailed(fixture) : fixture, started));
  setInterval(async () => {
    failed = !failed;
    source.publish(await source.current());
  }, PERIOD);
  Deno.serve({ port, hostname: "127.0.0.1" }, createApp(source).fetch);
}

if (import.meta.main) {
  const [name = "troubled", port = "9650"] = Deno.args;
  serve(FIXTURES[name] ?? FIXTURES["troubled"]!, Number(port));
}
