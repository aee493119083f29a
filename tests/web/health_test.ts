import assert from "node:assert/strict";
import type { InstanceStatus, Status } from "../../core/engine/status.ts";
import { createApp } from "../../web/app.tsx";
import { type AlarmKind, alarmsOf, hearsAnotherMaster } from "../../web/health.ts";
import {
  backupInstance,
  dualMasterInstance,
  faultInstance,
  FixtureSource,
  healthyStatus,
  masterInstance,
  NOW,
  rejectingInstance,
  troubledStatus,
} from "./fixtures.ts";

/** Kinds of the alarms of some instances, in order. */
function kinds(...instances: readonly InstanceStatus[]): readonly AlarmKind[] {
  return alarmsOf(healthyStatus({ instances, syncGroups: [] }), NOW).map((alarm) => alarm.kind);
}

async function healthz(status: Status, now = NOW): Promise<readonly [number, string]> {
  const response = await createApp(new FixtureSource(status), { now: () => now }).request("/healthz");
  return [response.status, await response.text()];
}

Deno.test("/healthz says ok when all is well, and when a fault is explained", async () => {
  assert.deepEqual(await healthz(healthyStatus()), [200, "ok\n"]);
  assert.deepEqual(await healthz(healthyStatus({ instances: [faultInstance()] })), [200, "ok\n"]);
  assert.deepEqual(await healthz(healthyStatus({ instances: [], syncGroups: [] })), [200, "ok\n"]);
});

Deno.test("/healthz fails with one line a critical alarm", async () => {
  const [code, text] = await healthz(troubledStatus());
  assert.equal(code, 503);
  assert.match(text, /^VI_SPLIT: Two masters: 203\.0\.113\.3 advertises VRID 54 on eth3 too, .*\n$/);
});

Deno.test("/healthz fails when the engine has not answered for more than 5 s", async () => {
  assert.equal((await healthz(healthyStatus(), NOW + 5000))[0], 200);
  const [code, text] = await healthz(healthyStatus(), NOW + 5001);
  assert.equal(code, 503);
  assert.match(text, /^The engine does not answer: everything below is 5 s old/);
});

Deno.test("/healthz fails when the engine cannot answer, or does not within 1 s", async () => {
  const source = new FixtureSource(healthyStatus());
  source.current = () => Promise.reject(new Error("the worker is gone"));
  const refused = await createApp(source).request("/healthz");
  assert.equal(refused.status, 503);
  assert.equal(await refused.text(), "The engine could not answer: the worker is gone\n");
  source.current = () => new Promise(() => {});
  const silent = await createApp(source).request("/healthz");
  assert.equal(silent.status, 503);
  assert.equal(await silent.text(), "The engine did not answer within 1000 ms\n");
});

Deno.test("alarmsOf() sees two masters only after an election is over", () => {
  const peer = (changes: Partial<NonNullable<InstanceStatus["peer"]>>) =>
    dualMasterInstance({ peer: { ...dualMasterInstance().peer!, ...changes } });
  assert.deepEqual(kinds(dualMasterInstance()), ["two_masters"]);
  assert.deepEqual(kinds(peer({ lastHeard: NOW - 3001 })), [], "it has fallen silent");
  assert.deepEqual(kinds(peer({ priority: 0 })), [], "it said goodbye");
  const justNow = dualMasterInstance({
    since: NOW - 500,
    peer: { ...dualMasterInstance().peer!, lastHeard: NOW },
  });
  assert.equal(hearsAnotherMaster(justNow, NOW), false, "its last advertisement crossed our first");
  assert.equal(hearsAnotherMaster(backupInstance(), NOW), false, "a backup is to hear the master");
});

Deno.test("alarmsOf() sees two masters that reject each other", () => {
  const rejecting = rejectingInstance();
  const alarms = alarmsOf(healthyStatus({ instances: [rejecting], syncGroups: [] }), NOW);
  assert.deepEqual(alarms.map(({ kind, severity, text }) => [kind, severity, text]), [[
    "two_masters",
    "critical",
    "Two masters: 192.0.2.3 advertises VRID 51 on eth0 too, and is not understood: " +
    "received an invalid passwd from 192.0.2.3!",
  ]]);
  const at = (at: number) => rejectingInstance({ rejected: { ...rejecting.rejected!, at } });
  assert.deepEqual(kinds(at(NOW - 3000)), [], "it has fallen silent");
  assert.deepEqual(kinds(rejectingInstance({ since: NOW - 1300 })), [], "the election is not over");
  assert.deepEqual(kinds(rejectingInstance({ rejected: null })), []);
  const backup = { rejected: rejecting.rejected! };
  assert.deepEqual(kinds(backupInstance(backup)), ["rejected"]);
});

Deno.test("alarmsOf() sees a backup that hears nobody for longer than the master-down interval", () => {
  const quiet = (ms: number) =>
    backupInstance({ peer: { ...backupInstance().peer!, lastHeard: NOW - ms }, masterAdvertInterval: 1000 });
  assert.deepEqual(kinds(quiet(9000)), []);
  assert.deepEqual(kinds(quiet(9001)), ["no_master"]);
  assert.deepEqual(kinds(backupInstance({ peer: null, master: null })), ["no_master"]);
  assert.deepEqual(kinds(backupInstance({ peer: null, master: null, since: NOW - 2000 })), []);
});

