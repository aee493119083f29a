/** `ha config FILE` and `ha config diff A B`: the effective configuration, and what a reload would change. */
import { Command, Option } from "commander";
import { loadConfig, type LoadedConfig, offlineFacts } from "../../core/config/config.ts";
import { type Change, diffModels, type FieldChange } from "../../core/config/diff.ts";
import type { VirtualAddress } from "../../core/config/model.ts";
import { printModel } from "../../core/config/print.ts";
import { fileSource, hostFacts } from "../config_source.ts";
import { EXIT, Refusal } from "../exit_codes.ts";
import { write } from "../output.ts";
import { formatText } from "../printer.ts";
import { fileArgument } from "./options.ts";
import { takesColours } from "../terminal.ts";

interface FactOptions {
  readonly offline?: boolean;
  readonly configId?: string;
}

interface ConfigOptions extends FactOptions {
  readonly format: "json" | "conf";
}

interface DiffOptions extends FactOptions {
  readonly format: "json" | "text";
}

const CONFIG_ID = "decides @ID lines; the host name up to its first dot by default";
const OFFLINE = "ask nothing of this machine: interfaces, users and scripts are not looked up";

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("config")
    .enablePositionalOptions()
    .description("Print the effective configuration, with every default or in canonical form")
    .addArgument(fileArgument())
    .addOption(new Option("--format <format>", "how to print").choices(["json", "conf"]).default("json"))
    .option("--offline", OFFLINE)
    .option("-i, --config-id <id>", CONFIG_ID)
    .action((file: string, options: ConfigOptions) => {
      const loaded = loadHere(file, options);
      // What could not be read has no configuration, not even one of defaults.
      if (loaded.fatal && loaded.exitCode === EXIT.permission) return done(loaded.exitCode);
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
    .option("--offline", OFFLINE)
    .option("-i, --config-id <id>", CONFIG_ID)
    .action((before: string, after: string, options: DiffOptions) => {
      const [old, fresh] = [loadHere(before, options), loadHere(after, options)];
      for (const [file, loaded] of [[before, old], [after, fresh]] as const) refuseUnusable(file, loaded);
      const changes = diffModels(old.model, fresh.model);
      write(options.format === "json" ? `${JSON.stringify(changes, null, 2)}\n` : formatChanges(changes));
      done(changes.length === 0 ? 0 : 1);
    });
}

/** What cannot run is no side of a comparison: half of it may be missing. */
function refuseUnusable(file: string, { fatal, exitCode }: LoadedConfig): void {
  if (!fatal) return;
  throw new Refusal(
    `Cannot compare with "${file}": it cannot run here, a reload keeps the old one`,
    exitCode,
  );
}

/** Loads a file with the facts of this machine, or with none; its errors go to stderr. */
function loadHere(file: string, { offline = false, configId }: FactOptions): LoadedConfig {
  const facts = offline ? offlineFacts(Deno.hostname(), configId) : hostFacts({ configId });
  const loaded = loadConfig(file, fileSource(), facts);
  const grave = loaded.diagnostics.filter((finding) => finding.severity === "error");
  const colour = takesColours(Deno.stderr);
  write(formatText(grave, { colour }), Deno.stderr);
  return loaded;
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

/** Of two lists only what differs is told. */
function formatField({ path, before, after }: FieldChange): string {
  if (!Array.isArray(before) || !Array.isArray(after)) {
    return `${path}: ${plainValue(before)} -> ${plainValue(after)}`;
  }
  const [old, fresh] = [before.map(plainValue), after.map(plainValue)];
  const gone = old.filter((item) => !fresh.includes(item)).map((item) => `-${item}`);
  const added = fresh.filter((item) => !old.includes(item)).map((item) => `+${item}`);
  return `${path}: ${[...gone, ...added].join(" ") || "another order, or other details"}`;
}

/** An address as the configuration writes it, anything else as JSON. */
function plainValue(value: unknown): string {
  const { address, prefixLength, interface: link } = (value ?? {}) as Partial<VirtualAddress>;
  if (address === undefined || prefixLength === undefined) return JSON.stringify(value);
  return `${address}/${prefixLength} dev ${link}`;
}
