/**
 * Every state and every kind of event: what the engine does. The table in `docs/state_machine.md` is printed from
 * here: `deno run --allow-write tests/core/engine/state_table.ts`.
 */
import type { Effect } from "../../../core/engine/effect.ts";
import type { Engine } from "../../../core/engine/engine.ts";
import type { Event, Link, LocalAddress } from "../../../core/engine/event.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import { instance, model, script } from "../../support/models.ts";

const LINK: Link = {
  name: "eth0",
  index: 2,
  mac: "02:00:00:00:00:01",
  mtu: 1500,
  up: true,
  arp: true,
  multicast: true,
};
const ADDRESS: LocalAddress = {
  interface: "eth0",
  address: "10.0.0.5",
  prefixLength: 24,
  secondary: false,
  tentative: false,
};
const VIP: LocalAddress = { ...ADDRESS, address: "10.0.0.100", prefixLength: 32 };

const MODEL = model([instance({ trackScripts: [{ name: "chk", weight: 0, reverse: false }] })], {
  scripts: [script("chk", { interval: 3_600_000 })],
});

function advert(priority: number, source: string): Event {
  const packet = {
    ok: true,
    version: 2,
    type: 1,
    vrid: 51,
    priority,
    interval: 1000,
    addresses: ["10.0.0.100"],
    authenticationType: 0,
    password: "",
    checksum: "valid",
  } as const;
  return { kind: "advert.received", interface: "eth0", source, destination: "224.0.0.18", ttl: 255, packet };
}

/** The engine in each state, with the time at which it is there. */
const STATES: Readonly<Record<string, () => { engine: Engine; now: number }>> = {
  init: () => begin(),
  backup: () => {
    const { engine, now } = begin();
    engine.step(finished(0), now);
    return { engine, now };
  },
  master: () => {
    const { engine, now } = STATES["backup"]!();
    const at = now + 3700;
    engine.step({ kind: "timer" }, at);
    engine.step({ kind: "address.added", address: VIP }, at);
    return { engine, now: at + 10 };
  },
  fault: () => {
    const { engine, now } = STATES["backup"]!();
    engine.step({ kind: "link.changed", link: { ...LINK, up: false } }, now);
    return { engine, now };
  },
};

function begin(): { engine: Engine; now: number } {
  const engine = createVrrpEngine();
  engine.step({ kind: "start", model: MODEL, links: [LINK], addresses: [ADDRESS] }, 0);
  return { engine, now: 0 };
}

function finished(status: number): Event {
  return { kind: "script.finished", script: "chk", outcome: { kind: "exited", status } };
}

/** The events, in words, with how late after the state was reached they come (ms). */
const EVENTS: readonly (readonly [string, Event, number])[] = [
  ["advertisement of higher priority", advert(150, "10.0.0.9"), 0],
  ["equal priority, higher address", advert(100, "10.0.0.9"), 0],
  ["equal priority, lower address", advert(100, "10.0.0.2"), 0],
  ["lower priority", advert(50, "10.0.0.9"), 0],
  ["priority 0", advert(0, "10.0.0.9"), 0],
  ["master-down or advertisement timer", { kind: "timer" }, 3650],
  ["interface down", { kind: "link.changed", link: { ...LINK, up: false } }, 0],
  ["interface up", { kind: "link.changed", link: LINK }, 0],
  ["source address removed", { kind: "address.removed", address: ADDRESS }, 0],
  ["script with weight 0 fails", finished(1), 0],
  ["script with weight 0 succeeds", finished(0), 0],
  ["VIP removed by somebody else", { kind: "address.removed", address: VIP }, 0],
  ["failover", { kind: "failover", instances: ["VI_1"], hold: 60_000 }, 0],
  ["maintenance on", { kind: "maintenance", order: { all: true, names: [] } }, 0],
  ["maintenance off", { kind: "maintenance", order: { all: false, names: [] } }, 0],
  ["stop", { kind: "stop" }, 0],
];

const SHOWN: Partial<Record<Effect["kind"], string>> = {
  "advert.send": "advertise",
  "address.add": "add VIPs",
  "address.remove": "remove VIPs",
  "address.announce": "GARP",
  stopped: "stopped",
};

/** One cell: `→ state: what is sent and done`. */
function cell(state: string, event: Event, later: number): string {
  const { engine, now } = STATES[state]!();
  // The advertisement timer of a master is on time; a backup's master-down timer runs out.
  const at = state === "master" && event.kind === "timer" ? now + 990 : now + later;
  const effects = [...engine.step(event, at)];
  // Work on addresses waits for a step that is about time, which comes at once.
  while ((engine.nextWakeup() ?? Infinity) <= at) effects.push(...engine.step({ kind: "timer" }, at));
  const next = engine.snapshot(at, 0).instances[0]!.state;
  const done = new Set<string>();
  for (const effect of effects) {
    const goodbye = effect.kind === "advert.send" && effect.advertisement.priority === 0;
    const word = goodbye ? "goodbye" : SHOWN[effect.kind];
    if (word !== undefined) done.add(word);
  }
  const words = [...done].join(", ");
  return [next === state ? "" : `→ ${next}`, words].filter((part) => part !== "").join(": ") || "-";
}

/** The whole table as Markdown. */
export function stateTable(): string {
  const states = Object.keys(STATES);
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  const rows = EVENTS.map(([words, event, later]) =>
    row([words, ...states.map((state) => cell(state, event, later))])
  );
  return [row(["event", ...states]), row(["---", ...states.map(() => "---")]), ...rows].join("\n");
}

if (import.meta.main) {
  const page = new URL("../../../docs/state_machine.md", import.meta.url);
  Deno.writeTextFileSync(page, pageText());
}

/** The page that shows the table. */
function pageText(): string {
  return `# The state machine

What one VRRP instance of priority 100 does with each event, printed from the engine itself
(\`deno run --allow-write tests/core/engine/state_table.ts\`). \`init\` is an instance that waits for the first result of
its track script. An empty cell (\`-\`) means that nothing leaves the engine.

${stateTable()}

* \`state MASTER\` does not skip the wait for a master: only an address owner (priority 255) begins as MASTER.
* A backup with \`nopreempt\` follows a master of lower priority; with \`preempt_delay\` it follows for that long.
* A timer that fires late because this host stood still proves nothing: a backup listens for one more interval, and a
  master that slept longer than the others wait gives way without a word.
* Members of a sync group become master together, once all of them would; any other transition of one moves all.
`;
}
