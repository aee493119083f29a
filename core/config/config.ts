/**
 * The configuration language: `keepalived.conf` in, validated model and findings out.
 *
 * Text goes through the preprocessor (`preprocess/`: includes, conditions, loops, parameters), the lexer, the parser
 * (nested statements with positions) and the validators (`validate/`, driven by the tables in `keywords/`). Files and
 * facts about the machine come in through {@linkcode ConfigSource} and {@linkcode HostFacts}; nothing here touches
 * either.
 */
import { type Diagnostic, type ExitCode, exitCodeOf, Report } from "./diagnostic.ts";
import { indexOf } from "./keywords/keyword.ts";
import { ROOT } from "./keywords/root.ts";
import type { Model } from "./model.ts";
import { TreeBuilder } from "./parser.ts";
import { LineReader } from "./preprocess/reader.ts";
import { type ConfigSource, type HostFacts, memorySource, offlineFacts } from "./source.ts";
import type { Tree } from "./tree.ts";
import { validate } from "./validate/model.ts";

export type { Diagnostic, ExitCode, Severity } from "./diagnostic.ts";
export type { Model } from "./model.ts";
export type { ConfigSource, HostFacts, ReadResult, ScriptFile, ScriptQuery, SecretFile } from "./source.ts";
export { memorySource, offlineFacts } from "./source.ts";

/** How a configuration is to be judged. */
export interface LoadOptions {
  /**
   * Any error is fatal, as with `config_strict` in `global_defs`; otherwise what keepalived accepts is accepted, and
   * every dropped or changed value is reported.
   */
  readonly strict?: boolean;
  /** Root blocks that nothing runs, by their keyword: what is wrong in them is not reported. */
  readonly leaveOut?: (keyword: string) => boolean;
}

/** A configuration as it was understood. */
export interface LoadedConfig {
  /**
   * What is to run. Complete and usable whenever `fatal` is false; otherwise it holds what could be understood, for
   * display alone.
   */
  readonly model: Model;
  /** The statements before any keyword was looked at. */
  readonly tree: Tree;
  /** Every finding once, in reading order through all includes. */
  readonly diagnostics: readonly Diagnostic[];
  /** What `keepalived -t` would exit with: 0 fine, 2 cannot load, 4 file missing, 5 problems, 6 script security. */
  readonly exitCode: ExitCode;
  /** Whether a daemon must not start (or must keep its old configuration) with this. */
  readonly fatal: boolean;
  /** Every file that was read, in order; a reload may watch them. */
  readonly files: readonly string[];
}

/**
 * Reads a configuration file and everything it includes; never throws.
 *
 * @param path as `source` takes it; relative includes are looked up beside the including file
 */
export function loadConfig(
  path: string,
  source: ConfigSource,
  facts: HostFacts,
  options: LoadOptions = {},
): LoadedConfig {
  const report = new Report();
  const builder = new TreeBuilder(report, isRootBlock);
  const reader = new LineReader(source, facts, report, (piece, from, to) => builder.feed(piece, from, to));
  reader.readMain(path);
  const tree = builder.finish();
  const { model, strict } = validate(tree, facts, report);
  const { leaveOut } = options;
  if (leaveOut !== undefined) report.drop(linesOf(tree, leaveOut));
  const diagnostics = report.diagnostics;
  const strictly = strict || options.strict === true;
  const fatal = diagnostics.some((finding) => finding.fatal || (strictly && finding.severity === "error"));
  const exitCode = exitCodeOf(diagnostics);
  return {
    model,
    tree,
    diagnostics,
    exitCode: fatal && exitCode === 0 ? 5 : exitCode,
    fatal,
    files: reader.files,
  };
}

function isRootBlock(word: string): boolean {
  const kind = indexOf(ROOT).get(word)?.value.kind;
  return kind === "block" || kind === "list";
}

/** Whether a line, by its order, belongs to a root block that is left out. */
function linesOf({ statements }: Tree, leaveOut: (keyword: string) => boolean): (order: number) => boolean {
  const starts = statements.map(({ words }) => words[0]!.line.order);
  return (order) => {
    const last = statements[starts.findLastIndex((start) => start <= order)];
    return last !== undefined && leaveOut(last.words[0]!.text);
  };
}

/**
 * Reads a configuration from text alone: includes find nothing, and nothing is known of the machine.
 *
 * @param facts what is known of the machine after all
 */
export function parseConfig(
  text: string,
  facts: HostFacts = offlineFacts(),
  options: LoadOptions = {},
): LoadedConfig {
  return loadConfig("ha.conf", memorySource({ "ha.conf": text }), facts, options);
}
