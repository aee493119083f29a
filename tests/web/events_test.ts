import assert from "node:assert/strict";
import type { StatusEvent } from "../../core/engine/status.ts";
import { createApp } from "../../web/app.tsx";
import { eventsSince, type StatusMessage } from "../../web/events.ts";
import { Latest } from "../../web/feed.ts";
import { events, faultInstance, FixtureSource, healthyStatus, NOW, troubledStatus } from "./fixtures.ts";

interface Message {
  readonly event: string;
  // deno-lint-ignore no-explicit-any -- whatever the stream says
  readonly data: any;
}

/** Reads server-sent events one by one. */
async function* messages(response: Response): AsyncGenerator<Message> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    const blocks = text.split("\n\n");
    text = blocks.pop()!;
    for (const block of blocks) {
      const fields = Object.fromEntries(block.split("\n").map((line) => line.split(/: (.*)/s)));
      yield { event: fields["event"], data: JSON.parse(fields["data"]) };
    }
  }
}

async function next(stream: AsyncGenerator<Message>): Promise<Message> {
  const { value, done } = await stream.next();
  assert.ok(!done, "the stream has ended");
  return value;
}

Deno.test("/events begins with the status as it is", async () => {
  const source = new FixtureSource(troubledStatus());
  const response = await createApp(source, { now: () => NOW }).request("/events");
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.equal(response.headers.get("cache-control"), "no-store");
  const stream = messages(response);
  assert.deepEqual(await next(stream), {
    event: "status",
    data: {
      generatedAt: NOW,
      healthy: false,
      states: { init: 0, backup: 1, master: 2, fault: 1 },
      changed: [],
    } satisfies StatusMessage,
  });
  await stream.return(undefined);
  await source.whenListeners(0);
});

Deno.test("/events tells new events and which instances changed", async () => {
  const source = new FixtureSource(healthyStatus());
  const stream = messages(await createApp(source, { now: () => NOW }).request("/events"));
  await next(stream);
  const [lan, wan] = healthyStatus().instances;
  const failed = faultInstance({ name: "VI_LAN" });
  source.publish(healthyStatus({ instances: [failed, wan!], events }));
  assert.deepEqual(await next(stream), { event: "event", data: events[2] });
  assert.deepEqual(await next(stream), { event: "event", data: events[3] });
  const { data } = await next(stream);
  assert.deepEqual(data.changed, [
    { name: "VI_LAN", state: "fault", since: failed.since, reason: failed.reason },
  ]);
  source.publish(healthyStatus({ instances: [lan!, wan!], events }));
  assert.deepEqual((await next(stream)).data.changed.map((each: { state: string }) => each.state), [
    "master",
  ]);
  await stream.return(undefined);
  await source.whenListeners(0);
});

Deno.test("/events says something when nothing happens, and when the engine is silent", async () => {
  const source = new FixtureSource(healthyStatus());
  const app = createApp(source, { now: () => NOW, heartbeat: 1 });
  const stream = messages(await app.request("/events"));
  assert.equal((await next(stream)).event, "status");
  assert.equal((await next(stream)).event, "status");
  source.current = () => Promise.reject(new Error("the worker is gone"));
  let message = await next(stream);
  while (message.event === "status") message = await next(stream);
  assert.deepEqual(message, {
    event: "silence",
    data: { reason: "The engine could not answer: the worker is gone" },
  });
  await stream.return(undefined);
  await source.whenListeners(0);
});

Deno.test("/events leaves nothing behind with each message: a page stays open for weeks", async () => {
  const { addEventListener, removeEventListener } = AbortSignal.prototype;
  let listeners = 0;
  AbortSignal.prototype.addEventListener = function (...args: unknown[]) {
    listeners++;
    Reflect.apply(addEventListener, this, args);
  };
  AbortSignal.prototype.removeEventListener = function (...args: unknown[]) {
    listeners--;
    Reflect.apply(removeEventListener, this, args);
  };
  try {
    const source = new FixtureSource(healthyStatus());
    const stream = messages(
      await createApp(source, { now: () => NOW, heartbeat: 1 }).request("/events"),
    );
    for (let i = 0; i < 2; i++) await next(stream);
    const before = listeners;
    for (let i = 0; i < 4; i++) await next(stream);
    assert.ok(listeners <= before + 1, `${listeners - before} listeners more after four messages`);
    await stream.return(undefined);
    await source.whenListeners(0);
  } finally {
    Object.assign(AbortSignal.prototype, { addEventListener, removeEventListener });
  }
});

