/**
 * A control socket in a process that runs out of descriptors: prints what a client hears who came meanwhile, and one who
 * comes later. `deno run without_descriptors.ts FOLDER`, with few descriptors (`ulimit -n 80`).
 */
import { ask, connectControl } from "../../../cli/daemon/control_client.ts";
import { readLine, writeLine } from "../../../cli/daemon/control_protocol.ts";
import { ControlSocket } from "../../../cli/daemon/control_socket.ts";
import { runDirPaths } from "../../../cli/daemon/run_dir.ts";

const [folder] = Deno.args as [string];
const socket = new ControlSocket(runDirPaths(folder).controlSocket);
const served = socket.serve(() => Promise.resolve("here"));
await ask(folder, { command: "status" });
const taken: Deno.FsFile[] = [];
try {
  for (;;) taken.push(Deno.openSync("/dev/null"));
} catch {
  // That was the last one. The client gets it back, and the server finds none for its end of the connection.
  taken.pop()!.close();
}
const early = await connectControl(folder);
await writeLine(early, { command: "status" });
// Turns of the loop in which the server tries to accept.
for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
for (const file of taken) file.close();
console.log(await readLine(early));
early.close();
console.log(await ask(folder, { command: "status" }));
socket[Symbol.dispose]();
await served;
