/**
 * A control socket in a process that runs out of descriptors: prints what a client hears who came meanwhile, and one who
 * comes later.
 */
import { ask, connectControl } from "../../../cli/daemon/control_client.ts";
import { readLine, writeLine } from "../../../cli/daemon/control_protocol.ts";
import { ControlSocket } from "../../../cli/daemon/control_socket.ts";
import { runDirPaths } from "../../../cli/daemon/run_dir.ts";
import { takeDescriptors, turns } from "./descriptors.ts";

const [folder] = Deno.args as [string];
const socket = new ControlSocket(runDirPaths(folder).controlSocket);
const served = socket.serve(() => Promise.resolve("here"));
await ask(folder, { command: "status" });
// One for the client's end of the connection, and none for the server's.
const taken = takeDescriptors({ leave: 1 });
const early = await connectControl(folder);
await writeLine(early, { command: "status" });
await turns();
taken[Symbol.dispose]();
console.log(await readLine(early));
early.close();
console.log(await ask(folder, { command: "status" }));
socket[Symbol.dispose]();
await served;
