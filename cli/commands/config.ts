/** `ha config FILE` and `ha config diff A B`: the effective configuration, and what a reload would change. */
import { Command, Option } from "commander";
import { loadConfig, type LoadedConfig } from "../../core/config/config.ts";
import { type Change, diffModels, type FieldChange } from "../../core/config/diff.ts";
import { printModel } from "../../core/config/print.ts";
import { fileSource, hostFacts } from "../config_source.ts";
import { EXIT } from "../exit_codes.ts";
import { formatText } from "../printer.ts";

interface ConfigOptions {
  readonly format: "json" | "conf";
  readonly configId?: string;
}

interface DiffOptions {
  readonly format: "json" | "text";
  readonly configId?: string;
}

const CONFIG_ID = "decides @ID lines; the host name up to its first dot by default";

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("config")
    .description("Print the effective configuration, with every default or in canonical form")
    .argument("<file>", "the configuration file")
    .addOption(new Option("--format <format>", "how to print").choices(["json", "conf"]).default("json"))
    .option("-i, --config-id <id>", CONFIG_ID)
    .action((file: string, options: ConfigOptions) => {
      const loaded = loadHere(file, options.configId);
      write(
        options.format === "conf" ? printModel(loaded.model) : `${JSON.stringify(loaded.model, null, 2)}\n`,
      );
      done(loaded.fatal ? loaded.exitCode : EXIT.ok);
    })
    .addCommand(diffCommand(done));
}

function diffCommand(done: (exitCode: number) => void): Command {
  return new Command("diff")
    .description(
      "Print what a reload from one configuration to another would change; exits 1 where anything does",
    )
    .argument("<old>", "the configuration that runs")
    .argument("<new>", "the configuration that is to run")
    .addOption(new Option("--format <format>", "how to print").choices(["text", "json"]).default("text"))
    .option("-i, --config-id <id>", CONFIG_ID)
    .action((before: string, after: string, options: DiffOptions) => {
      const [old, fresh] = [loadHere(before, options.configId), loadHere(after, options.configId)];
      const changes = diffModels(old.model, fresh.model);
      write(options.format === "json" ? `${JSON.stringify(changes, null, 2)}\n` : formatChanges(changes));
      const bad = [old, fresh].find((loaded) => loaded.fatal);
      done(bad !== undefined ? bad.exitCode : changes.length === 0 ? 0 : 1);
    });
}

/** Loads a file with the facts of this machine; what would keep it from starting goes to stderr. */
function loadHere(file: string, configId: string | undefined): LoadedConfig {
  const loaded = loadConfig(file, fileSource(), hostFacts({ configId }));
  const grave = loaded.diagnostics.filter((finding) => finding.severity === "error");
  const colour = Deno.stderr.isTerminal() && !Deno.noColor;
  Deno.stderr.writeSync(new TextEncoder().encode(formatText(grave, { colour })));
  return loaded;
}

function write(text: string): void {
  const octets = new TextEncoder().encode(text);
  for (let done = 0; done < octets.length;) done += Deno.stdout.writeSync(octets.subarray(done));
}

const SIGNS = { added: "+", removed: "-", changed: "~" } as const;

/** The changes for people, one block each. */
export function formatChanges(changes: readonly Change[]): string {
  if (changes.length === 0) return "nothing changes\n";
  return changes.map((change) => {
    const head = `${SIGNS[change.change]} ${change.kind} ${change.name}: ${change.effect}`;
    return [head, ...change.fields.map((field) => `    ${formatField(field)}`)].join("\n") + "\n";
  }).join("");
}

function formatField({ path, before, after }: FieldChange): string {
  return `${path}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`;
}
