/**
 * Asks a running daemon over its control socket.
 */
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { within } from "../within.ts";
import { type ControlRequest, type ControlResponse, readLine, writeLine } from "./control_protocol.ts";
import { readPid, runDirPaths } from "./run_dir.ts";

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

/** ms that a daemon may take for an answer; it takes some ten on a busy machine. */
const PATIENCE = 10_000;

/**
 * One request, one answer. `patience` is how long it may take, ms: Infinity for what the network decides.
 *
 * @throws {Refusal} where no daemon runs there, it refuses, or it does not answer in time
 */
export async function ask(runDir: string, request: ControlRequest, patience = PATIENCE): Promise<unknown> {
  using connection = await connectControl(runDir);
  const answer = exchange(connection, runDir, request);
  if (patience === Infinity) return await answer;
  const response = await within(patience, answer.then((result) => ({ result })));
  if (response !== null) return response.result;
  const text = `Cannot hear the daemon in "${runDir}"${pidOf(runDir)}: no answer for ${patience / 1000} s`;
  throw new Refusal(`${text}; it is stopped or overloaded`, EXIT.fatal);
}

async function exchange(connection: Deno.Conn, runDir: string, request: ControlRequest): Promise<unknown> {
  await writeLine(connection, request);
  const line = await readLine(connection, LONGEST_ANSWER);
  if (line === null) {
    throw new Refusal(`Cannot hear the daemon in "${runDir}": it closed the connection`, EXIT.fatal);
  }
  const response = JSON.parse(line) as ControlResponse;
  if (!response.ok) throw new Refusal(response.error, EXIT.fatal);
  return response.result;
}

/** ` (pid 712)`, or nothing where there is no such file. */
export function pidOf(runDir: string): string {
  const pid = readPid(runDirPaths(runDir));
  return pid === null ? "" : ` (pid ${pid})`;
}
