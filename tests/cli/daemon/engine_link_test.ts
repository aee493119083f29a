import assert from "node:assert/strict";
import { EngineLink, type EngineListener, type EngineWorker } from "../../../cli/daemon/engine_link.ts";
import type { EngineCommand, EngineReport, EngineStart } from "../../../cli/daemon/thread_messages.ts";
import type { InstanceStatus } from "../../../core/engine/status.ts";
import { model } from "../../support/models.ts";

const START: EngineStart = { model: model([]), commandDescriptor: 9, record: false, aliveInterval: 0 };

/** A link with a worker that says what the test says, and a listener that remembers what it heard. */
function setUp() {
  const posted: unknown[] = [];
  const sent: EngineCommand[] = [];
  const heard: string[] = [];
  const worker: EngineWorker = {
    onmessage: null,
    onerror: null,
    postMessage: (message: unknown) => void posted.push(message),
    terminate() {},
  };
  const listener: EngineListener = {
    effect: (effect, at) => void heard.push(`${effect.kind} at ${at}`),
    alive: () => void heard.push("alive"),
    record: (line) => void heard.push(line),
    crashed: (reason) => void heard.push(`crashed: ${reason}`),
  };
  const link = new EngineLink(worker, (command) => sent.push(command));
  const say = (...reports: EngineReport[]) =>
    worker.onmessage!.call(worker as Worker, new MessageEvent("message", { data: reports }));
  return { link, listener, worker, posted, sent, heard, say };
}

Deno.test("start() posts the first message and resolves when the engine is ready", async () => {
  const { link, listener, posted, say } = setUp();
  const started = link.start(START, listener);
  assert.deepEqual(posted, [START]);
  say({ kind: "ready" });
  await started;
});

Deno.test("start() refuses with 4 where a permission is missing, with 1 for anything else", async () => {
  for (const [permission, exitCode] of [[true, 4], [false, 1]] as const) {
    const { link, listener, say } = setUp();
    const started = link.start(START, listener);
    say({ kind: "refused", reason: "Cannot open raw VRRP socket: EPERM", permission });
    await assert.rejects(started, {
      name: "Refusal",
      message: "Cannot open raw VRRP socket: EPERM",
      exitCode,
    });
  }
});

Deno.test("start() refuses with 70 and in one line where the engine thread dies", async () => {
  const { link, listener, heard, say } = setUp();
  const started = link.start(START, listener);
  say({ kind: "crashed", reason: "TypeError: x\n    at y" });
  await assert.rejects(started, { message: "Cannot run the engine thread: TypeError: x", exitCode: 70 });
  assert.deepEqual(heard, ["crashed: TypeError: x\n    at y"]);
});

Deno.test("an error that the runtime reports of the worker counts as its death", async () => {
  const { link, listener, worker, heard } = setUp();
  const started = link.start(START, listener);
  const event = new ErrorEvent("error", { message: "out of luck", cancelable: true });
  worker.onerror!.call(worker as Worker, event);
  await assert.rejects(started, { exitCode: 70 });
  assert.deepEqual(heard, ["crashed: out of luck"]);
  assert.equal(event.defaultPrevented, true, "or the whole process would end");
});

Deno.test("reports reach the listener in order", () => {
  const { link, listener, heard, say } = setUp();
  link.start(START, listener);
  say(
    { kind: "effect", at: 5, effect: { kind: "stopped" } },
    { kind: "alive" },
    { kind: "record", line: "{}" },
    { kind: "effect", at: 6, effect: { kind: "status.changed", instance: "VI_1" } },
  );
  assert.deepEqual(heard, ["stopped at 5", "alive", "{}", "status.changed at 6"]);
});

const FRAME = {
  routerId: "r",
  syncGroups: [],
  scripts: [],
  interfaces: [],
  events: [],
  foreign: [],
  discarded: 0,
};

const named = (...names: string[]) => names.map((name) => ({ name }) as InstanceStatus);
const loopLag = { last: 1, max: 2 };

Deno.test("snapshot() puts the parts of its own answer together", async () => {
  const { link, sent, say } = setUp();
  const [first, second] = [link.snapshot(), link.snapshot()];
  assert.deepEqual(sent, [{ kind: "status", id: 1 }, { kind: "status", id: 2 }]);
  say(
    { kind: "status.part", id: 1, first: 0, instances: named("A", "B"), frame: null, loopLag },
    { kind: "status.part", id: 1, first: 2, instances: named("C"), frame: FRAME, loopLag },
    { kind: "status.part", id: 2, first: 0, instances: [], frame: FRAME, loopLag },
  );
  assert.deepEqual((await first).instances.map(({ name }) => name), ["A", "B", "C"]);
  assert.deepEqual(await second, { ...FRAME, instances: [], loopLag });
});

Deno.test("snapshot() forgets the parts before a reload", async () => {
  const { link, say } = setUp();
  const snapshot = link.snapshot();
  say(
    { kind: "status.part", id: 1, first: 0, instances: named("A", "B"), frame: null, loopLag },
    { kind: "status.part", id: 1, first: 0, instances: named("C"), frame: FRAME, loopLag },
  );
  assert.deepEqual((await snapshot).instances.map(({ name }) => name), ["C"]);
});
