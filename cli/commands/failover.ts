/**
 * `ha failover`: has this node's masters hand over to the other node, and tells who took over.
 */
import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { ask } from "../daemon/control_client.ts";
import type { FailoverAnswer, FailoverOutcome } from "../daemon/control_protocol.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import { runDirOption } from "./options.ts";

interface FailoverFlags {
  readonly runDir: string;
  readonly all: boolean;
  readonly force: boolean;
  /** s */
  readonly hold: number;
}

/** The longest hold, s. */
const LONGEST_HOLD = 86_400;

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("failover")
    .description("Hand over to the other node: goodbye, addresses off, and stay backup for a while")
    .addArgument(new Argument("[names...]", "instances or sync groups that are MASTER here"))
    .option("--all", "everything that is MASTER here", false)
    .option("--force", "also where no other router is known to be there", false)
    .addOption(
      new Option("--hold <seconds>", "how long a living master of lower priority is left alone")
        .argParser(parseHold)
        .default(60),
    )
    .addOption(runDirOption())
    .action(async (names: string[], { runDir, all, force, hold }: FailoverFlags) => {
      if (all && names.length > 0) throw new Refusal("Cannot take both names and --all", EXIT.usage);
      if (!all && names.length === 0) {
        throw new Refusal("Cannot hand over: name instances, or --all", EXIT.usage);
      }
      const request = { command: "failover", names: all ? null : names, hold: hold * 1000, force } as const;
      const { instances } = await ask(runDir, request, Infinity) as FailoverAnswer;
      for (const outcome of instances) console.log(lineOf(outcome, hold));
      done(instances.every(({ outcome }) => outcome === "handed_over") ? EXIT.ok : EXIT.fatal);
    });
}

function lineOf({ name, outcome, to, priority, returns }: FailoverOutcome, hold: number): string {
  switch (outcome) {
    case "handed_over": {
      const when = hold === 0 ? "soon" : `after ${hold} s`;
      const back = returns ? `; this node has the higher priority and comes back ${when}` : "";
      return `${name}: ${to} is MASTER now (priority ${priority})${back}`;
    }
    case "returned":
      return `${name}: nobody took over, this node is MASTER again`;
    case "left":
      return `${name}: this node is in FAULT meanwhile`;
    case "open":
      return `${name}: nobody has taken over yet`;
  }
}

function parseHold(text: string): number {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > LONGEST_HOLD) {
    throw new InvalidArgumentError(`It must be a number of seconds up to ${LONGEST_HOLD}.`);
  }
  return Number(text);
}
