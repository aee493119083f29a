/**
 * Keys and authorities of SSL_GET are understood once, and again when a file has changed.
 */
import assert from "node:assert/strict";
import type { TlsOptions } from "../../core/config/virtual_server_model.ts";
import { url } from "../core/lvs/builders.ts";
import { runsWhere } from "../support/skip.ts";
import { httpTo, ProbeRig } from "./probe_rig.ts";
import { certify, serveTls } from "./tls_server.ts";

Deno.test({
  ...runsWhere("an authority that takes another's place counts from the next check on", {
    commands: ["openssl"],
  }),
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "ha-tls-" });
    using rig = new ProbeRig();
    for (const name of ["a", "b"]) certify(folder, name);
    const server = await serveTls(folder);
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
