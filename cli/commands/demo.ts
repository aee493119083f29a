/**
 * `ha demo`: a failover to watch, on this machine alone.
 */
import { Command, InvalidArgumentError, Option } from "commander";
import { runDemo } from "../demo/run_demo.ts";

interface DemoFlags {
  readonly interval: number;
  readonly fast: boolean;
  readonly once: boolean;
}

/** ms to look at each result; with `--fast` just long enough to see that it is stable. */
const PAUSE = { usual: 3_000, fast: 300 } as const;

/** s, with `--fast`. */
const FAST_INTERVAL = 0.1;

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("demo")
    .description("Watch a failover: two nodes and a client in network namespaces (needs root)")
    .addOption(
      new Option("--interval <seconds>", "advert_int of the two nodes, 0.01 to 40")
        .argParser(parseInterval)
        .default(1),
    )
    .option("--fast", "advert_int 0.1 and short pauses", false)
    .option("--once", "end after one round, instead of waiting for keys", false)
    .action(async (flags: DemoFlags) => {
      done(
        await runDemo({
          interval: flags.fast ? FAST_INTERVAL : flags.interval,
          pause: flags.fast ? PAUSE.fast : PAUSE.usual,
          once: flags.once,
        }),
      );
    });
}

function parseInterval(text: string): number {
  const value = /^[0-9]+(\.[0-9]{1,2})?$/.test(text) ? Number(text) : NaN;
  if (!(value >= 0.01 && value <= 40)) {
    throw new InvalidArgumentError("It must be seconds from 0.01 to 40, with at most two decimals.");
  }
  return value;
}
