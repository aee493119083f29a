/**
 * Keys and authorities of SSL_GET are understood once, and again when a file has changed.
 */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:tls";
import type { TlsOptions } from "../../core/config/virtual_server_model.ts";
import { url } from "../core/lvs/builders.ts";
import { runsWhere } from "../support/skip.ts";
import { httpTo, ProbeRig } from "./probe_rig.ts";

/** A certificate that is its own authority, for `a.test`; its key beside it. */
function certify(folder: string, name: string): void {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=a.test", "-addext", "subjectAltName=DNS:a.test"];
  const files = ["-keyout", `${folder}/${name}.key`, "-out", `${folder}/${name}.pem`];
  const { success } = new Deno.Command("openssl", {
    args: ["req", "-x509", ...curve, ...subject, ...files],
    stderr: "null",
  }).outputSync();
  assert.ok(success);
}

async function serve(folder: string): Promise<Server> {
  const read = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
  const server = createServer({ cert: read("a.pem"), key: read("a.key") }, (socket) => {
    socket.on("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\n"));
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

Deno.test({
  ...runsWhere("an authority that takes another's place counts from the next check on", {
    commands: ["openssl"],
  }),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "ha-tls-" });
    using rig = new ProbeRig();
    for (const name of ["a", "b"]) certify(folder, name);
    const server = await serve(folder);
    try {
      const { port } = server.address() as { port: number };
      const tls: TlsOptions = {
        verify: true,
        caFile: `${folder}/ca.pem`,
        certificateFile: null,
        keyFile: null,
        keyPassword: null,
        expiryWarning: 0,
      };
      const checker = httpTo(port, { tls, urls: [url({ serverName: "a.test" })] });
      const withAuthority = async (name: string) => {
        await Deno.copyFile(`${folder}/${name}.pem`, tls.caFile!);
        return await rig.verdict(checker);
      };
      assert.equal(await withAuthority("a"), "ok");
      assert.equal(await rig.verdict(checker), "ok");
      assert.match(await withAuthority("b"), /^tls: /);
      assert.equal(await withAuthority("a"), "ok");
      await Deno.remove(tls.caFile!);
      assert.match(await rig.verdict(checker), /^void: cannot begin TLS/);
    } finally {
      server.close();
      await Deno.remove(folder, { recursive: true });
    }
  },
});
