/** `ha check FILE`: every problem of a configuration, with the exit code of `keepalived -t`. */
import { Command, Option } from "commander";
import { loadConfig, type LoadedConfig, offlineFacts } from "../../core/config/config.ts";
import { fileSource, hostFacts } from "../config_source.ts";
import { VERSION } from "../version.ts";
import { formatJson, formatSarif, formatText, summary } from "../printer.ts";

interface CheckOptions {
  readonly format: "text" | "json" | "sarif";
  readonly strict?: boolean;
  readonly offline?: boolean;
  readonly configId?: string;
}

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("check")
    .description("Print every problem of a configuration; exits as keepalived -t does (0, 2, 4, 5, 6)")
    .argument("<file>", "the configuration file")
    .addOption(
      new Option("--format <format>", "how to print").choices(["text", "json", "sarif"]).default("text"),
    )
    .option("--strict", "any error refuses to start")
    .option("--offline", "ask nothing of this machine: interfaces, users and scripts are not looked up")
    .option("-i, --config-id <id>", "decides @ID lines; the host name up to its first dot by default")
    .action((file: string, options: CheckOptions) => {
      const { output, exitCode } = check(file, options, Deno.stdout.isTerminal() && !Deno.noColor);
      Deno.stdout.writeSync(new TextEncoder().encode(output));
      done(exitCode);
    });
}

/** Checks a file and says what to print and how to exit. */
export function check(
  file: string,
  options: CheckOptions,
  colour: boolean,
): { output: string; exitCode: number } {
  const facts = options.offline === true
    ? offlineFacts(Deno.hostname(), options.configId)
    : hostFacts({ configId: options.configId });
  const loaded = loadConfig(file, fileSource(), facts, { strict: options.strict === true });
  return { output: render(file, loaded, options.format, colour), exitCode: loaded.exitCode };
}

function render(file: string, loaded: LoadedConfig, format: CheckOptions["format"], colour: boolean): string {
  const { exitCode, fatal, diagnostics } = loaded;
  const report = { file, exitCode, fatal, diagnostics };
  if (format === "json") return formatJson(report);
  if (format === "sarif") return formatSarif(report, VERSION);
  const verdict = fatal ? "it cannot start" : "it can start";
  return `${formatText(diagnostics, { colour })}${file}: ${summary(diagnostics)}; ${verdict}\n`;
}
