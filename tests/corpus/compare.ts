/** Our judgement of a file beside that of `keepalived -t`. */
import type { LoadedConfig } from "../../core/config/config.ts";
import { DIFFERENCES, NEWER_WORDS } from "./differences.ts";

/** What `keepalived -t` said of one file. */
export interface Verdict {
  readonly file: string;
  readonly exit: number;
  /** Its messages: `(FILE: Line 12) text`, or text alone. */
  readonly lines: readonly string[];
}

/** One file's row for people. */
export interface Comparison {
  readonly file: string;
  readonly theirs: number;
  readonly ours: number;
  /** What differs without a known reason; empty is well. */
  readonly unexplained: readonly string[];
  /** What differs with one. */
  readonly explained: readonly string[];
}

const LINE = /^\((?:.*: )?Line (\d+)\) (.*)$/;

/** What keepalived says of the lines of an unknown block, which it reads as if they stood outside. */
const LOST = /^(?:Unknown keyword|Unexpected '\{'|Extra '\}')/;

/** Compares exit codes, and whether we have a finding at each line that keepalived names. */
export function compare(verdict: Verdict, loaded: LoadedConfig): Comparison {
  const unexplained: string[] = [];
  const explained: string[] = [];
  const lines = new Set(loaded.diagnostics.map((finding) => finding.line));
  const swallowed = loaded.diagnostics.find((finding) => finding.message.endsWith("its block are ignored"))?.line;
  for (const text of verdict.lines) {
    const [, number, message] = LINE.exec(text) ?? [];
    if (number === undefined || lines.has(Number(number))) continue;
    const within = swallowed !== undefined && Number(number) > swallowed && LOST.test(message!);
    const reason = within ? `lines stand in the unknown block of line ${swallowed}, which we take away as a whole` : reasonFor(verdict.file, message!);
    if (reason === null) unexplained.push(`line ${number}: ${message}`);
    else explained.push(`line ${number}: ${reason}`);
  }
  if (verdict.exit !== loaded.exitCode) unexplained.push(`exit ${verdict.exit} there, ${loaded.exitCode} here`);
  const once = [...new Set(explained.map((text) => text.replace(/^line \d+: (?=lines)/, "")))];
  return { file: verdict.file, theirs: verdict.exit, ours: loaded.exitCode, unexplained, explained: once };
}

function reasonFor(file: string, message: string): string | null {
  const unknown = /^Unknown keyword '(.*)'/.exec(message)?.[1];
  if (unknown !== undefined && NEWER_WORDS.includes(unknown)) return `${unknown} is newer than keepalived 2.2.7`;
  const row = DIFFERENCES.find((each) => (each.file === "*" || each.file === file) && each.message.test(message));
  return row?.reason ?? null;
}

/** The comparisons as a table. */
export function formatTable(rows: readonly Comparison[]): string {
  const width = Math.max(4, ...rows.map((row) => row.file.length));
  const head = `${"file".padEnd(width)}  keepalived  ours  differences`;
  const body = rows.map((row) => {
    const notes = [...row.unexplained.map((text) => `UNEXPLAINED ${text}`), ...row.explained].join("; ");
    return `${row.file.padEnd(width)}  ${String(row.theirs).padStart(10)}  ${String(row.ours).padStart(4)}  ${notes}`;
  });
  return [head, ...body].join("\n");
}
