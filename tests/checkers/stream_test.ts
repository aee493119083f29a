/**
 * Checks over TCP against servers of every kind: the verdict, the time it takes, the memory it needs.
 */
import assert from "node:assert/strict";
import { url } from "../core/lvs/builders.ts";
import { answers, drips, says, silent, TestServer } from "./servers.ts";
import { httpTo, local, ProbeRig, tcpTo, wordsOf } from "./probe_rig.ts";
import { SCHEDULE } from "../core/lvs/builders.ts";

const smtp = (port: number) => ({ kind: "smtp", ...SCHEDULE, target: local(port), heloName: "me" }) as const;

Deno.test("TCP_CHECK connects, and hangs up", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(silent);
  assert.equal(await rig.verdict(tcpTo(server.port)), "ok");
});

Deno.test("a closed port is refused, a source address that is elsewhere says nothing", async () => {
  using rig = new ProbeRig();
  const refused = new TestServer(silent);
  const { port } = refused;
  await refused[Symbol.asyncDispose]();
  assert.equal(await rig.verdict(tcpTo(port)), "connect: ECONNREFUSED (Connection refused)");
  const elsewhere = { ...local(port), sourceAddress: "192.0.2.77" };
  assert.equal(
    await rig.verdict({ ...tcpTo(port), target: elsewhere }),
    "void: cannot bind to 192.0.2.77: EADDRNOTAVAIL (Cannot assign requested address)",
  );
});

Deno.test("bindto and bind_port choose the own end", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(silent);
  const checker = { ...tcpTo(server.port), target: { ...local(server.port), sourceAddress: "127.0.0.9" } };
  assert.equal(await rig.verdict(checker), "ok");
  await server.visited;
  assert.deepEqual(server.clients, ["127.0.0.9"]);
});

Deno.test("HTTP_GET asks as keepalived and takes a good answer", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(answers("HTTP/1.0 200 OK\r\n\r\nhello"));
  const digest = "5d41402abc4b2a76b9719d911017c592";
  assert.equal(await rig.verdict(httpTo(server.port, { urls: [url({ path: "/x", digest })] })), "ok");
  assert.deepEqual(server.heard, [
    `GET /x HTTP/1.0\r\nUser-Agent: KeepAliveClient\r\nHost: 127.0.0.1:${server.port}\r\n\r\n`,
  ]);
});

Deno.test("HTTP_GET has its verdict on bad answers", async () => {
  using rig = new ProbeRig();
  const cases: readonly (readonly [string, string])[] = [
    ["", "read: no data received from remote webserver"],
    ["HTTP/1.0 302 Found\r\nLocation: /\r\n\r\n", "status: status code 302"],
    ["SSH-2.0-x\r\n", 'protocol: the answer is not HTTP: "SSH-2.0-x"'],
    ["HTTP/1.0 200 OK\r\nServer: x\r\n", "read: the answer ends in its head"],
    ["\x15\x03\x01\x00\x02\x02\x46", 'protocol: the answer is not HTTP: "F"'],
  ];
  for (const [answer, verdict] of cases) {
    await using server = new TestServer(answers(answer));
    assert.equal(await rig.verdict(httpTo(server.port)), verdict);
  }
});

Deno.test("a server that says nothing is waited for as long as connect_timeout", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(silent);
  const { result, duration } = await rig.undisturbed(
    httpTo(server.port, { target: local(server.port, 300) }),
  );
  assert.deepEqual(result, { ok: false, kind: "read_timeout", reason: "timeout reading" });
  assert.ok(duration >= 300 && duration < 1000, `${duration}`);
});

Deno.test("a server that drips is not waited for for ever", async () => {
  using rig = new ProbeRig();
  for (const head of ["HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.0 200 OK\r\nX: "]) {
    await using server = new TestServer(drips(head, "x", 50));
    const checker = httpTo(server.port, { target: local(server.port, 200) });
    const { result, duration } = await rig.undisturbed(checker, { limit: 600 });
    assert.equal(result.ok, false);
    assert.ok(duration >= 600 && duration < 1500, `${duration}`);
  }
});

Deno.test("an endless head and an endless body cost bounded memory", async () => {
  using rig = new ProbeRig();
  const block = "x".repeat(1 << 16);
  await using head = new TestServer(drips("HTTP/1.0 200 OK\r\nX: ", block, 0));
  assert.equal(
    await rig.verdict(httpTo(head.port)),
    "protocol: the head of the answer is longer than 65536 octets",
  );
  await using body = new TestServer(drips("HTTP/1.0 200 OK\r\n\r\n", block, 0));
  assert.equal(await rig.verdict(httpTo(body.port)), "ok");
  const before = Deno.memoryUsage();
  const digest = "0".repeat(32);
  const endless = await rig.undisturbed(httpTo(body.port, { urls: [url({ digest })] }), { limit: 1500 });
  assert.equal(wordsOf(endless), "read_timeout: timeout reading");
  const { rss } = Deno.memoryUsage();
  assert.ok(rss - before.rss < 100 << 20, `${(rss - before.rss) >> 20} MiB more`);
});

