/** Certificates, and a server that has one. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:tls";

/** A certificate that is its own authority, for `a.test`; its key beside it. */
export function certify(folder: string, name: string): void {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"];
  const subject = ["-subj", "/CN=a.test", "-addext", "subjectAltName=DNS:a.test"];
  const files = ["-keyout", `${folder}/${name}.key`, "-out", `${folder}/${name}.pem`];
  const { success } = new Deno.Command("openssl", {
    args: ["req", "-x509", ...curve, ...subject, ...files],
    stderr: "null",
  }).outputSync();
  assert.ok(success);
}

/** A server that speaks TLS with the certificate `a` of a folder, and answers every request with 200. */
export async function serveTls(folder: string): Promise<Server> {
  const read = (name: string) => Deno.readTextFileSync(`${folder}/${name}`);
  const server = createServer({ cert: read("a.pem"), key: read("a.key") }, (socket) => {
    socket.on("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\n"));
    socket.on("error", () => {});
  });
  server.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}
