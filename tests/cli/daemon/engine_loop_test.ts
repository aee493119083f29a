import assert from "node:assert/strict";
import { EngineLoop } from "../../../cli/daemon/engine_loop.ts";
import type { EngineReport } from "../../../cli/daemon/thread_messages.ts";
import type { Effect } from "../../../core/engine/effect.ts";
import type { Engine, EngineSnapshot, SnapshotFrame } from "../../../core/engine/engine.ts";
import type { Event } from "../../../core/engine/event.ts";
import type { InstanceStatus } from "../../../core/engine/status.ts";
import { model } from "../../support/models.ts";
import { advert, fakeKernel, HOST, link, LINKS, local, REFUSED } from "../fake_kernel.ts";

const EMPTY: EngineSnapshot = {
  routerId: "r",
  instances: [],
  syncGroups: [],
  scripts: [],
  interfaces: [],
  events: [],
  foreign: [],
  discarded: 0,
};

/** An engine that does what the test says and remembers what it heard. */
class FakeEngine implements Engine {
  readonly heard: { event: Event; now: number }[] = [];
  due: number | null = null;
  respond: (event: Event) => readonly Effect[] = () => [];
  shown: EngineSnapshot = EMPTY;

  step(event: Event, now: number): readonly Effect[] {
    this.heard.push({ event, now });
    if (event.kind === "timer") this.due = null;
    return this.respond(event);
  }
  nextWakeup = () => this.due;
  takeover = false;
  takesOverNext = () => this.takeover;
  snapshot = () => this.shown;
  snapshotInstances = (first: number, count: number) => this.shown.instances.slice(first, first + count);
  snapshotFrame = (): SnapshotFrame => {
    const { instances: _, ...frame } = this.shown;
    return frame;
  };
  get kinds(): string[] {
    return this.heard.map(({ event }) => event.kind);
  }
}

function setUp({ capacity = 64, record = false, aliveInterval = 0 } = {}) {
  const kernel = fakeKernel(capacity);
  const engine = new FakeEngine();
  const posted: EngineReport[] = [];
  let posts = 0;
  const post = (reports: readonly EngineReport[]) => {
    posts++;
    posted.push(...reports);
  };
  const warmed: number[] = [];
  const warmUp = () => void warmed.push(kernel.time);
  const loop = new EngineLoop(engine, kernel, post, { record, aliveInterval }, { warmUp });
  return { kernel, engine, loop, posted, posts: () => posts, warmed };
}

function listen(instance: string): Effect {
  return {
    kind: "advert.listen",
    listen: { instance, interface: "eth0", vrid: 51, family: 4, group: null, source: "10.0.0.1" },
  };
}

const LOG: Effect = { kind: "log", message: { level: "info", code: "a.b", text: "text", fields: {} } };

/** Starts the loop with one open socket, descriptor 10. */
function started(options = {}) {
  const all = setUp(options);
  all.engine.respond = (event) => event.kind === "start" ? [listen("VI_1")] : [];
  all.loop.start(model([]));
  all.engine.heard.length = 0;
  all.engine.respond = () => [];
  return all;
}

Deno.test("start() gives the engine the host as it is, watches everything, and reports ready", () => {
  const { kernel, engine, loop, posted } = setUp();
  engine.respond = (event) => event.kind === "start" ? [listen("VI_1")] : [];
  loop.start(model([]));
  const [first] = engine.heard;
  assert.equal(first?.event.kind, "start");
  assert.deepEqual(first?.event.kind === "start" && first.event.links.map(({ name }) => name), [
    "eth0",
    "eth1",
  ]);
  assert.deepEqual([...kernel.watched].sort(), [10, LINKS, LINKS + 1, LINKS + 2]);
  assert.deepEqual(posted, [{ kind: "ready" }]);
});

Deno.test("turn() sleeps until the engine's next wakeup and steps a timer that is due", () => {
  const { kernel, engine, loop } = started();
  engine.due = 1500;
  const deadlines: (number | null)[] = [];
  kernel.onSleep = (deadline) => {
    deadlines.push(deadline);
    kernel.time = 1500.25;
  };
  loop.turn();
  loop.turn();
  assert.deepEqual(deadlines, [1500, null]);
  assert.deepEqual(engine.heard, [{ event: { kind: "timer" }, now: 1500.25 }]);
  assert.deepEqual(loop.lag, { last: 0.25, max: 0.25 });
});

