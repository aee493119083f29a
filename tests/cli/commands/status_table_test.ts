import assert from "node:assert/strict";
import { formatAge, formatStatus } from "../../../cli/commands/status_table.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import type { Status } from "../../../core/engine/status.ts";
import { instance, model, script } from "../../support/models.ts";

const NOW = 1_000_000;

/** The status of an engine that has just started on a host with eth0 up or down. */
function statusOf(up: boolean): Status {
  const engine = createVrrpEngine();
  const tracked = instance({
    name: "VI_2",
    vrid: 52,
    trackScripts: [{ name: "chk", weight: -20, reverse: false }],
  });
  engine.step({
    kind: "start",
    model: model([instance(), tracked], { scripts: [script("chk")] }),
    links: [{ name: "eth0", index: 2, mac: "02:00:00:00:00:02", mtu: 1500, up, arp: true, multicast: true }],
    addresses: [{
      interface: "eth0",
      address: "10.0.0.1",
      prefixLength: 24,
      secondary: false,
      tentative: false,
    }],
  }, 0);
  engine.step({ kind: "script.finished", script: "chk", outcome: { kind: "exited", status: 1 } }, 500);
  return {
    ...engine.snapshot(1000, NOW - 1000),
    version: "1.2.3",
    pid: 42,
    generatedAt: NOW,
    startedAt: NOW - 65_000,
    loopLag: { last: 0.07, max: 2.3 },
    configuration: { file: "/x.conf", loadedAt: 0, problems: ["/x.conf:1:1: Cannot use x"] },
  };
}

Deno.test("formatStatus() shows a line an instance, scripts and problems", () => {
  const text = formatStatus(statusOf(true), NOW);
  assert.match(text, /ha 1\.2\.3 {2}pid 42 {2}up 1 min 5 s {2}timers late by 0\.07 ms, at most 2\.30 ms/);
  assert.match(text, /^INSTANCE {2}STATE +SINCE +PRIORITY +VIPS +PEER$/m);
  assert.match(text, /^VI_1 +BACKUP +1\.0 s +100 +10\.0\.0\.100\/32 +-$/m);
  assert.match(text, /^VI_2 +BACKUP +\S+ s +80 = 100 - 20 \(script chk\) +10\.0\.0\.100\/32 +-$/m);
  assert.match(text, /^ {2}chk: down, exited with status 1 0\.5 s ago$/m);
  assert.match(text, /^PROBLEMS of \/x\.conf\n {2}\/x\.conf:1:1: Cannot use x$/m);
});

Deno.test("formatStatus() says below an instance in FAULT what keeps it there", () => {
  const lines = formatStatus(statusOf(false), NOW).split("\n");
  const at = lines.findIndex((line) => line.startsWith("VI_1 "));
  assert.match(lines[at]!, / FAULT /);
  assert.match(lines[at + 1]!, /^ {2}.*eth0/);
});

Deno.test("formatStatus() says that there are no instances", () => {
  assert.match(formatStatus({ ...statusOf(true), instances: [] }, NOW), /^no instances$/m);
});

for (
  const [ms, text] of [
    [-5, "0.0 s"],
    [9_949, "9.9 s"],
    [59_999, "59 s"],
    [60_000, "1 min 0 s"],
    [3_600_000, "1 h 0 min"],
    [90_000_000, "1 d 1 h"],
  ] as const
) {
  Deno.test(`formatAge() shows ${ms} ms as ${text}`, () => assert.equal(formatAge(ms), text));
}
