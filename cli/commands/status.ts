/**
 * `ha status`: what a running daemon does, as a table or as JSON.
 */
import { Command, Option } from "commander";
import type { Status } from "../../core/engine/status.ts";
import { ask } from "../daemon/control_client.ts";
import { EXIT } from "../exit_codes.ts";
import { runDirOption } from "./options.ts";
import { formatStatus } from "./status_table.ts";

interface StatusOptions {
  readonly runDir: string;
  readonly format: "text" | "json";
}

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("status")
    .description("Show the state of a running daemon")
    .addOption(runDirOption())
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json"]).default("text"))
    .action(async ({ runDir, format }: StatusOptions) => {
      const status = await ask(runDir, { command: "status" }) as Status;
      console.log(
        format === "json" ? JSON.stringify(status, null, 2) : formatStatus(status, Date.now()).trimEnd(),
      );
      done(EXIT.ok);
    });
}
