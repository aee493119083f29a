import assert from "node:assert/strict";
import type { TimedSnapshot } from "../../../cli/daemon/engine_link.ts";
import { StatusHub } from "../../../cli/daemon/status_hub.ts";
import type { Status } from "../../../core/engine/status.ts";

const SNAPSHOT: TimedSnapshot = {
  routerId: "r",
  instances: [],
  syncGroups: [],
  scripts: [],
  interfaces: [],
  events: [],
  foreign: [],
  discarded: 3,
  loopLag: { last: 0.1, max: 2 },
};

const FACTS = {
  version: "1.2.3",
  pid: 7,
  startedAt: 5,
  configuration: { file: "/x", loadedAt: 5, problems: [] },
};

Deno.test("current() joins what the engine and what the daemon know", async () => {
  const hub = new StatusHub(() => Promise.resolve(SNAPSHOT), () => FACTS);
  const status = await hub.current();
  assert.equal(status.discarded, 3);
  assert.equal(status.version, "1.2.3");
  assert.deepEqual(status.loopLag, { last: 0.1, max: 2 });
  assert.ok(Math.abs(status.generatedAt - Date.now()) < 5000);
});

Deno.test("current() asks the engine once for all who ask at the same time", async () => {
  let asked = 0;
  const answer = Promise.withResolvers<TimedSnapshot>();
  const hub = new StatusHub(() => {
    asked++;
    return answer.promise;
  }, () => FACTS);
  const all = Promise.all([hub.current(), hub.current(), hub.current()]);
  answer.resolve(SNAPSHOT);
  await all;
  assert.equal(asked, 1);
  await hub.current();
  assert.equal(asked, 2);
});

Deno.test("current() gives the last status where the engine does not answer, and fails where there is none", async () => {
  let frozen = false;
  const hub = new StatusHub(() => frozen ? new Promise(() => {}) : Promise.resolve(SNAPSHOT), () => FACTS);
  const fresh = await hub.current();
  frozen = true;
  assert.equal(await hub.current(), fresh);
  const never = new StatusHub(() => new Promise(() => {}), () => FACTS);
  await assert.rejects(never.current(), /the engine does not answer/);
});

Deno.test("changed() pushes one fresh status for many changes, until the signal", async () => {
  let asked = 0;
  const hub = new StatusHub(() => {
    asked++;
    return Promise.resolve({ ...SNAPSHOT, discarded: asked });
  }, () => FACTS);
  const stop = new AbortController();
  const first = Promise.withResolvers<Status>();
  const pushed: Status[] = [];
  hub.subscribe((status) => {
    pushed.push(status);
    first.resolve(status);
  }, stop.signal);
  for (let i = 0; i < 100; i++) hub.changed();
  // The hub's own timer keeps no process alive; this one does while the test waits.
  const keepAlive = setInterval(() => {}, 1000);
  assert.equal((await first.promise).discarded, 1);
  clearInterval(keepAlive);
  assert.deepEqual([asked, pushed.length], [1, 1]);
  stop.abort();
  hub.changed();
  assert.equal(asked, 1);
});
