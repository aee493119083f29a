/**
 * `ha stop`: stops a running daemon and waits until it is gone.
 */
import { Command } from "commander";
import { connectControl, pidOf } from "../daemon/control_client.ts";
import { readLine, writeLine } from "../daemon/control_protocol.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import { within } from "../within.ts";
import { runDirOption } from "./options.ts";

/** ms: the goodbye and the scripts for STOP are bounded by less. */
const LIMIT = 10_000;

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("stop")
    .description("Stop a running daemon: it gives its addresses up first")
    .addOption(runDirOption())
    .action(async ({ runDir }: { runDir: string }) => {
      using connection = await connectControl(runDir);
      await writeLine(connection, { command: "stop" });
      // There is no answer: the connection ends with the process.
      const end = await within(LIMIT, readLine(connection).then((line) => line ?? "", () => ""));
      if (end === null) {
        const what = `Cannot stop the daemon in "${runDir}"${pidOf(runDir)}`;
        throw new Refusal(`${what}: it has not ended within ${LIMIT / 1000} s`, EXIT.fatal);
      }
      done(EXIT.ok);
    });
}
