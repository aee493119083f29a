import assert from "node:assert/strict";
import { serverEvent, transitionEvent, Webhook, type WebhookEvent } from "../../../cli/daemon/webhook.ts";
import type { Message } from "../../../core/engine/message.ts";

const EVENT = transitionEvent("lab", {
  kind: "notify",
  object: "INSTANCE",
  name: "VI_1",
  state: "MASTER",
  priority: 100,
  commands: [],
  mail: false,
  reason: "10.0.0.2 said goodbye",
}, 1000);

/** A web server that answers as told, and what it was sent. */
function server(answer: (count: number) => Response | Promise<Response>) {
  const received: { readonly type: string | null; readonly event: WebhookEvent }[] = [];
  const news = new EventTarget();
  const listener = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    received.push({ type: request.headers.get("content-type"), event: await request.json() });
    news.dispatchEvent(new Event("post"));
    return await answer(received.length);
  });
  return {
    url: `http://127.0.0.1:${listener.addr.port}/hook?key=secret`,
    received,
    next: () => new Promise((resolve) => news.addEventListener("post", resolve, { once: true })),
    [Symbol.asyncDispose]: () => listener.shutdown(),
  };
}

Deno.test("transitionEvent() has the fields of a status event and those it was made of", () => {
  assert.deepEqual(EVENT, {
    at: 1000,
    level: "info",
    instance: "VI_1",
    text: "lab: VI_1 is MASTER: 10.0.0.2 said goodbye",
    router: "lab",
    object: "INSTANCE",
    name: "VI_1",
    state: "MASTER",
    priority: 100,
    virtualServer: null,
  });
});

Deno.test("serverEvent() names the real server and its virtual server", () => {
  const event = serverEvent("lab", {
    kind: "notify",
    object: "RS",
    virtualServer: "[10.0.0.1]:tcp:80",
    realServer: "[10.0.0.11]:tcp:80",
    state: "DOWN",
    command: null,
    fifo: "",
    mail: null,
  }, 1000);
  assert.equal(event.text, "lab: [10.0.0.11]:tcp:80 of [10.0.0.1]:tcp:80 is DOWN");
  assert.deepEqual([event.level, event.name, event.virtualServer], [
    "warning",
    "[10.0.0.11]:tcp:80",
    "[10.0.0.1]:tcp:80",
  ]);
});

Deno.test("Webhook posts JSON in order", async () => {
  await using listener = server(() => new Response("ok"));
  const webhook = new Webhook(() => {}, { url: listener.url, timeout: 5000 });
  webhook.send(EVENT);
  webhook.send({ ...EVENT, state: "BACKUP" });
  await webhook.end(5000);
  assert.deepEqual(listener.received.map(({ event }) => event.state), ["MASTER", "BACKUP"]);
  assert.deepEqual(listener.received[0], { type: "application/json", event: EVENT });
  assert.deepEqual(webhook.status, {
    to: new URL(listener.url).origin,
    waiting: 0,
    sent: 2,
    lost: 0,
    trouble: null,
  });
});

Deno.test("Webhook tries again after a 500, gives a 404 up, and never tells the key in its URL", async () => {
  const said: Message[] = [];
  await using listener = server((count) => new Response("", { status: count === 1 ? 500 : 404 }));
  const webhook = new Webhook((message) => said.push(message), { url: listener.url, timeout: 5000 });
  const first = listener.next();
  webhook.send(EVENT);
  await first;
  await webhook.end(5000);
  const texts = said.map(({ text }) => text);
  assert.match(
    texts.join("\n"),
    /Giving up post "lab: VI_1 is MASTER: .*": it answers with status (404|500)/,
  );
  assert.doesNotMatch(texts.join("\n"), /secret/);
  assert.equal(webhook.status?.lost, 1);
});

Deno.test("Webhook takes a redirection for no delivery", async () => {
  const said: Message[] = [];
  const asked: string[] = [];
  await using listener = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ method, url }) => {
    asked.push(method);
    return new URL(url).pathname === "/hook"
      ? Response.redirect(new URL("/login", url))
      : new Response("hello");
  });
  const url = `http://127.0.0.1:${listener.addr.port}/hook`;
  const webhook = new Webhook((message) => said.push(message), { url, timeout: 5000 });
  webhook.send(EVENT);
  await webhook.end(5000);
  assert.deepEqual(asked, ["POST"]);
  assert.match(said.map(({ text }) => text).join("\n"), /Giving up post .*: it answers with status 302/);
  assert.deepEqual([webhook.status?.sent, webhook.status?.lost], [0, 1]);
});

Deno.test("Webhook does not wait for ever, nor holds up the end", async () => {
  const said: Message[] = [];
  const never = Promise.withResolvers<Response>();
  await using listener = server(() => never.promise);
  const webhook = new Webhook((message) => said.push(message), { url: listener.url, timeout: 100 });
  const got = listener.next();
  webhook.send(EVENT);
  await got;
  await webhook.end(5000);
  assert.match(said.map(({ text }) => text).join("\n"), /takes no posts: .*tim/i);
  never.resolve(new Response(""));
});
