/**
 * `ha start`: runs a node in the foreground.
 */
import { Command, Option } from "commander";
import type { Level } from "../../core/engine/message.ts";
import { LEVELS, type LogFormat } from "../daemon/log.ts";
import { runDaemon } from "../daemon/run_daemon.ts";
import type { WebAddress } from "../daemon/web_server.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import { named, parseWebAddress, runDirOption } from "./options.ts";

interface StartFlags {
  readonly config?: string;
  readonly runDir: string;
  readonly web: WebAddress | false;
  readonly webName: readonly string[];
  readonly logLevel: Level;
  readonly logFormat: LogFormat;
  readonly strict: boolean;
  readonly configId?: string;
  readonly record?: string;
  readonly dontReleaseIpvs: boolean;
}

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("start")
    .description("Run a node in the foreground")
    .addOption(
      new Option("-c, --config <file>", "configuration (default: /etc/ha/ha.conf, then keepalived's own)")
        .argParser(named("file")),
    )
    .addOption(runDirOption())
    .addOption(
      new Option("--web <addr:port>", "where the status page is served")
        .argParser(parseWebAddress)
        .default({ hostname: "127.0.0.1", port: 9650 } satisfies WebAddress, "127.0.0.1:9650"),
    )
    .addOption(
      new Option("--web-name <name>", "a further name that the status page answers under; may be given again")
        .argParser((name: string, before: readonly string[]) => [...before, name])
        .default([], "the host's own"),
    )
    .option("--no-web", "serve no status page")
    .addOption(
      new Option("--log-level <level>", "the least grave messages to log")
        .choices(LEVELS)
        .default("info"),
    )
    .addOption(
      new Option("--log-format <format>", "how lines look").choices(["text", "json"]).default("text"),
    )
    .option("--strict", "refuse a configuration of which anything is not in force", false)
    .option("-i, --config-id <id>", "decides @ID lines; the host name up to its first dot by default")
    .option("-I, --dont-release-ipvs", "leave the IPVS table as it is at the end", false)
    .option("--record <file>", "append every event and effect of the engine to a file, as lines of JSON")
    .allowExcessArguments()
    .action(async (flags: StartFlags, { args }: Command) => {
      refuseArguments(args);
      done(
        await runDaemon({
          config: flags.config ?? null,
          runDir: flags.runDir,
          web: flags.web === false ? null : flags.web,
          webNames: flags.webName,
          logLevel: flags.logLevel,
          logFormat: flags.logFormat,
          strict: flags.strict,
          configId: flags.configId ?? null,
          record: flags.record ?? null,
          keepIpvs: flags.dontReleaseIpvs,
        }),
      );
    });
}

/** `ha check` takes the file as an argument: whoever writes `ha start FILE` is told how it is done here. */
function refuseArguments([first, second]: readonly string[]): void {
  if (first === undefined) return;
  const remedy = second === undefined
    ? `name a configuration with --config ${first}`
    : "it takes options alone";
  throw new Refusal(`Cannot start with the argument ${first}: ${remedy}`, EXIT.usage);
}
