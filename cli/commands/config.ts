/** `ha config FILE`: the effective configuration, with every default. */
import { Command, Option } from "commander";
import { loadConfig } from "../../core/config/config.ts";
import { fileSource, hostFacts } from "../config_source.ts";
import { EXIT } from "../exit_codes.ts";
import { formatText } from "../printer.ts";

interface ConfigOptions {
  readonly format: "json";
  readonly configId?: string;
}

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("config")
    .description("Print the effective configuration, defaults filled in")
    .argument("<file>", "the configuration file")
    .addOption(new Option("--format <format>", "how to print").choices(["json"]).default("json"))
    .option("-i, --config-id <id>", "decides @ID lines; the host name up to its first dot by default")
    .action((file: string, options: ConfigOptions) => {
      const loaded = loadConfig(file, fileSource(), hostFacts({ configId: options.configId }));
      const colour = Deno.stderr.isTerminal() && !Deno.noColor;
      Deno.stderr.writeSync(new TextEncoder().encode(formatText(loaded.diagnostics, { colour })));
      Deno.stdout.writeSync(new TextEncoder().encode(JSON.stringify(loaded.model, null, 2) + "\n"));
      done(loaded.fatal ? loaded.exitCode : EXIT.ok);
    });
}
