/**
 * `ha dump`: what keepalived writes on its signals, for tools that read it.
 */
import { Argument, Command } from "commander";
import { ask } from "../daemon/control_client.ts";
import { EXIT } from "../exit_codes.ts";
import { runDirOption } from "./options.ts";

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  const kinds = ["data", "stats", "json"] as const;
  return new Command("dump")
    .description("Print what keepalived writes on SIGUSR1 (data), SIGUSR2 (stats) or SIGRTMIN+2 (json)")
    .addArgument(new Argument("<kind>", "which one").choices(kinds))
    .addOption(runDirOption())
    .action(async (kind: typeof kinds[number], { runDir }: { runDir: string }) => {
      const text = await ask(runDir, { command: "dump", kind }) as string;
      console.log(text.trimEnd());
      done(EXIT.ok);
    });
}
