import assert from "node:assert/strict";
import type { Status } from "../../core/engine/status.ts";
import { createApp } from "../../web/app.tsx";
import { FixtureSource, healthyStatus, masterInstance, NOW, troubledStatus } from "./fixtures.ts";

function appOf(status: Status) {
  return createApp(new FixtureSource(status), { now: () => NOW });
}

async function get(status: Status, path: string, init?: RequestInit) {
  const response = await appOf(status).request(path, init);
  return { code: response.status, headers: response.headers, text: await response.text() };
}

const PATHS = [
  "/",
  "/instances/VI_LAN",
  "/status",
  "/status/instances",
  "/status/instances/VI_LAN",
  "/healthz",
]
  .concat(["/metrics", "/events"]);

Deno.test("/status is the status, and nothing but", async () => {
  const { code, headers, text } = await get(healthyStatus(), "/status");
  assert.equal(code, 200);
  assert.equal(headers.get("content-type"), "application/json");
  assert.deepEqual(JSON.parse(text), healthyStatus());
  assert.equal(text.split("\n").length, 2, "one line");
  assert.deepEqual(JSON.parse((await get(healthyStatus(), "/status?pretty")).text), healthyStatus());
});

Deno.test("/status masks the secrets of script commands", async () => {
  const { text } = await get(troubledStatus(), "/status");
  const commands = (JSON.parse(text) as Status).scripts.map((script) => script.command);
  assert.deepEqual(commands, [
    "/usr/bin/pgrep -x nginx",
    "/usr/local/bin/check http://monitor:********@127.0.0.1/ --password ********",
  ]);
  for (const path of PATHS.filter((path) => path !== "/events")) {
    assert.ok(!(await get(troubledStatus(), path)).text.includes("hunter2"), path);
  }
});

Deno.test("/status/instances lists instances and finds one by name", async () => {
  const status = healthyStatus();
  assert.deepEqual(JSON.parse((await get(status, "/status/instances")).text), status.instances);
  assert.equal((await get(status, "/status/instances/VI_")).code, 404, "a prefix is no name");
  const one = await get(status, "/status/instances/VI_WAN");
  assert.equal(one.code, 200);
  assert.deepEqual(JSON.parse(one.text), status.instances[1]);
});

Deno.test("/status/instances/NAME finds names that no path likes", async () => {
  for (const name of ["a/b", "50%", "ü ö", "<script>", "?x=1", "VI_1#", "%41"]) {
    const status = healthyStatus({ instances: [masterInstance({ name })] });
    const one = await get(status, `/status/instances/${encodeURIComponent(name)}`);
    assert.equal(one.code, 200, name);
    assert.equal(JSON.parse(one.text).name, name);
    assert.equal((await get(status, `/instances/${encodeURIComponent(name)}`)).code, 200, name);
  }
});

Deno.test("/status/instances/NAME is a JSON 404 for an unknown name", async () => {
  for (const name of ["nobody", "%E0%A4%A", "constructor", "__proto__"]) {
    const { code, headers, text } = await get(healthyStatus(), `/status/instances/${name}`);
    assert.equal(code, 404, name);
    assert.equal(headers.get("content-type"), "application/json");
    assert.match(JSON.parse(text).error, /^There is no instance "/);
  }
});

Deno.test("every path answers HEAD as GET, without a body", async () => {
  for (const path of PATHS) {
    const { code, headers, text } = await get(healthyStatus(), path, { method: "HEAD" });
    assert.equal(code, 200, path);
    assert.equal(text, "", path);
    assert.ok(headers.get("content-type"), path);
  }
});

Deno.test("every answer carries the security headers and is not stored", async () => {
  for (const path of [...PATHS.filter((path) => path !== "/events"), "/nope"]) {
    const { headers } = await get(healthyStatus(), path);
    const policy = headers.get("content-security-policy")!;
    assert.match(policy, /^default-src 'none'; /, path);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.ok(!policy.includes("unsafe"), policy);
    assert.ok(!/https?:/.test(policy), policy);
    assert.equal(headers.get("x-content-type-options"), "nosniff");
    assert.equal(headers.get("x-frame-options"), "DENY");
    assert.equal(headers.get("cache-control"), "no-store");
    assert.equal(headers.get("access-control-allow-origin"), null);
  }
});

Deno.test("the style and the script of a page are allowed by a nonce that no other page has", async () => {
  const pages = [await get(healthyStatus(), "/"), await get(healthyStatus(), "/")];
  const nonces = pages.map(({ headers, text }) => {
    const nonce = /script-src 'nonce-([0-9a-f-]{36})'/.exec(headers.get("content-security-policy")!)![1]!;
    assert.equal(text.split(` nonce="${nonce}"`).length, 3, "one style, one script");
    return nonce;
  });
  assert.notEqual(nonces[0], nonces[1]);
});

Deno.test("an unknown path is a plain 404 with a hint", async () => {
  const { code, headers, text } = await get(healthyStatus(), "/statsu");
  assert.equal(code, 404);
  assert.match(headers.get("content-type")!, /^text\/plain/);
  assert.equal(
    text,
    "There is no /statsu here. Try /, /status, /status/instances/NAME, /metrics, /healthz or /events\n",
  );
});

Deno.test("methods that change things are refused", async () => {
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    for (const path of ["/", "/status", "/nope"]) {
      const { code, headers } = await get(healthyStatus(), path, { method });
      assert.equal(code, 405, `${method} ${path}`);
      assert.equal(headers.get("allow"), "GET, HEAD");
    }
  }
});

Deno.test("a silent engine is a 503 with the reason everywhere", async () => {
  const source = new FixtureSource(healthyStatus());
  source.current = () => Promise.reject(new Error("the worker is gone"));
  const app = createApp(source);
  for (const path of PATHS.filter((path) => path !== "/events" && path !== "/metrics")) {
    const response = await app.request(path);
    assert.equal(response.status, 503, path);
    assert.match(await response.text(), /The engine could not answer: the worker is gone/, path);
  }
});

Deno.test("an error while answering is a 500 that tells nothing, and the daemon hears of it", async () => {
  const errors: Error[] = [];
  const broken = healthyStatus({ instances: [null as never] });
  const app = createApp(new FixtureSource(broken), {
    now: () => NOW,
    onError: (error) => errors.push(error),
  });
  const response = await app.request("/");
  assert.equal(response.status, 500);
  assert.equal(await response.text(), "Cannot answer: an error happened; the log of the daemon has it\n");
  assert.equal(response.headers.get("cache-control"), "no-store");
  assert.equal(errors.length, 1);
});

Deno.test("a name that nobody gave this node is refused on every path", async () => {
  const app = createApp(new FixtureSource(healthyStatus()), {
    now: () => NOW,
    names: ["fw1.example.com", "Status.Example.net"],
  });
  const code = async (host: string, path = "/healthz") => (await app.request(`http://${host}${path}`)).status;
  for (const path of [...PATHS, "/nothing"]) {
    assert.equal(await code("fw1.attacker.example", path), 421, path);
  }
  const known = [
    "127.0.0.1:9650",
    "192.0.2.1",
    "[2001:db8::1]:9650",
    "localhost:9650",
    "fw1",
    "fw1.example.com",
  ];
  for (const host of [...known, "STATUS.example.net", "fw1.example.com."]) {
    assert.equal(await code(host), 200, host);
  }
  const refused = await app.request("http://fw1.attacker.example/");
  assert.match(await refused.text(), /^Cannot answer under the name fw1\.attacker\.example: .*--web-name/);
  assert.equal(refused.headers.get("content-security-policy")?.includes("default-src 'none'"), true);
});