Deno.test("alarmsOf() sees a master without its address, and an address where no master is", () => {
  const [first, second] = masterInstance().addresses;
  const half = { addresses: [first!, { ...second!, installed: false }] };
  assert.deepEqual(kinds(masterInstance(half)), ["address_missing"]);
  assert.deepEqual(kinds(masterInstance({ ...half, since: NOW - 5000 })), [], "they are still being added");
  assert.deepEqual(kinds(faultInstance({ addresses: [first!] })), ["address_left_over", "fault"]);
  assert.deepEqual(kinds(backupInstance({ addresses: [first!] })), ["address_left_over"]);
  assert.deepEqual(
    kinds(backupInstance({ addresses: [first!], basePriority: 255 })),
    [],
    "it is the owner's",
  );
});

Deno.test("alarmsOf() tells an explained fault from an unexplained one", () => {
  assert.deepEqual(kinds(faultInstance({ faults: [] })), ["unexplained"]);
  assert.deepEqual(kinds(faultInstance({ faults: [], since: NOW - 5000 })), []);
  const group = { syncGroup: "VG" };
  const members = [faultInstance(group), faultInstance({ ...group, name: "VI_2", faults: [] })];
  assert.deepEqual(kinds(...members), ["fault", "fault"]);
});

Deno.test("alarmsOf() sees a start that hangs without a reason", () => {
  const starting = backupInstance({ state: "init", since: NOW - 10_001, reason: "" });
  assert.deepEqual(kinds(starting), ["unexplained"]);
  assert.deepEqual(kinds({ ...starting, reason: "Startup is delayed by 30 s" }), []);
  assert.deepEqual(kinds({ ...starting, since: NOW - 10_000 }), []);
});

Deno.test("alarmsOf() sees a sync group that is split", () => {
  const group = { name: "VG", state: "master", since: NOW, members: ["VI_LAN", "VI_WAN"] } as const;
  const split = alarmsOf(healthyStatus({ syncGroups: [group] }), NOW);
  assert.deepEqual(split.map(({ kind, text }) => [kind, text]), [
    ["group_split", "Sync group VG is split: VI_LAN MASTER, VI_WAN BACKUP"],
  ]);
  const moving = [masterInstance(), backupInstance({ since: NOW - 100 })];
  assert.deepEqual(alarmsOf(healthyStatus({ instances: moving, syncGroups: [group] }), NOW), []);
});

Deno.test("alarmsOf() warns of timers that are late by half the shortest interval", () => {
  const lag = (last: number) => alarmsOf(healthyStatus({ loopLag: { last, max: 900 } }), NOW);
  assert.deepEqual(lag(50), []);
  assert.deepEqual(lag(50.1).map(({ kind, severity }) => [kind, severity]), [["late_timers", "warning"]]);
});

Deno.test("alarmsOf() puts critical alarms first", () => {
  const severities = alarmsOf(troubledStatus(), NOW).map((alarm) => alarm.severity);
  assert.deepEqual(severities, ["critical", "warning"]);
});

Deno.test("alarmsOf() tells maintenance from a fault", () => {
  const faults = ["in maintenance"];
  const out = backupInstance({ state: "fault", faults, maintenance: true });
  assert.deepEqual(alarmsOf(healthyStatus({ instances: [out] }), NOW).map(({ kind }) => kind), [
    "maintenance",
  ]);
  const broken = { ...out, faults: [...faults, "interface eth1 down"] };
  assert.deepEqual(alarmsOf(healthyStatus({ instances: [broken] }), NOW).map(({ kind }) => kind), ["fault"]);
});

Deno.test("alarmsOf() sees two owners while both speak", () => {
  const peer = {
    address: "192.0.2.3",
    priority: 255,
    lastHeard: NOW - 500,
    version: 2,
    interval: 1000,
  } as const;
  const owner = backupInstance({ basePriority: 255, advertInterval: 1000, peer });
  assert.deepEqual(alarmsOf(healthyStatus({ instances: [owner] }), NOW).map(({ kind }) => kind), [
    "two_owners",
  ]);
  const later = { ...owner, peer: { ...peer, lastHeard: NOW - 4000 } };
  assert.deepEqual(alarmsOf(healthyStatus({ instances: [later] }), NOW), []);
});

Deno.test("alarmsOf() warns of a reload that was refused: the next start would be, too", async () => {
  const { configuration } = healthyStatus();
  const refused = { at: NOW - 65_000, reason: "Cannot run a.conf" };
  const status = healthyStatus({ configuration: { ...configuration, refused } });
  const [alarm] = alarmsOf(status, NOW);
  assert.equal(alarm!.kind, "reload_refused");
  assert.equal(alarm!.severity, "warning");
  assert.match(alarm!.text, /^The last reload, .* ago, was refused, .* in force: Cannot run a\.conf$/);
  assert.equal((await healthz(status))[0], 200);
});

Deno.test("alarmsOf() warns of a mail server that takes nothing", () => {
  const mail = { to: "mail.example.com:25", waiting: 3, sent: 1, lost: 0, trouble: "ECONNREFUSED" };
  const [alarm] = alarmsOf(healthyStatus({ mail }), NOW);
  assert.equal(alarm!.kind, "notices");
  assert.equal(alarm!.text, "Mail server mail.example.com:25 takes nothing, 3 waiting: ECONNREFUSED");
  assert.deepEqual(alarmsOf(healthyStatus({ mail: { ...mail, trouble: null } }), NOW), []);
});