Deno.test("turn() counts a stall though what was heard after it moved the deadline", () => {
  const { kernel, engine, loop } = started();
  engine.due = 1500;
  kernel.onSleep = () => kernel.time = 11_000;
  kernel.notices = [link("eth1", 3)];
  engine.respond = () => {
    engine.due = 14_000;
    return [];
  };
  loop.turn();
  assert.deepEqual(loop.lag, { last: 9500, max: 9500 });
});

Deno.test("turn() does not step a timer before it is due", () => {
  const { kernel, engine, loop } = started();
  engine.due = 1500;
  kernel.onSleep = () => {
    kernel.time = 1499;
    kernel.deliver(10, advert(51));
  };
  loop.turn();
  assert.deepEqual(engine.kinds, ["advert.received"]);
});

Deno.test("turn() hears every queued packet before a timer that fell due during a stall", () => {
  const { kernel, engine, loop } = started();
  engine.due = 1500;
  kernel.onSleep = () => {
    kernel.time = 11_500;
    kernel.deliver(10, ...Array.from({ length: 1000 }, () => advert(51)));
  };
  loop.turn();
  assert.equal(engine.heard.length, 1001);
  assert.equal(engine.kinds.indexOf("timer"), 1000);
});

Deno.test("turn() looks at the sockets after it has read the clock where a timer is due", () => {
  const { kernel, engine, loop } = started();
  engine.due = 1500;
  kernel.onSleep = () => kernel.time = 1500;
  // The process is stopped right after its sleep: the packet comes before the clock is read, but after the sleep.
  const { now } = kernel;
  let reads = 0;
  Object.assign(kernel, {
    now: () => {
      if (reads++ === 0) {
        kernel.deliver(10, advert(51));
        kernel.time = 4500;
      }
      return now();
    },
  });
  loop.turn();
  assert.deepEqual(engine.kinds, ["advert.received", "timer"]);
});

Deno.test("turn() lets a due timer pass when packets come faster than they can be heard", () => {
  const { kernel, engine, loop } = started();
  engine.due = 1500;
  kernel.onSleep = () => {
    kernel.time = 1500;
    kernel.deliver(10, ...Array.from({ length: 100 }, () => advert(51)));
  };
  engine.respond = (event) => {
    if (event.kind === "advert.received" && engine.heard.length < 5000) {
      kernel.time += 0.01;
      kernel.deliver(10, advert(51));
    }
    return [];
  };
  loop.turn();
  const timer = engine.kinds.indexOf("timer");
  assert.ok(timer > 0 && timer < 1000, `timer after ${timer} packets`);
});

Deno.test("turn() goes on looking while as many descriptors are ready as one look returns", () => {
  const { kernel, engine, loop } = setUp({ capacity: 2 });
  const names = ["A", "B", "C", "D", "E"];
  engine.respond = (event) => event.kind === "start" ? names.map(listen) : [];
  loop.start(model([]));
  engine.due = 1500;
  kernel.onSleep = () => {
    kernel.time = 1500;
    for (const descriptor of kernel.sockets.values()) kernel.deliver(descriptor, advert(51));
  };
  loop.turn();
  assert.deepEqual(engine.kinds.slice(1), [...names.map(() => "advert.received"), "timer"]);
});

Deno.test("turn() watches a descriptor whose number was closed and opened again in one step", () => {
  const { kernel, engine, loop } = started();
  engine.respond = () => [{ kind: "advert.unlisten", instance: "VI_1" }, listen("VI_2")];
  kernel.notices = [link("eth0", 2)];
  loop.turn();
  assert.equal(kernel.sockets.get("VI_2"), 10);
  assert.ok(kernel.watched.has(10));
});

Deno.test("turn() tells the engine what the kernel refused", () => {
  const { kernel, engine, loop } = started();
  kernel.answers.set("listen", REFUSED);
  engine.respond = (event) => event.kind === "link.changed" ? [listen("VI_2")] : [];
  kernel.notices = [link("eth1", 3)];
  loop.turn();
  assert.deepEqual(engine.kinds, ["link.changed", "effect.failed"]);
});

