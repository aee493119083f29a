/**
 * The status page, the JSON interface, the metrics and the health check of one node.
 *
 * All of it is read-only and made from one `StatusSource`; `docs/status.md` is the reference.
 */
import { type Context, Hono } from "hono";
import { raw } from "hono/html";
import type { InstanceStatus, Status, StatusSource, VirtualServerStatus } from "../core/engine/status.ts";
import { eventStream } from "./events.ts";
import { isHealthy, judge } from "./health.ts";
import { knownName, readOnly, securityHeaders, type Variables } from "./security.ts";
import { type Answer, ask } from "./source.ts";
import { severityOf } from "./view/alarms.tsx";
import { Overview } from "./view/overview.tsx";
import { Detail } from "./view/detail.tsx";
import { Main, type Mood, Page } from "./view/page.tsx";
import { readSelection } from "./view/select.ts";
import { ServiceDetail } from "./view/service.tsx";

/** Things that the daemon or a test may set; the defaults are right for a daemon. */
export interface AppOptions {
  /** ms since the Unix epoch; what the age of a snapshot is measured against. */
  readonly now?: () => number;
  /** Ends the open event streams, so that a server can shut down. */
  readonly signal?: AbortSignal;
  /** Event streams say something at least this often, ms. */
  readonly heartbeat?: number;
  /** Names that this node is asked under beside addresses and names without a dot; null: any name. */
  readonly names?: readonly string[] | null;
  /** Told of an error that made an answer fail with status 500. */
  readonly onError?: (error: Error) => void;
}

const HINT = "Try /, /status, /status/instances/NAME, /metrics, /healthz or /events";

/** An application that `Deno.serve` can take. Nothing runs until it is asked something. */
export function createApp(source: StatusSource, options: AppOptions = {}): Hono<Variables> {
  const { now = Date.now, signal = new AbortController().signal, heartbeat = 5000, onError } = options;
  const { names = null } = options;
  const app = new Hono<Variables>();
  app.use(securityHeaders, readOnly);
  if (names !== null) app.use(knownName(new Set(names.map((name) => name.toLowerCase()))));
  app.notFound((c) => c.text(`There is no ${c.req.path} here. ${HINT}\n`, 404));
  app.onError((error, c) => {
    onError?.(error);
    return c.text("Cannot answer: an error happened; the log of the daemon has it\n", 500);
  });
  app.get("/", async (c) => overview(c, await ask(source), now()));
  app.get("/instances/:name", async (c) => detail(c, await ask(source), now()));
  app.get("/virtual-servers/:name", async (c) => serviceDetail(c, await ask(source), now()));
  app.get("/status", async (c) => json(c, await ask(source), (status) => status));
  app.get("/status/instances", async (c) => json(c, await ask(source), (status) => status.instances));
  app.get("/status/instances/:name", async (c) => json(c, await ask(source), instanceNamed(c)));
  app.get("/status/virtual-servers", async (c) => json(c, await ask(source), virtualServersOf));
  app.get("/status/virtual-servers/:name", async (c) => json(c, await ask(source), serviceNamed(c)));
  app.get("/healthz", async (c) => health(c, await ask(source), now()));
  app.get("/metrics", async (c) => {
    const { metrics } = await import("./metrics/mod.ts");
    const { contentType, body } = await metrics(await ask(source), now());
    return c.body(body, 200, { "Content-Type": contentType });
  });
  app.get("/events", eventStream({ source, heartbeat, signal, now }));
  return app;
}

function health(c: Context, answer: Answer, now: number): Response {
  const critical = judge(answer, now).filter((alarm) => alarm.severity === "critical");
  if (isHealthy(critical)) return c.text("ok\n");
  const lines = critical.map(({ instance, text }) => instance === null ? text : `${instance}: ${text}`);
  return c.text(`${lines.join("\n")}\n`, 503);
}

