import assert from "node:assert/strict";
import { formatAge, formatStatus } from "../../../cli/commands/status_table.ts";
import { createVrrpEngine } from "../../../core/engine/vrrp_engine.ts";
import type { Status } from "../../../core/engine/status.ts";
import { instance, model, script } from "../../support/models.ts";
import {
  healthyStatus,
  manyInstances,
  masterInstance,
  NOW as FIXTURE_NOW,
  troubledStatus,
} from "../../web/fixtures.ts";
import { directorStatus, manyServices } from "../../web/service_fixtures.ts";
import { fitting } from "../../../cli/commands/status_watch.ts";

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

const WIDTHS = [60, 80, 132, 200];

for (
  const [name, status] of Object.entries({
    troubled: troubledStatus(),
    director: directorStatus(),
    many: manyInstances(1000, 97),
    services: manyServices(200, 5),
  })
) {
  Deno.test(`formatStatus() keeps the lines of ${name} within the terminal, and its columns aligned`, () => {
    for (const width of WIDTHS) {
      const lines = formatStatus(status, FIXTURE_NOW, { width, colour: false }).split("\n");
      const long = lines.filter((line) => line.length > width);
      assert.deepEqual(long, [], `${width}`);
      for (const heading of ["INSTANCE", "VIRTUAL SERVER"]) {
        const top = lines.findIndex((line) => line.startsWith(heading));
        if (top < 0) continue;
        const at = lines[top]!.indexOf("STATE");
        const rows = lines.slice(top + 1).filter((line) => /^(?:VI_|\[192|\[2001|FWM)/.test(line));
        for (const row of rows.filter((row) => heading === "INSTANCE" === row.startsWith("VI_"))) {
          assert.match(row.slice(at), /^[A-Z]{2,}\b/, row);
          assert.equal(row.slice(at - 2, at), "  ");
        }
      }
    }
  });
}

Deno.test("formatStatus() shows virtual servers, why real servers are down, and what is wrong at the top", () => {
  const text = formatStatus(directorStatus(), FIXTURE_NOW);
  assert.match(text, /^! \[2001:db8::10\]:udp:53: The sorry server \[2001:db8::99\]:udp:53 serves for 40 s/m);
  assert.match(text, /^VIRTUAL SERVER +STATE +SINCE +UP +WEIGHT +ACTIVE +CONN\/S$/m);
  assert.match(
    text,
    /^\[192\.0\.2\.10\]:tcp:443 +DEGRADED +1 d 2 h +2\/3 +20 \(needs 1\) +390 +424\n {2}\[10\.0\.0\.12\]:tcp:80 down 1 min 35 s: status code 503$/m,
  );
  assert.match(text, /^ {2}190114 checks done, 2 under way, 0 waiting$/m);
});

Deno.test("formatStatus() colours states without moving a column, and only where it is told to", () => {
  const plain = formatStatus(directorStatus(), FIXTURE_NOW, { width: 80, colour: false });
  const coloured = formatStatus(directorStatus(), FIXTURE_NOW, { width: 80, colour: true });
  assert.ok(!plain.includes("\x1b"));
  assert.ok(coloured.includes("\x1b[32mMASTER\x1b[0m"));
  assert.ok(coloured.includes("\x1b[31mDOWN\x1b[0m"));
  assert.equal(coloured.replaceAll(/\p{Cc}\[\d+m/gu, ""), plain);
});

Deno.test("formatStatus() lets no name play with the terminal", () => {
  const status = healthyStatus({ instances: [masterInstance({ name: "a\x1b[2Jb" })], routerId: "\x07fw" });
  const text = formatStatus(status, FIXTURE_NOW);
  assert.doesNotMatch(text.replaceAll("\n", ""), /\p{Cc}/u);
  assert.match(text, /a\\u\{1b\}\[2Jb/);
});

Deno.test("fitting() says how many lines a screen has no room for", () => {
  const lines = ["1", "2", "3", "4", "5"];
  assert.deepEqual(fitting(lines, 5), lines);
  assert.deepEqual(fitting(lines, 3), ["1", "2", "… 3 more lines"]);
});

Deno.test("formatStatus() shows what became of mails, and who was told to hand over", () => {
  const status = statusOf(true);
  const [first] = status.instances;
  const text = formatStatus({
    ...status,
    instances: [{ ...first!, state: "backup", followsUntil: NOW + 42_000 }],
    mail: { to: "mail.example.com:25", waiting: 3, sent: 11, lost: 2, trouble: "refused" },
  }, NOW);
  assert.match(text, /^NOTICES\n {2}mail to mail\.example\.com:25: 11 sent, 3 waiting, 2 lost$/m);
  assert.match(text, /^ {2}handed over: leaves a living master alone for 42 s more$/m);
});
