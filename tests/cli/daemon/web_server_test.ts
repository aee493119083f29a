import assert from "node:assert/strict";
import { WebGate } from "../../../cli/daemon/web_gate.ts";
import { namesOfHost, WebServer } from "../../../cli/daemon/web_server.ts";
import { Refusal } from "../../../cli/exit_codes.ts";
import { withFewDescriptors } from "./descriptors.ts";

Deno.test("namesOfHost() completes the host's name with the resolver's domains", () => {
  const resolver = "nameserver 192.0.2.53\n# search no.example\nsearch dc1.example.com example.com .\n";
  assert.deepEqual(namesOfHost("fw1", resolver), ["fw1", "fw1.dc1.example.com", "fw1.example.com"]);
  assert.deepEqual(namesOfHost("fw1.example.org", ""), ["fw1.example.org"]);
});

for (const hostname of ["127.0.0.1", "0.0.0.0", "::1", "::"]) {
  const missing = hostname.includes(":") && !hasIpv6();
  if (missing) console.log(`skipped: WebServer on ${hostname}: no IPv6 here`);
  Deno.test({
    name: `WebServer serves on ${hostname}, and a port in use is one clear line`,
    ignore: missing,
    async fn() {
      const load = () => Promise.resolve(() => new Response("here\n"));
      const directory = await Deno.makeTempDir();
      const socket = `${directory}/web.sock`;
      const server = new WebServer({ hostname, port: 0 }, socket, load, () => {});
      const port = Number(new URL(server.url).port);
      const address = hostname.includes(":") ? "[::1]" : "127.0.0.1";
      assert.equal(await (await fetch(`http://${address}:${port}/`)).text(), "here\n");
      const again = `${directory}/again.sock`;
      assert.throws(() => new WebServer({ hostname, port }, again, load, () => {}), (error: unknown) => {
        assert.ok(error instanceof Refusal);
        const shown = hostname.includes(":") ? `[${hostname}]` : hostname;
        assert.ok(
          error.message.startsWith(`Cannot serve the status page on ${shown}:${port}: `),
          error.message,
        );
        assert.match(error.message, /EADDRINUSE|[Aa]ddress already in use/);
        assert.ok(!error.message.includes("\n"));
        return true;
      });
      await server.stop();
      await Deno.remove(directory, { recursive: true });
    },
  });
}

function hasIpv6(): boolean {
  try {
    Deno.listen({ hostname: "::1", port: 0 }).close();
    return true;
  } catch {
    return false;
  }
}

Deno.test("WebServer answers HEAD, an old HTTP/1.0 client, and one that has closed its half", async () => {
  await served(async (port) => {
    assert.match(
      await exchange(port, "HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
      /^HTTP\/1\.1 200 /,
    );
    assert.match(await exchange(port, "GET / HTTP/1.0\r\n\r\n"), /^HTTP\/1\.[01] 200 [^]*here$/);
    const asked = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    assert.match(await exchange(port, asked, true), /^HTTP\/1\.1 200 [^]*here$/);
  });
});

Deno.test("WebServer hands the name that it was asked under on", async () => {
  await served(async (port) => {
    const answer = await exchange(
      port,
      "GET /a HTTP/1.1\r\nHost: FW1.example.com\r\nConnection: close\r\n\r\n",
    );
    assert.match(answer, /fw1\.example\.com/i);
  }, (request) => new Response(request.url));
});

Deno.test("WebGate closes a connection too many, and one that says nothing", async () => {
  const directory = await Deno.makeTempDir();
  const behind = `${directory}/web.sock`;
  const server = Deno.serve({ path: behind, onListen: () => {} }, () => new Response("here"));
  const limits = { connections: 3, ofOne: 2, silence: 500 };
  const gate = new WebGate({ hostname: "127.0.0.1", port: 0 }, behind, limits);
  const { port } = gate.address;
  const silent = [await Deno.connect({ port }), await Deno.connect({ port })];
  // One that has something to say, which the two would give an answer to.
  const third = await exchange(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").catch(() =>
    ""
  );
  assert.equal(third, "", "closed at once");
  for (const connection of silent) assert.equal(await connection.read(new Uint8Array(1)), null, "closed");
  // There is room again.
  assert.match(await exchange(port, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), /here$/);
  for (const connection of silent) connection.close();
  gate.close();
  await server.shutdown();
  await Deno.remove(directory, { recursive: true });
});

Deno.test("WebServer goes on where this process had no descriptor left for a connection", async () => {
  const directory = await Deno.makeTempDir({ prefix: "ha-web-" });
  assert.equal(await withFewDescriptors("starved_web_server.ts", directory), "here\n");
  await Deno.remove(directory, { recursive: true });
});

Deno.test("WebServer loads its application again where that failed", async () => {
  const directory = await Deno.makeTempDir({ prefix: "ha-web-" });
  let loads = 0;
  const load = () =>
    loads++ === 0 ? Promise.reject(new TypeError("not now")) : Promise.resolve(() => new Response("here"));
  const server = new WebServer({ hostname: "127.0.0.1", port: 0 }, `${directory}/web.sock`, load, () => {});
  const port = Number(new URL(server.url).port);
  const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  assert.match(await exchange(port, request), /^HTTP\/1\.1 500 /);
  assert.match(await exchange(port, request), /here$/);
  await server.stop();
  await Deno.remove(directory, { recursive: true });
});

async function served(
  body: (port: number) => Promise<void>,
  handler: (request: Request) => Response = () => new Response("here"),
): Promise<void> {
  const directory = await Deno.makeTempDir();
  const load = () => Promise.resolve(handler);
  const server = new WebServer({ hostname: "127.0.0.1", port: 0 }, `${directory}/web.sock`, load, () => {});
  try {
    await body(Number(new URL(server.url).port));
  } finally {
    await server.stop();
    await Deno.remove(directory, { recursive: true });
  }
}

/** Sends octets and reads until the other side closes. */
async function exchange(port: number, request: string, closeHalf = false): Promise<string> {
  const connection = await Deno.connect({ port });
  await connection.write(new TextEncoder().encode(request));
  if (closeHalf) await connection.closeWrite();
  return await new Response(connection.readable).text();
}