/** What `select` finds in the status, indented with `?pretty`; null is a 404. */
function json(c: Context, answer: Answer, select: (status: Status) => unknown): Response {
  const found = answer.ok ? select(answer.status) : { error: answer.reason };
  const noun = c.req.path.startsWith("/status/virtual-servers/") ? "virtual server" : "instance";
  const missing = { error: `There is no ${noun} "${c.req.param("name")}"` };
  const code = !answer.ok ? 503 : found === null ? 404 : 200;
  const indent = c.req.query("pretty") === undefined ? undefined : 2;
  const text = `${JSON.stringify(found ?? missing, null, indent)}\n`;
  return c.body(text, code, { "Content-Type": "application/json" });
}

function instanceNamed(c: Context): (status: Status) => InstanceStatus | null {
  const name = c.req.param("name");
  return (status) => status.instances.find((instance) => instance.name === name) ?? null;
}

function virtualServersOf({ virtualServers = [] }: Status): readonly VirtualServerStatus[] {
  return virtualServers;
}

function serviceNamed(c: Context): (status: Status) => VirtualServerStatus | null {
  const name = c.req.param("name");
  return (status) => virtualServersOf(status).find((service) => service.name === name) ?? null;
}

function overview(c: Context<Variables>, answer: Answer, now: number) {
  if (!answer.ok) return silent(c, answer.reason);
  const { status } = answer;
  const alarms = judge(answer, now);
  const selection = readSelection((name) => c.req.query(name));
  const mood = severityOf(alarms);
  return page(
    c,
    { title: titled(status, mood), mood, node: status.routerId },
    <Overview status={status} alarms={alarms} selection={selection} />,
  );
}

function detail(c: Context<Variables>, answer: Answer, now: number) {
  if (!answer.ok) return silent(c, answer.reason);
  const { status } = answer;
  const instance = instanceNamed(c)(status);
  const node = status.routerId;
  if (instance === null) {
    const text = `There is no instance "${c.req.param("name")}"`;
    return page(c, { title: text, mood: "warning", node }, <p class="verdict warning">{text}</p>, 404);
  }
  const alarms = judge(answer, now).filter((alarm) => alarm.instance === instance.name);
  const mood = severityOf(alarms);
  const title = `${instance.name} ${titled(status, mood)}`;
  return page(c, { title, mood, node }, <Detail status={status} instance={instance} alarms={alarms} />);
}

function serviceDetail(c: Context<Variables>, answer: Answer, now: number) {
  if (!answer.ok) return silent(c, answer.reason);
  const { status } = answer;
  const service = serviceNamed(c)(status);
  const node = status.routerId;
  if (service === null) {
    const text = `There is no virtual server "${c.req.param("name")}"`;
    return page(c, { title: text, mood: "warning", node }, <p class="verdict warning">{text}</p>, 404);
  }
  const alarms = judge(answer, now).filter((alarm) => alarm.virtualServer === service.name);
  const mood = severityOf(alarms);
  const title = `${service.name} ${titled(status, mood)}`;
  const selection = readSelection((name) => c.req.query(name));
  return page(
    c,
    { title, mood, node },
    <ServiceDetail status={status} service={service} alarms={alarms} selection={selection} />,
  );
}

/** The page of a node whose engine says nothing. */
function silent(c: Context<Variables>, reason: string) {
  const title = "✕ engine silent";
  return page(c, { title, mood: "critical", node: "ha" }, <p class="verdict critical">{reason}</p>, 503);
}

/** The title in the browser's tab: trouble first. */
function titled(status: Status, mood: Mood): string {
  const mark = { good: "", warning: "! ", critical: "✕ " }[mood];
  return `${mark}${status.routerId}`;
}

interface Frame {
  readonly title: string;
  readonly mood: Mood;
  readonly node: string;
}

/** A whole page, or for the script of a page that is open only the part that changes. */
function page(c: Context<Variables>, frame: Frame, content: unknown, code: 200 | 404 | 503 = 200) {
  if (c.req.header("Ha-Fragment") !== undefined) {
    return c.html(<Main title={frame.title} mood={frame.mood}>{content}</Main>, code);
  }
  const document = <Page {...frame} nonce={c.get("nonce")}>{content}</Page>;
  return c.html(<>{raw("<!doctype html>")}{document}</>, code);
}
