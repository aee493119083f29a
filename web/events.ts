/**
 * `GET /events`: what happens, as server-sent events (WHATWG HTML, section 9.2).
 */
import type { Context } from "hono";
import { streamSSE } from "hono/streaming";
import type { SSEStreamingApi } from "hono/streaming";
import type { Status, StatusEvent, StatusSource, VrrpState } from "../core/engine/status.ts";
import { Feed, Latest } from "./feed.ts";
import { isHealthy, judge } from "./health.ts";
import { ask } from "./source.ts";

/** Streams open at the same time; one more is refused. */
const STREAMS_AT_MOST = 64;

/** Pause between two messages of one stream, ms: a thousand changes at once are a few messages. */
const PAUSE = 200;

/** How the streams of one app behave. */
export interface EventOptions {
  readonly source: StatusSource;
  /** A `status` message is sent at least this often, ms. */
  readonly heartbeat: number;
  /** Ends all streams. */
  readonly signal: AbortSignal;
  /** ms since the Unix epoch. */
  now(): number;
}

/** The data of a `status` message. */
export interface StatusMessage {
  /** ms since the Unix epoch */
  readonly generatedAt: number;
  /** As `/healthz` says it. */
  readonly healthy: boolean;
  /** How many instances are in each state. */
  readonly states: Readonly<Record<VrrpState, number>>;
  /** Instances whose state is another than in the message before; empty in the first one. */
  readonly changed: readonly {
    readonly name: string;
    readonly state: VrrpState;
    readonly since: number;
    readonly reason: string;
  }[];
}

/** The handler of `/events`. */
export function eventStream(options: EventOptions): (c: Context) => Response {
  const feed = new Feed(options.source);
  return (c) => {
    // Hono answers HEAD by running GET and dropping the body: a stream that nobody reads must not start.
    if (c.req.raw.method === "HEAD") return c.body(null, 200, { "Content-Type": "text/event-stream" });
    if (feed.size >= STREAMS_AT_MOST) {
      return c.text("Cannot open another event stream: too many are open\n", 503);
    }
    return streamSSE(c, (stream) => play(stream, feed, options));
  };
}

/** Writes messages until the reader leaves or the daemon stops. */
async function play(stream: SSEStreamingApi, feed: Feed, options: EventOptions): Promise<void> {
  const left = new AbortController();
  stream.onAbort(() => left.abort());
  const signal = AbortSignal.any([left.signal, options.signal]);
  const latest = new Latest<Status>();
  feed.follow((status) => latest.put(status), signal);
  try {
    await tell(stream, latest, options, signal);
  } finally {
    left.abort();
  }
}

async function tell(
  stream: SSEStreamingApi,
  latest: Latest<Status>,
  options: EventOptions,
  signal: AbortSignal,
): Promise<void> {
  let before: Status | null = null;
  while (!signal.aborted) {
    const status: Status | null = before === null ? null : await latest.take(options.heartbeat, signal);
    if (signal.aborted) return;
    before = await write(stream, status, before, options);
    await pause(signal);
  }
}

/** Writes one `status` message and the events since the last one; returns the status that it was about. */
async function write(
  stream: SSEStreamingApi,
  status: Status | null,
  before: Status | null,
  options: EventOptions,
): Promise<Status | null> {
  const answer = status === null ? await ask(options.source) : { ok: true as const, status };
  if (!answer.ok) {
    await stream.writeSSE({ event: "silence", data: JSON.stringify({ reason: answer.reason }) });
    return before;
  }
  const healthy = isHealthy(judge(answer, options.now()));
  for (const event of before === null ? [] : eventsSince(before.events, answer.status.events)) {
    await stream.writeSSE({ event: "event", data: JSON.stringify(event) });
  }
  const message = statusMessage(answer.status, before, healthy);
  await stream.writeSSE({ event: "status", data: JSON.stringify(message) });
  return answer.status;
}

function statusMessage(status: Status, before: Status | null, healthy: boolean): StatusMessage {
  const states = { init: 0, backup: 0, master: 0, fault: 0 };
  for (const instance of status.instances) states[instance.state]++;
  return { generatedAt: status.generatedAt, healthy, states, changed: changesSince(before, status) };
}

function changesSince(before: Status | null, status: Status): StatusMessage["changed"] {
  if (before === null) return [];
  const known = new Map(before.instances.map(({ name, state }) => [name, state]));
  return status.instances
    .filter(({ name, state }) => known.get(name) !== state)
    .map(({ name, state, since, reason }) => ({ name, state, since, reason }));
}

/** The events of `newer` that `older` does not end with; both are newest last, and old ones fall off the front. */
export function eventsSince(
  older: readonly StatusEvent[],
  newer: readonly StatusEvent[],
): readonly StatusEvent[] {
  const last = older.at(-1);
  if (last === undefined) return newer;
  const index = newer.findLastIndex((event) => same(event, last));
  return index >= 0 ? newer.slice(index + 1) : newer.filter((event) => event.at > last.at);
}

/** Whether two records are one: the clock may have been slewed a little between two snapshots. */
function same(left: StatusEvent, right: StatusEvent): boolean {
  return left.text === right.text && left.instance === right.instance && Math.abs(left.at - right.at) < 50;
}

function pause(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, PAUSE);
  const end = () => resolve();
  signal.addEventListener("abort", end, { once: true });
  return promise.finally(() => {
    clearTimeout(timer);
    // A page stays open for weeks: a listener for each of its messages would stay with it.
    signal.removeEventListener("abort", end);
  });
}
