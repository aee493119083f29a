/**
 * What the configuration language has to say about a line: position, reason, the value in force, what is allowed.
 */
import type { SourceLine, Word } from "./text.ts";

/**
 * How grave a finding is.
 *
 * `error`: something written is not in force. `warning`: it is in force, but not as written or not as meant.
 * `note`: advice. `info`: understood and kept, but nothing acts on it yet.
 */
export type Severity = "error" | "warning" | "note" | "info";

/**
 * The exit code of `keepalived -t` that a finding leads to: 0 none, 2 cannot load at all, 4 a file or interface is
 * missing, 5 any other message, 6 script security.
 */
export type ExitCode = 0 | 2 | 4 | 5 | 6;

/** One finding, plain data. */
export interface Diagnostic {
  readonly severity: Severity;
  /** Stable name of the rule, such as `unknown-keyword`. */
  readonly code: string;
  /** One sentence, no full stop: `Cannot use priority 999 as it must be between 1 and 255`. */
  readonly message: string;
  readonly file: string;
  /** 1-based; 0 for a file that could not be opened. */
  readonly line: number;
  /** 1-based, UTF-16 units; 0 where `line` is 0. */
  readonly column: number;
  /** UTF-16 units, at least 1; 0 where `line` is 0. */
  readonly length: number;
  /** The text of the line, for the caret. */
  readonly source: string;
  /** What holds now instead of what was written: `priority 100`; null where that does not apply. */
  readonly inForce: string | null;
  /** What may be written: `between 1 and 255`. */
  readonly allowed: string | null;
  /** The word that was probably meant. */
  readonly suggestion: string | null;
  /** What `keepalived -t` would exit with for it. */
  readonly exit: ExitCode;
  /** Whether the daemon must not start with it. */
  readonly fatal: boolean;
}

/** What a rule says about a finding; the position comes with the word or line. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly inForce?: string | null;
  readonly allowed?: string | null;
  readonly suggestion?: string | null;
  /** 5 for errors and warnings unless said otherwise, 0 for notes and infos. */
  readonly exit?: ExitCode;
  readonly fatal?: boolean;
}

/** A position that a finding can point at. */
export type Spot = Word;

interface Entry {
  readonly diagnostic: Diagnostic;
  readonly order: number;
}

/** Collects findings; the same finding at the same place is kept once. */
export class Report {
  #entries: Entry[] = [];
  readonly #seen = new Set<string>();
  readonly #once = new Set<string>();
  /** The errors of each line, as indices of the entries. */
  readonly #errors = new Map<number, number[]>();

  /** Adds a finding at a word. */
  add(at: Spot, finding: Finding): void {
    this.#push(at.line, at.column, at.length, finding);
  }

  /** Adds a finding at a word unless one with the same key was added before. */
  addOnce(key: string, at: Spot, finding: Finding): void {
    if (this.#once.has(key)) return;
    this.#once.add(key);
    this.add(at, finding);
  }

  /** Makes the errors that were found on a line fatal: nothing can stand in for what they refused. False: no error. */
  escalate({ order }: SourceLine): boolean {
    const found = this.#errors.get(order) ?? [];
    for (const i of found) {
      const entry = this.#entries[i]!;
      this.#entries[i] = { ...entry, diagnostic: { ...entry.diagnostic, fatal: true } };
    }
    return found.length > 0;
  }

  /** Whether a finding of that kind keeps the daemon from starting. */
  hasFatal(code: string): boolean {
    return this.#entries.some(({ diagnostic }) => diagnostic.fatal && diagnostic.code === code);
  }

  /** Adds a finding about a file that has no line to show. */
  addFile(file: string, finding: Finding): void {
    this.#push({ file, number: 0, text: "", order: -1 }, 0, 0, finding);
  }

  /** Forgets the findings on some lines, by their order. */
  drop(on: (order: number) => boolean): void {
    this.#entries = this.#entries.filter(({ order }) => !on(order));
  }

  /** All findings in reading order. */
  get diagnostics(): readonly Diagnostic[] {
    return this.#entries.toSorted(byPosition).map((entry) => entry.diagnostic);
  }

  #push(line: SourceLine, column: number, length: number, finding: Finding): void {
    const key = `${line.order}:${column}:${finding.code}:${finding.message}`;
    if (this.#seen.has(key)) return;
    this.#seen.add(key);
    const counts = finding.severity === "error" || finding.severity === "warning";
    const diagnostic: Diagnostic = {
      severity: finding.severity,
      code: finding.code,
      message: shortened(finding.message),
      file: line.file,
      line: line.number,
      column,
      length,
      source: line.text,
      inForce: finding.inForce ?? null,
      allowed: finding.allowed ?? null,
      suggestion: finding.suggestion ?? null,
      exit: finding.exit ?? (counts ? 5 : 0),
      fatal: finding.fatal ?? false,
    };
    if (finding.severity === "error") this.#noteError(line.order);
    this.#entries.push({ diagnostic, order: line.order });
  }

  #noteError(order: number): void {
    const known = this.#errors.get(order);
    if (known === undefined) this.#errors.set(order, [this.#entries.length]);
    else known.push(this.#entries.length);
  }
}

/** Units of a message beyond which its middle is left out: it holds a word that is no word. */
const MAX_MESSAGE = 1000;

function shortened(message: string): string {
  if (message.length <= MAX_MESSAGE) return message;
  return `${message.slice(0, MAX_MESSAGE / 2)}…${message.slice(-MAX_MESSAGE / 2)}`;
}

function byPosition(left: Entry, right: Entry): number {
  return left.order - right.order || left.diagnostic.column - right.diagnostic.column;
}

/**
 * The exit code of a whole check: script security before other problems before missing files, and 2 before all.
 *
 * keepalived stops at the first finding of kind 2, so nothing else of it counts there.
 */
export function exitCodeOf(diagnostics: readonly Diagnostic[]): ExitCode {
  const codes = new Set(diagnostics.map((diagnostic) => diagnostic.exit));
  for (const code of [2, 6, 5, 4] as const) {
    if (codes.has(code)) return code;
  }
  return 0;
}
