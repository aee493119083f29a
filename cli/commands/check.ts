/** `ha check FILE`: every problem of a configuration, with the exit code of `keepalived -t`. */
import { Command, Option } from "commander";
import {
  type ConfigSource,
  type Diagnostic,
  type HostFacts,
  loadConfig,
  offlineFacts,
} from "../../core/config/config.ts";
import { comparePeers } from "../../core/config/peer.ts";
import { fileSource, hostFacts } from "../config_source.ts";
import { write } from "../output.ts";
import { formatJson, formatSarif, formatText, summary } from "../printer.ts";
import { VERSION } from "../version.ts";
import { fileArgument } from "./options.ts";
import { takesColours } from "../terminal.ts";

/** How `ha check` is asked to work. */
export interface CheckOptions {
  readonly format: "text" | "json" | "sarif";
  readonly strict?: boolean;
  readonly offline?: boolean;
  readonly configId?: string;
  readonly peer?: string;
  readonly peerId?: string;
}

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("check")
    .description("Print every problem of a configuration; exits as keepalived -t does (0, 2, 4, 5, 6)")
    .addArgument(fileArgument())
    .addOption(
      new Option("--format <format>", "how to print").choices(["text", "json", "sarif"]).default("text"),
    )
    .option("--strict", "any error refuses to start")
    .option("--offline", "ask nothing of this machine: interfaces, users and scripts are not looked up")
    .option("-i, --config-id <id>", "decides @ID lines; the host name up to its first dot by default")
    .option("--peer <file>", "the configuration of the other node: check that the two make a pair")
    .option("--peer-id <id>", "decides the @ID lines of the other node; its file's own by default")
    .action((file: string, options: CheckOptions) => {
      const colour = takesColours(Deno.stdout);
      const { output, exitCode } = check(file, options, colour, factsFor(options));
      write(output);
      done(exitCode);
    });
}

function factsFor(options: CheckOptions): HostFacts {
  if (options.offline === true) return offlineFacts(Deno.hostname(), options.configId);
  return hostFacts({ configId: options.configId });
}

/** Checks a file and says what to print and how to exit. */
export function check(
  file: string,
  options: CheckOptions,
  colour: boolean,
  facts: HostFacts,
  source: ConfigSource = fileSource(),
): { output: string; exitCode: number } {
  const loaded = loadConfig(file, source, facts, { strict: options.strict === true });
  const peer = options.peer === undefined ? [] : peerFindings(loaded, options.peer, options, source);
  const diagnostics = [...loaded.diagnostics, ...peer];
  // What a pair lacks leaves the exit code alone; that nothing could be compared does not.
  const exitCode = loaded.exitCode || (peer.some(({ exit }) => exit === 4) ? 4 : 0);
  return {
    output: render(
      { file, exitCode, fatal: loaded.fatal, diagnostics },
      options.format,
      colour,
    ),
    exitCode,
  };
}

/** What keeps the two nodes from being a pair; the other file is judged without this machine's facts. */
function peerFindings(
  own: ReturnType<typeof loadConfig>,
  path: string,
  options: CheckOptions,
  source: ConfigSource,
): readonly Diagnostic[] {
  const other = loadConfig(path, source, offlineFacts("peer", options.peerId));
  const unreadable = other.diagnostics.filter((finding) => finding.code === "file-unreadable");
  if (unreadable.length > 0) return unreadable;
  return [...comparePeers(own, other, path), ...ownProblems(other, path)];
}

/** That the other file has errors: what is dropped there was not compared. Points at the first of them. */
function ownProblems({ diagnostics }: ReturnType<typeof loadConfig>, path: string): readonly Diagnostic[] {
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (errors.length === 0) return [];
  const count = errors.length === 1 ? "an error" : `${errors.length} errors, this one first`;
  return [{
    ...errors[0]!,
    severity: "note",
    code: "peer-problems",
    message:
      `The other node's file has ${count}; it is compared as it is in force. ha check ${path} says more`,
    inForce: null,
    allowed: null,
    suggestion: null,
    exit: 0,
    fatal: false,
  }];
}

interface Report {
  readonly file: string;
  readonly exitCode: number;
  readonly fatal: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

function render(report: Report, format: CheckOptions["format"], colour: boolean): string {
  if (format === "json") return formatJson(report);
  if (format === "sarif") return formatSarif(report, VERSION);
  const verdict = report.fatal ? "it cannot start" : "it can start";
  const { diagnostics, file } = report;
  return `${formatText(diagnostics, { colour })}${file}: ${summary(diagnostics)}; ${verdict}\n`;
}