Deno.test("/events subscribes once for all streams, and not at all for HEAD", async () => {
  const source = new FixtureSource(healthyStatus());
  const app = createApp(source, { now: () => NOW });
  await app.request("/events", { method: "HEAD" });
  assert.equal(source.listeners, 0);
  const first = messages(await app.request("/events"));
  const second = messages(await app.request("/events"));
  await next(first);
  await next(second);
  assert.equal(source.listeners, 1);
  await first.return(undefined);
  source.publish(troubledStatus());
  assert.equal((await next(second)).event, "event");
  await second.return(undefined);
  await source.whenListeners(0);
});

Deno.test("/events ends with the daemon", async () => {
  const source = new FixtureSource(healthyStatus());
  const stop = new AbortController();
  const stream = messages(
    await createApp(source, { now: () => NOW, signal: stop.signal }).request("/events"),
  );
  await next(stream);
  stop.abort();
  assert.deepEqual(await stream.next(), { value: undefined, done: true });
  await source.whenListeners(0);
});

Deno.test("/events notices over a real connection that its reader left", async () => {
  const source = new FixtureSource(healthyStatus());
  const app = createApp(source, { now: () => NOW });
  await using server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen: () => {} }, app.fetch);
  const leave = new AbortController();
  const response = await fetch(`http://127.0.0.1:${server.addr.port}/events`, { signal: leave.signal });
  const stream = messages(response);
  await next(stream);
  await source.whenListeners(1);
  leave.abort();
  await assert.rejects(stream.next());
  await source.whenListeners(0);
});

Deno.test("/events refuses the 65th stream and has room again when one is closed", async () => {
  const source = new FixtureSource(healthyStatus());
  const app = createApp(source, { now: () => NOW });
  const streams = [];
  for (let index = 0; index < 64; index++) {
    const response = await app.request("/events");
    assert.equal(response.status, 200);
    streams.push(messages(response));
  }
  await Promise.all(streams.map(next));
  assert.equal((await app.request("/events")).status, 503);
  await Promise.all(streams.map((stream) => stream.return(undefined)));
  await source.whenListeners(0);
  const again = messages(await app.request("/events"));
  await next(again);
  await again.return(undefined);
  await source.whenListeners(0);
});

Deno.test("eventsSince() finds what is new though old events fall off and clocks are slewed", () => {
  const event = (at: number, text: string): StatusEvent => ({ at, level: "info", instance: null, text });
  const [a, b, c, d] = [event(1000, "a"), event(2000, "b"), event(3000, "c"), event(3000, "d")];
  assert.deepEqual(eventsSince([], [a!, b!]), [a, b]);
  assert.deepEqual(eventsSince([a!, b!], [a!, b!]), []);
  assert.deepEqual(eventsSince([a!, b!], [b!, c!, d!]), [c, d]);
  assert.deepEqual(eventsSince([a!, b!], [event(2000.4, "b"), c!]), [c]);
  assert.deepEqual(eventsSince([a!, c!], [d!, event(4000, "e")]), [event(4000, "e")]);
});

Deno.test("Latest keeps only the newest value and gives up in time", async () => {
  const latest = new Latest<number>();
  const { signal } = new AbortController();
  assert.equal(await latest.take(1, signal), null);
  latest.put(1);
  latest.put(2);
  assert.equal(await latest.take(1000, signal), 2);
  const waiting = latest.take(10_000, signal);
  latest.put(3);
  assert.equal(await waiting, 3);
  const stop = new AbortController();
  const stopped = latest.take(10_000, stop.signal);
  stop.abort();
  assert.equal(await stopped, null);
});
