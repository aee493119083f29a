/**
 * `ha reload`: makes a running daemon read its configuration again, and tells how that went.
 */
import { Command } from "commander";
import { ask } from "../daemon/control_client.ts";
import type { ReloadAnswer } from "../daemon/control_protocol.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import { runDirOption } from "./options.ts";

/** ms: tens of thousands of real servers take seconds. */
const LIMIT = 60_000;

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("reload")
    .description("Load the configuration of a running daemon again")
    .addOption(runDirOption())
    .action(async ({ runDir }: { runDir: string }) => {
      const { problems, refusal } = await ask(runDir, { command: "reload" }, LIMIT) as ReloadAnswer;
      for (const problem of problems) console.log(problem);
      if (refusal !== null) throw new Refusal(`${refusal.text}; the old one stays`, refusal.exitCode);
      console.log("Reload complete");
      done(EXIT.ok);
    });
}