Deno.test("a long request waits for room in the socket", async () => {
  using rig = new ProbeRig();
  const body = "b".repeat(8 << 20);
  await using server = new TestServer(async (connection) => {
    const buffer = new Uint8Array(1 << 16);
    let received = 0;
    while (received < body.length) received += await connection.read(buffer) ?? body.length;
    await connection.write(new TextEncoder().encode("HTTP/1.0 200 OK\r\n\r\n"));
  });
  assert.equal(await rig.verdict(httpTo(server.port, { urls: [url({ method: "POST", body })] })), "ok");
});

Deno.test("SMTP_CHECK talks to the end", async () => {
  using rig = new ProbeRig();
  await using good = new TestServer(says("220 hi\r\n", "250 ok\r\n", "221 bye\r\n"));
  assert.equal(await rig.verdict(smtp(good.port)), "ok");
  assert.deepEqual(good.heard, ["HELO me\r\nQUIT\r\n"]);
  await using bad = new TestServer(says("554 go away\r\n"));
  assert.equal(await rig.verdict(smtp(bad.port)), 'refused: bad greeting banner "554 go away"');
  await using mute = new TestServer(silent);
  assert.equal(wordsOf(await rig.undisturbed(smtp(mute.port))), "read_timeout: timeout reading");
});

Deno.test("a stall of ours is given back to the server", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(async (connection) => {
    await connection.read(new Uint8Array(4096));
    await new Promise((resolve) => setTimeout(resolve, 250));
    await connection.write(new TextEncoder().encode("HTTP/1.0 200 OK\r\n"));
    await new Promise((resolve) => setTimeout(resolve, 150));
    await connection.write(new TextEncoder().encode("\r\n"));
  });
  // As well of the time for the whole as of that for each move.
  const probing = rig.verdict(httpTo(server.port, { target: local(server.port, 500) }), { limit: 1000 });
  await new Promise((resolve) => setTimeout(resolve, 100));
  // The whole process stands still, the server with us: it answers 250 ms after it wakes.
  const end = performance.now() + 1000;
  while (performance.now() < end);
  assert.equal(await probing, "ok");
});

Deno.test("a failure after a stall of ours says nothing", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(silent);
  const probing = rig.verdict(httpTo(server.port, { target: local(server.port, 300) }));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const end = performance.now() + 1000;
  while (performance.now() < end);
  assert.match(await probing, /^void: this node was not running for \d\.\d s$/);
});

Deno.test("a cancelled probe lets go of its socket and stays silent", async () => {
  using rig = new ProbeRig();
  const gone = Promise.withResolvers<void>();
  await using server = new TestServer(async (connection) => {
    await silent(connection);
    gone.resolve();
  });
  let ended = false;
  rig.probe(httpTo(server.port)).then(() => ended = true);
  await server.visited;
  rig.prober.cancel(1);
  await gone.promise;
  assert.equal(rig.prober.size, 0);
  assert.equal(ended, false);
});

Deno.test("a thousand probes at a time all come to their end", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(answers("HTTP/1.0 200 OK\r\n\r\nhello"));
  const checker = httpTo(server.port, { target: local(server.port, 5000) });
  const verdicts = await Promise.all(Array.from({ length: 1000 }, () => rig.verdict(checker)));
  assert.deepEqual([...new Set(verdicts)], ["ok"]);
  assert.equal(rig.prober.size, 0);
});

Deno.test("a header that HTTP/2 forbids ends the probe at once, and no other", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(silent);
  const forbidden = url({ path: "/", headers: [{ name: "Connection", value: "close" }] });
  const verdict = await rig.verdict(httpTo(server.port, { protocol: "2", urls: [forbidden] }));
  assert.match(verdict, /^void: cannot ask over HTTP\/2: .*"connection"/);
  assert.equal(await rig.verdict(tcpTo(server.port)), "ok");
});

Deno.test("a defect in a probe is reported and ends that probe: all others are heard as before", async () => {
  using rig = new ProbeRig();
  await using server = new TestServer(silent);
  const reported: string[] = [];
  const note = (event: ErrorEvent) => {
    event.preventDefault();
    reported.push(String(event.error));
  };
  globalThis.addEventListener("error", note);
  try {
    // No such url: the probe cannot even be made.
    assert.match(await rig.verdict(httpTo(server.port), { step: 7 }), /^void: unexpected: /);
    // No list of headers: it shows once the connection stands.
    const broken = url({ path: "/", headers: null as never });
    assert.match(await rig.verdict(httpTo(server.port, { urls: [broken] })), /^void: unexpected: /);
    assert.equal(await rig.verdict(tcpTo(server.port)), "ok");
  } finally {
    globalThis.removeEventListener("error", note);
  }
  assert.equal(reported.length, 2);
});
