/** Configuration findings for people (text with carets), programs (JSON) and code review (SARIF). */
import type { Diagnostic, Severity } from "../core/config/config.ts";

/** Longest stretch of a source line that is shown. */
const WINDOW = 160;

const COLOURS: Readonly<Record<Severity, string>> = {
  error: "\x1b[31m",
  warning: "\x1b[33m",
  note: "\x1b[36m",
  info: "\x1b[2m",
};
const BOLD = "\x1b[1m";
const RESET = "\x1b[0m";

/** How text is printed. */
export interface PrintOptions {
  /** ANSI colours for a terminal. */
  readonly colour: boolean;
}

/** One finding: position and message, the line with a caret, and what helps. */
export function formatDiagnostic(diagnostic: Diagnostic, options: PrintOptions): string {
  const paint = (code: string, text: string) => options.colour ? `${code}${text}${RESET}` : text;
  const colour = COLOURS[diagnostic.severity];
  const place = diagnostic.line === 0
    ? diagnostic.file
    : `${diagnostic.file}:${diagnostic.line}:${diagnostic.column}`;
  const kind = diagnostic.severity === "error" ? "" : `${diagnostic.severity}: `;
  const lines = [`${paint(BOLD, place)}: ${paint(colour, `${kind}${visible(diagnostic.message)}`)}`];
  if (diagnostic.line > 0) {
    const { text, marker } = excerpt(diagnostic);
    lines.push(`  ${text}`, `  ${paint(colour, marker)}`);
  }
  if (diagnostic.suggestion !== null) lines.push(`  did you mean ${quoted(diagnostic.suggestion)}?`);
  if (diagnostic.allowed !== null && !diagnostic.message.includes(diagnostic.allowed)) {
    lines.push(`  allowed: ${visible(diagnostic.allowed)}`);
  }
  if (diagnostic.inForce !== null) lines.push(`  in force: ${visible(diagnostic.inForce)}`);
  if (diagnostic.fatal && diagnostic.line > 0) lines.push("  it cannot start with this");
  return lines.join("\n");
}

function quoted(text: string): string {
  return text.includes('"') ? visible(text) : `"${visible(text)}"`;
}

/** Control characters as escapes, so that no configuration can play with the terminal. */
function visible(text: string): string {
  return text.replace(/[^\P{C}\t]/gu, (char) => `\\u{${char.codePointAt(0)!.toString(16)}}`);
}

/** The part of the source line around the finding, and the caret below it. */
function excerpt(diagnostic: Diagnostic): { text: string; marker: string } {
  const { source } = diagnostic;
  const index = Math.min(diagnostic.column - 1, source.length);
  const from = source.length <= WINDOW ? 0 : Math.max(0, Math.min(index - 40, source.length - WINDOW));
  const shown = source.slice(from, from + WINDOW);
  const before = shown.slice(0, index - from);
  const marked = shown.slice(index - from, index - from + diagnostic.length);
  const head = from > 0 ? "…" : "";
  const tail = from + WINDOW < source.length ? "…" : "";
  const padding = Array.from(before, (char) => char === "\t" ? "\t" : " ".repeat(displayWidth(char))).join(
    "",
  );
  const width = Array.from(marked).reduce((sum, char) => sum + displayWidth(char), 0);
  return {
    text: head + visible(shown) + tail,
    marker: `${head === "" ? "" : " "}${padding}^${"~".repeat(Math.max(0, width - 1))}`,
  };
}

/** Columns of a terminal that a character takes: 2 for East Asian wide ones and emoji, 0 for combining marks. */
function displayWidth(char: string): number {
  if (/\p{M}/u.test(char)) return 0;
  if (/[^\P{C}\t]/u.test(char)) return visible(char).length;
  const point = char.codePointAt(0)!;
  const wide = (point >= 0x1100 && point <= 0x115f) || (point >= 0x2e80 && point <= 0xa4cf) ||
    (point >= 0xac00 && point <= 0xd7a3) || (point >= 0xf900 && point <= 0xfaff) ||
    (point >= 0xfe30 && point <= 0xfe6f) || (point >= 0xff00 && point <= 0xff60) ||
    (point >= 0xffe0 && point <= 0xffe6) || (point >= 0x1f300 && point <= 0x1faff) || point >= 0x20000;
  return wide ? 2 : 1;
}

