/**
 * `ha genhash` at a real server on this host.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { ha } from "./ha.ts";

const PAGE = "<html>served</html>\n".repeat(500);

Deno.test("ha genhash prints the MD5 of a page, and says when that is the page of an error", async () => {
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const found = new URL(request.url).pathname === "/index.html";
    return found ? new Response(PAGE) : new Response("no such page", { status: 404 });
  });
  const digest = (text: string) => `${createHash("md5").update(text).digest("hex")}\n`;
  const genhash = (path: string) =>
    ha(["genhash", "-s", "127.0.0.1", "-p", String(server.addr.port), "-u", path]);
  const page = await genhash("/index.html");
  assert.deepEqual({ stdout: page.stdout, stderr: page.stderr }, { stdout: digest(PAGE), stderr: "" });
  assert.equal(page.code, 0);
  const missing = await genhash("/missing.html");
  assert.equal(missing.stdout, digest("no such page"));
  assert.match(missing.stderr, /^ha: The digest is that of an answer with status code 404\n$/);
  assert.equal(missing.code, 0);
});
