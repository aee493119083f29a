/** A web server in a process that runs out of descriptors: prints what a client hears who comes later. */
import { WebServer } from "../../../cli/daemon/web_server.ts";
import { takeDescriptors, turns } from "./descriptors.ts";

const [folder] = Deno.args as [string];
const refused = Promise.withResolvers<void>();
const load = () => Promise.resolve(() => new Response("here"));
const address = { hostname: "127.0.0.1", port: 0 };
const server = new WebServer(address, `${folder}/web.sock`, load, () => refused.resolve());
const { port } = new URL(server.url);

async function ask(connection: Deno.TcpConn): Promise<string> {
  await connection.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"));
  return await new Response(connection.readable).text();
}

await ask(await Deno.connect({ port: Number(port) }));
// For both ends of the connection to the gate and its own end of the one behind, and none for the server's.
const taken = takeDescriptors({ leave: 3 });
const early = await Deno.connect({ port: Number(port) });
const unheard = ask(early).catch(() => "");
await Promise.all([refused.promise, turns()]);
taken[Symbol.dispose]();
await unheard;
for (let answer = ""; !answer.endsWith("here");) {
  // It is begun again after a while, and nobody is told.
  await turns();
  answer = await ask(await Deno.connect({ port: Number(port) })).catch(() => "");
}
console.log("here");
await server.stop();
