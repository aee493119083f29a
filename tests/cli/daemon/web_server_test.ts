import assert from "node:assert/strict";
import { namesOfHost, WebServer } from "../../../cli/daemon/web_server.ts";
import { Refusal } from "../../../cli/exit_codes.ts";

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
      const server = new WebServer({ hostname, port: 0 }, load, () => {});
      const port = Number(new URL(server.url).port);
      const address = hostname.includes(":") ? "[::1]" : "127.0.0.1";
      assert.equal(await (await fetch(`http://${address}:${port}/`)).text(), "here\n");
      assert.throws(() => new WebServer({ hostname, port }, load, () => {}), (error: unknown) => {
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
