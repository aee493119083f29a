/**
 * Asks a running daemon over its control socket.
 */
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { type ControlRequest, type ControlResponse, readLine, writeLine } from "./control_protocol.ts";
import { runDirPaths } from "./run_dir.ts";

/** Octets that an answer may have: 1,000 instances take about 2 MiB. */
const LONGEST_ANSWER = 256 * 1024 * 1024;

/** A connection to the daemon of a run directory. */
export async function connectControl(runDir: string): Promise<Deno.Conn> {
  const { controlSocket } = runDirPaths(runDir);
  try {
    return await Deno.connect({ transport: "unix", path: controlSocket });
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) {
      throw new Refusal(`Cannot open control socket "${controlSocket}": ${reasonOf(error)}`, EXIT.permission);
    }
    throw new Refusal(`Cannot reach a daemon in "${runDir}": none is running there`, EXIT.fatal);
  }
}

/**
 * One request, one answer.
 *
 * @throws {Refusal} where no daemon runs there or it refuses
 */
export async function ask(runDir: string, request: ControlRequest): Promise<unknown> {
  using connection = await connectControl(runDir);
  return await askOver(connection, runDir, request);
}

/** As {@linkcode ask}, over a connection that is open already. */
export async function askOver(
  connection: Deno.Conn,
  runDir: string,
  request: ControlRequest,
): Promise<unknown> {
  await writeLine(connection, request);
  const line = await readLine(connection, LONGEST_ANSWER);
  if (line === null) {
    throw new Refusal(`Cannot hear the daemon in "${runDir}": it closed the connection`, EXIT.fatal);
  }
  const response = JSON.parse(line) as ControlResponse;
  if (!response.ok) throw new Refusal(response.error, EXIT.fatal);
  return response.result;
}