function reasonOfRefusal(): string {
  return REFUSED.ok ? "" : REFUSED.reason;
}

Deno.test("turn() stops when every answer to a refusal is refused again", () => {
  const { kernel, engine, loop, posted } = started();
  kernel.answers.set("listen", REFUSED);
  engine.respond = () => [listen("VI_2")];
  kernel.notices = [link("eth1", 3)];
  loop.turn();
  assert.ok(engine.heard.length < 20, `${engine.heard.length} events`);
  const texts = posted.flatMap((report) =>
    report.kind === "effect" && report.effect.kind === "log" ? [report.effect.message.text] : []
  );
  assert.deepEqual(texts, [
    "(VI_2) Giving up on advert.listen of eth0, which was refused again and again: " + reasonOfRefusal(),
  ]);
});

Deno.test("start() and a reload open the filter for every VRID where those are to be logged", () => {
  const { kernel, loop } = setUp();
  const logging = model([]);
  const wanted = { ...logging, global: { ...logging.global, logUnknownVrids: true } };
  loop.start(model([]));
  kernel.command({ kind: "event", event: { kind: "reload", model: wanted } });
  loop.turn();
  const calls = kernel.calls.filter(([name]) => name === "acceptEveryVrid");
  assert.deepEqual(calls, [["acceptEveryVrid", false], ["acceptEveryVrid", true]]);
});

Deno.test("turn() makes up for lost notices: what has gone is removed, what is there is told again", () => {
  const { kernel, engine, loop } = started();
  kernel.notices = "overrun";
  kernel.host = [link("eth0", 2, false), {
    kind: "address.added",
    address: local("eth0", "10.0.0.9"),
  }];
  loop.turn();
  assert.deepEqual(engine.heard.map(({ event }) => event), [
    { kind: "address.removed", address: local("eth0", "10.0.0.1") },
    { kind: "link.removed", name: "eth1" },
    ...kernel.host,
  ]);
  assert.equal(HOST.length, 3);
});

Deno.test("turn() posts all reports of a turn as one message, and none where there is nothing to say", () => {
  const { kernel, engine, loop, posted, posts } = started();
  const before = posts();
  engine.respond = () => [LOG, LOG];
  kernel.notices = [link("eth1", 3), link("eth1", 3)];
  loop.turn();
  assert.equal(posts(), before + 1);
  assert.equal(posted.length, 5);
  assert.deepEqual(posted.at(-1), { kind: "effect", at: 1_001_000, effect: LOG });
  loop.turn();
  assert.equal(posts(), before + 1);
});

Deno.test("EngineLoop stamps no message with a millisecond that was over", () => {
  const { kernel, engine, loop, posted } = setUp();
  // The wall clock shows whole milliseconds, and each look at a clock takes its time.
  let elapsed = 0.25;
  const now = () => elapsed += 0.001;
  Object.assign(kernel, { now, epochOffset: () => 1_000_000 - now() });
  engine.respond = () => [LOG];
  loop.start(model([]));
  const [stamp] = posted.flatMap((report) => report.kind === "effect" ? [report.at] : []);
  assert.equal(Math.floor(stamp!), 1_000_000);
});

Deno.test("turn() obeys commands of the main thread in order", () => {
  const { kernel, engine, loop } = started();
  kernel.command({
    kind: "event",
    event: { kind: "script.finished", script: "chk", outcome: { kind: "exited", status: 0 } },
  });
  kernel.command({ kind: "event", event: { kind: "stop" } });
  loop.turn();
  assert.deepEqual(engine.kinds, ["script.finished", "stop"]);
});

function snapshotOf(count: number): EngineSnapshot {
  const instances = Array.from({ length: count }, (_, i) => ({ name: `VI_${i}` }) as InstanceStatus);
  return { ...EMPTY, instances };
}