/** All findings as text, each followed by an empty line. */
export function formatText(diagnostics: readonly Diagnostic[], options: PrintOptions): string {
  return diagnostics.map((diagnostic) => `${formatDiagnostic(diagnostic, options)}\n\n`).join("");
}

/** `2 errors, 1 warning, 3 notes`, or `no problems`. */
export function summary(diagnostics: readonly Diagnostic[]): string {
  const parts = (["error", "warning", "note", "info"] as const).flatMap((severity) => {
    const count = diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
    return count === 0 ? [] : [`${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return parts.length === 0 ? "no problems" : parts.join(", ");
}

/** What a check found, for {@linkcode formatJson}. */
export interface CheckReport {
  readonly file: string;
  readonly exitCode: number;
  readonly fatal: boolean;
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Findings that one document holds: a loop of a million lines would make it longer than a string may be, and tools
 * for code review take no more of them in a run.
 */
const MOST = 24_999;

/** A check as one JSON document. */
export function formatJson(report: CheckReport): string {
  return JSON.stringify({ ...report, diagnostics: bounded(report.diagnostics) }, null, 2) + "\n";
}

/** The first findings, and behind them one that says how many more there are. */
function bounded(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const more = diagnostics.length - MOST;
  if (more <= 0) return diagnostics;
  const { file, line, column, length, source } = diagnostics[MOST]!;
  const rest = diagnostics.slice(MOST);
  const severity =
    (["error", "warning", "note"] as const).find((each) =>
      rest.some((finding) => finding.severity === each)
    ) ?? "info";
  return [...diagnostics.slice(0, MOST), {
    severity,
    code: "too-many-findings",
    message: `Cannot list ${more} more findings in one document: ${summary(rest)}`,
    file,
    line,
    column,
    length,
    source,
    inForce: null,
    allowed: null,
    suggestion: null,
    exit: 0,
    fatal: false,
  }];
}

const LEVELS: Readonly<Record<Severity, string>> = {
  error: "error",
  warning: "warning",
  note: "note",
  info: "note",
};

/** A check as a SARIF 2.1.0 log, for code review tools. */
export function formatSarif(report: CheckReport, version: string): string {
  const diagnostics = bounded(report.diagnostics);
  const codes = [...new Set(diagnostics.map((diagnostic) => diagnostic.code))].sort();
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{
      tool: { driver: { name: "ha", version, rules: codes.map((id) => ({ id })) } },
      columnKind: "utf16CodeUnits",
      results: diagnostics.map(sarifResult),
    }],
  };
  return JSON.stringify(log, null, 2) + "\n";
}

function sarifResult(diagnostic: Diagnostic) {
  const extra = [
    diagnostic.suggestion === null ? null : `did you mean ${quoted(diagnostic.suggestion)}?`,
    diagnostic.inForce === null ? null : `in force: ${diagnostic.inForce}`,
  ].filter((text) => text !== null);
  return {
    ruleId: diagnostic.code,
    level: LEVELS[diagnostic.severity],
    message: { text: [diagnostic.message, ...extra].join("; ") },
    locations: [{
      physicalLocation: {
        artifactLocation: { uri: uriOf(diagnostic.file) },
        ...(diagnostic.line === 0 ? {} : { region: sarifRegion(diagnostic) }),
      },
    }],
  };
}

/** A path as a URI: of absolute ones as `file:` has it, and no character of a name may look like a part of the URI. */
function uriOf(path: string): string {
  const encoded = path.toWellFormed().split("/").map(encodeURIComponent).join("/");
  return path.startsWith("/") ? `file://${encoded}` : encoded;
}

function sarifRegion(diagnostic: Diagnostic) {
  return {
    startLine: diagnostic.line,
    startColumn: diagnostic.column,
    endColumn: diagnostic.column + diagnostic.length,
  };
}
