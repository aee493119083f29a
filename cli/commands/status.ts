/**
 * `ha status`: what a running daemon does, as a table or as JSON, once or again and again.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import type { Status } from "../../core/engine/status.ts";
import { ask } from "../daemon/control_client.ts";
import { EXIT } from "../exit_codes.ts";
import { runDirOption } from "./options.ts";
import { formatStatus } from "./status_table.ts";
import { terminalSize, watch } from "./status_watch.ts";
import { takesColours } from "../terminal.ts";

interface StatusOptions {
  readonly runDir: string;
  readonly format: "text" | "json";
  /** s between two looks; true for the usual ones. */
  readonly watch?: number | true;
}

/** s between two looks of `--watch`. */
const INTERVAL = 1;

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("status")
    .description("Show the state of a running daemon")
    .addOption(runDirOption())
    .addOption(new Option("--format <format>", "how to print it").choices(["text", "json"]).default("text"))
    .addOption(
      new Option("-w, --watch [seconds]", "look again and again until interrupted (every second by default)")
        .argParser(parseInterval),
    )
    .action(async (options: StatusOptions) => {
      if (options.watch === undefined) await printOnce(options);
      else await printAgain(options, options.watch === true ? INTERVAL : options.watch);
      done(EXIT.ok);
    });
}

async function printOnce({ runDir, format }: StatusOptions): Promise<void> {
  const width = Deno.stdout.isTerminal() ? terminalSize().columns : Infinity;
  console.log(textOf(await statusOf(runDir), format, width).trimEnd());
}

async function printAgain({ runDir, format }: StatusOptions, interval: number): Promise<void> {
  await watch({ interval, text: async (width) => textOf(await statusOf(runDir), format, width) });
}

async function statusOf(runDir: string): Promise<Status> {
  return await ask(runDir, { command: "status" }) as Status;
}

function textOf(status: Status, format: StatusOptions["format"], width: number): string {
  if (format === "json") return JSON.stringify(status, null, 2);
  const colour = takesColours(Deno.stdout);
  return formatStatus(status, Date.now(), { width, colour });
}

function parseInterval(text: string): number {
  const seconds = /^\d{1,5}(?:\.\d{1,3})?$/.test(text) ? Number(text) : NaN;
  if (!(seconds >= 0.1)) {
    throw new InvalidArgumentError("It must be a number of seconds, 0.1 to 99999.");
  }
  return seconds;
}