Deno.test("a status request is answered in slices, the last one with the frame", () => {
  const { kernel, engine, loop, posted } = started();
  engine.shown = snapshotOf(40);
  kernel.command({ kind: "status", id: 7 });
  for (let i = 0; i < 5; i++) loop.turn();
  const parts = posted.filter((report) => report.kind === "status.part");
  assert.deepEqual(parts.map(({ instances }) => instances.length), [16, 16, 8]);
  assert.deepEqual(parts.map(({ frame }) => frame?.routerId ?? null), [null, null, "r"]);
  assert.ok(parts.every(({ id }) => id === 7));
});

Deno.test("a status request begins again where a reload comes between its slices", () => {
  const { kernel, engine, loop, posted } = started();
  engine.shown = snapshotOf(20);
  kernel.command({ kind: "status", id: 1 });
  loop.turn();
  engine.shown = snapshotOf(3);
  kernel.command({ kind: "event", event: { kind: "reload", model: model([]) } });
  for (let i = 0; i < 3; i++) loop.turn();
  const parts = posted.filter((report) => report.kind === "status.part");
  assert.deepEqual(parts.map(({ first, instances }) => [first, instances.length]), [[0, 16], [0, 3]]);
});

Deno.test("a slice of status waits while a timer is due soon, but not for ever", () => {
  const { kernel, engine, loop, posted } = started();
  engine.shown = snapshotOf(1);
  kernel.command({ kind: "status", id: 1 });
  const slept: (number | null)[] = [];
  kernel.onSleep = (deadline) => {
    slept.push(deadline);
    kernel.time = deadline ?? kernel.time;
  };
  engine.respond = () => {
    engine.due = kernel.time + 0.1;
    return [];
  };
  engine.due = kernel.time + 0.1;
  loop.turn();
  assert.equal(posted.filter(({ kind }) => kind === "status.part").length, 0);
  for (let i = 0; i < 30; i++) loop.turn();
  assert.equal(posted.filter(({ kind }) => kind === "status.part").length, 1);
});

Deno.test("a loop with an alive interval wakes for it and reports", () => {
  const { kernel, loop, posted } = started({ aliveInterval: 1000 });
  kernel.onSleep = (deadline) => kernel.time = deadline ?? kernel.time;
  for (let i = 0; i < 3; i++) loop.turn();
  assert.equal(posted.filter(({ kind }) => kind === "alive").length, 3);
  assert.ok(kernel.time <= 4000, `${kernel.time}`);
});

Deno.test("a recording loop reports every event and effect with its time", () => {
  const { kernel, engine, loop, posted } = started({ record: true });
  engine.respond = () => [LOG];
  kernel.notices = [link("eth1", 3)];
  posted.length = 0;
  loop.turn();
  const lines = posted.flatMap((report) => report.kind === "record" ? [JSON.parse(report.line)] : []);
  assert.deepEqual(lines, [{ now: 1000, event: link("eth1", 3) }, { now: 1000, effect: LOG }]);
});

Deno.test("EngineLoop warms up once, shortly before a takeover, and takes over in time", () => {
  const { kernel, engine, loop, warmed } = started();
  const slept: (number | null)[] = [];
  kernel.onSleep = (deadline) => {
    slept.push(deadline);
    if (deadline !== null) kernel.time = deadline;
  };
  engine.due = kernel.time + 3000;
  engine.takeover = true;
  const due = engine.due;
  loop.turn();
  assert.deepEqual([slept, warmed, engine.kinds], [[due - 5], [due - 5], []]);
  loop.turn();
  assert.deepEqual([slept, warmed, engine.kinds], [[due - 5, due], [due - 5], ["timer"]]);
});

Deno.test("EngineLoop does not warm up where the master is heard in time, nor for other timers", () => {
  const { kernel, engine, loop, warmed } = started();
  engine.due = kernel.time + 3000;
  engine.takeover = true;
  kernel.onSleep = () => {
    kernel.time += 1000;
    kernel.command({ kind: "status", id: 1 });
  };
  loop.turn();
  assert.deepEqual(warmed, []);
  const other = started();
  other.engine.due = other.kernel.time + 3000;
  other.kernel.onSleep = (deadline) => void (other.kernel.time = deadline ?? 0);
  other.loop.turn();
  assert.deepEqual([other.warmed, other.engine.kinds], [[], ["timer"]]);
});
