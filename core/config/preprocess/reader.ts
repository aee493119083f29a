/**
 * The preprocessor: files in, logical lines out, with includes read, conditions decided, loops run and parameters
 * replaced.
 */
import { seededNumbers } from "../../net/random.ts";
import type { Finding, Report } from "../diagnostic.ts";
import type { ConfigSource, HostFacts } from "../source.ts";
import { type Piece, PlainLine, slice, type SourceFile, trim, wholeLine, wordAt } from "../text.ts";
import { eachLine, firstWord } from "./physical_line.ts";
import { endsWithBackslash, withBackslash, withoutComment } from "./comment.ts";
import { builtIn, type Definition, parseDefinition, type Reference } from "./definition.ts";
import {
  applyIncludeCheck,
  checksOf,
  type IncludeChecks,
  type IncludeLine,
  matchFiles,
  NO_CHECKS,
  parseInclude,
  sameFile,
} from "./include.ts";
import { directoryOf } from "./path.ts";
import { lineWithin, parseLoop } from "./sequence.ts";
import { joined, substitute, substituteFirst } from "./substitute.ts";
import { notText, suspicionsOf } from "./suspicion.ts";

/** Takes the logical lines in order; what stands before `from` and from `to` on is blank or a comment. */
export type LineSink = (piece: Piece, from: number, to: number) => void;

/** How deep files may include each other, and macros each other. */
const MAX_INCLUDES = 64;
const MAX_NESTING = 64;

/** How many logical lines a configuration may have, those counted that conditions drop; what follows is ignored. */
const MAX_LINES = 1_000_000;

interface OpenFile {
  readonly path: string;
  readonly directory: string;
  checks: IncludeChecks;
}

interface OpenMacro {
  readonly name: string;
  readonly lines: string[];
  readonly piece: Piece;
}

/** Reads a configuration file and all that it includes. */
export class LineReader {
  readonly #source: ConfigSource;
  readonly #facts: HostFacts;
  readonly #report: Report;
  readonly #sink: LineSink;
  readonly #definitions = new Map<string, Definition>();
  readonly #stack: OpenFile[] = [];
  readonly #files: string[] = [];
  #random: (min: number, max: number) => number;
  #macro: OpenMacro | null = null;
  #order = 0;
  #lines = 0;

  constructor(source: ConfigSource, facts: HostFacts, report: Report, sink: LineSink) {
    this.#source = source;
    this.#random = (min, max) => source.random(min, max);
    this.#facts = facts;
    this.#report = report;
    this.#sink = sink;
  }

  /** Every file that was read, in order. */
  get files(): readonly string[] {
    return this.#files;
  }

  /** Reads the main file; false where it cannot be read, which is reported. */
  readMain(path: string): boolean {
    const result = this.#source.read(path);
    if (!result.ok) {
      this.#report.addFile(path, {
        severity: "error",
        code: "file-unreadable",
        message: `Cannot read configuration file "${path}": ${result.reason}`,
        exit: 4,
        fatal: true,
      });
      return false;
    }
    const odd = notText(result.text);
    if (odd !== null) {
      this.#say(wholeLine({ ...odd, file: path, order: 0 }), odd.column, odd.column + 1, {
        severity: "error",
        code: "file-unreadable",
        message: `Cannot read configuration file "${path}": it is not a text`,
        exit: 4,
        fatal: true,
      });
      return false;
    }
    this.#readText(path, result.text, NO_CHECKS);
    return true;
  }

  #readText(path: string, text: string, checks: IncludeChecks): void {
    this.#files.push(path);
    this.#stack.push({ path, directory: directoryOf(path), checks });
    const file = { path, text };
    eachLine(text, (number, start, end, plain) => {
      if (plain >= 0 && this.#macro === null) this.#plainLine(file, number, start, end, plain);
      else this.#specialLine(file, number, start, end);
    });
    this.#closeMacro();
    this.#stack.pop();
  }

  /** A line in which the preprocessor can find nothing but an include. */
  #plainLine(source: SourceFile, number: number, start: number, end: number, plain: number): void {
    const { text } = source;
    const first = firstWord(text, start, plain);
    if (text.startsWith("include", first) || text.startsWith("random_seed", first)) {
      return this.#specialLine(source, number, start, end);
    }
    const line = new PlainLine(source, number, this.#order++, start, end);
    if (first === plain || this.#full(line)) return;
    this.#lines++;
    this.#sink(line, first - start, plain - start);
  }

  #specialLine({ path, text }: SourceFile, number: number, start: number, end: number): void {
    const order = this.#order++;
    if (start === end) return this.#closeMacro();
    const line = wholeLine({ file: path, number, text: text.slice(start, end), order });
    let piece = line;
    const nul = piece.text.indexOf("\0");
    if (nul >= 0) {
      this.#say(piece, nul, nul + 1, {
        severity: "error",
        code: "nul-byte",
        message: "Cannot read the line past a NUL byte; its rest is ignored",
      });
      piece = slice(piece, 0, nul);
    }
    for (const { start, end, finding } of suspicionsOf(piece)) this.#say(piece, start, end, finding);
    const uncommented = withoutComment(piece);
    const bare = trim(uncommented);
    if (uncommented !== piece && endsWithBackslash(piece) && !endsWithBackslash(uncommented)) {
      if (this.#macro !== null || parseDefinition(bare.text) !== null) {
        return this.#uncommented(withBackslash(bare, piece));
      }
      this.#warnCommentGoesOn(piece);
    }
    if (bare.text !== "") this.#uncommented(bare);
  }

  #uncommented(piece: Piece): void {
    if (this.#macro !== null) return this.#macroLine(this.#macro, piece);
    this.#line(piece, 0);
  }

  /** One logical line: again and again until nothing of the preprocessor is left in it. */
  #line(start: Piece, depth: number): void {
    if (this.#full(start)) return;
    this.#lines++;
    let piece = start;
    for (let round = 0; round < MAX_NESTING; round++) {
      piece = trim(piece);
      const first = piece.text.charCodeAt(0);
      if (piece.text === "") return;
      if (first === 0x40) { // @
        const rest = this.#condition(piece);
        if (rest === null) return;
        piece = rest;
        continue;
      }
      if (first === 0x24 && this.#define(piece)) return;
      if (first === 0x7e && this.#loop(piece, depth)) return;
      const inner = lineWithin(piece.text);
      if (inner > 0) {
        this.#line(slice(piece, 0, inner), depth);
        return this.#line(slice(piece, inner), depth);
      }
      const begun = first === 0x24 ? substituteFirst(piece, (reference) => this.#lookup(reference)) : null;
      const next = begun ?? this.#substituted(piece, depth);
      if (next === null) return;
      if (next === piece) return this.#finished(piece);
      // `${_HASH}` and parameters that hold one are there to make comments of what follows them.
      piece = withoutComment(next);
    }
    this.#say(piece, 0, piece.text.length, {
      severity: "error",
      code: "endless-substitution",
      message: "Cannot resolve the parameters of this line: they lead to each other without end",
    });
  }

  /** What a conditional line holds, or null where its condition is not met. */
  #condition(piece: Piece): Piece | null {
    const match = /^@(\^?)(\S*)\s*/.exec(piece.text)!;
    if (match[2] === "") {
      this.#say(piece, 0, 1, {
        severity: "error",
        code: "bad-condition",
        message: "Cannot decide the condition as no name follows the @; the line is ignored",
        allowed: "@NAME or @^NAME and the rest of the line",
      });
      return null;
    }
    const met = (match[2] === this.#facts.configId) === (match[1] === "");
    return met ? slice(piece, match[0].length) : null;
  }

  #define(piece: Piece): boolean {
    const definition = parseDefinition(piece.text);
    if (definition === null) return false;
    const { name, value } = definition;
    if (value.endsWith("\\")) {
      this.#macro = { name, lines: [], piece };
      this.#macroLine(this.#macro, slice(piece, piece.text.indexOf("=") + 1));
    } else this.#definitions.set(name, { lines: [value], macro: false });
    return true;
  }

  #macroLine(macro: OpenMacro, piece: Piece): void {
    const text = piece.text;
    const goesOn = text.endsWith("\\");
    const line = (goesOn ? text.slice(0, -1) : text).trim();
    if (line !== "") macro.lines.push(line);
    if (!goesOn) this.#closeMacro();
  }

  #closeMacro(): void {
    const macro = this.#macro;
    if (macro === null) return;
    this.#macro = null;
    this.#definitions.set(macro.name, { lines: macro.lines, macro: macro.lines.length > 1 });
  }

  #loop(piece: Piece, depth: number): boolean {
    const head = substitute(piece, (reference) => this.#lookupInHead(piece, reference));
    const loop = parseLoop(head.piece.text);
    if (loop === null) return false;
    if (!loop.ok) {
      this.#say(piece, 0, Math.min(loop.end, piece.text.length), {
        severity: "error",
        code: "bad-loop",
        message: `Cannot repeat the line: ${loop.reason}`,
      });
      return true;
    }
    const rest = slice(head.piece, loop.end);
    for (const turn of loop.turns) {
      if (this.#full(piece) || !this.#mayNest(piece, depth)) return true;
      // They stay defined behind the loop, with the values of its last turn.
      for (const [name, value] of turn) this.#definitions.set(name, { lines: [value], macro: false });
      this.#line(rest, depth + 1);
    }
    return true;
  }

  /** Only what stands within the parentheses of a loop is replaced before it runs. */
  #lookupInHead(piece: Piece, reference: Reference): Definition | null {
    const close = piece.text.indexOf(")");
    if (close < 0 || reference.start > close) return null;
    const definition = this.#lookup(reference);
    return definition?.macro === true ? null : definition;
  }

  /** The line with its parameters replaced; the same object where there was none; null where a macro took over. */
  #substituted(piece: Piece, depth: number): Piece | null {
    const { piece: result, macro, problem } = substitute(piece, (reference) => this.#lookup(reference));
    if (problem !== null) {
      this.#say(piece, 0, piece.text.length, {
        severity: "error",
        code: "bad-substitution",
        message: `Cannot replace the parameters of this line: ${problem}`,
      });
      if (macro === null) this.#emit(result);
      return null;
    }
    if (macro === null) return result;
    this.#expandMacro(result, macro.definition, macro.column, depth);
    return null;
  }

  #expandMacro(before: Piece, definition: Definition, column: number, depth: number): void {
    if (!this.#mayNest(before, depth)) return;
    const kept = withoutComment(before);
    if (kept.text !== before.text) return this.#line(kept, depth + 1);
    definition.lines.forEach((text, i) => {
      if (this.#full(before)) return;
      this.#line(
        i === 0 ? joined(before, text, column) : joined({ ...before, text: "" }, text, column),
        depth + 1,
      );
    });
    if (definition.lines.length === 0 && before.text !== "") this.#line(before, depth + 1);
  }

  #lookup(reference: Reference): Definition | null {
    const own = this.#definitions.get(reference.name);
    if (own !== undefined) return own;
    if (!reference.name.startsWith("_")) return null;
    const file = this.#stack[this.#stack.length - 1]!;
    const value = builtIn(reference.name, {
      directory: this.#source.absolute?.(file.directory) ?? file.directory,
      configId: this.#facts.configId,
      environment: (name) => this.#source.environment(name),
      random: this.#random,
    });
    return value === null ? null : { lines: [value], macro: false };
  }

  #include(piece: Piece, include: IncludeLine): void {
    const file = this.#stack[this.#stack.length - 1]!;
    const at = include.start;
    if (include.pattern === "") {
      this.#say(piece, 0, include.variant.length, {
        severity: "error",
        code: "missing-value",
        message: `Cannot use ${include.variant} without a file name`,
      });
      return;
    }
    const checks = checksOf(include.variant, file.checks);
    const { files, unmatched } = matchFiles(this.#source, file.directory, include.pattern, checks);
    for (const miss of unmatched) this.#unmatched(piece, at, miss.pattern, miss.required);
    for (const path of files) this.#includeFile(piece, at, path, checks, file);
  }

  #includeFile(piece: Piece, at: number, path: string, checks: IncludeChecks, from: OpenFile): void {
    const problem = this.#cannotInclude(path);
    if (problem !== null) {
      return this.#say(piece, at, piece.text.length, {
        severity: "error",
        code: "include-cycle",
        message: `Cannot include "${path}": ${problem}`,
      });
    }
    const result = this.#source.read(path);
    if (result.ok && result.executable !== true) this.#readText(path, result.text, from.checks);
    else if (!result.ok && result.kind === "missing") {
      this.#unmatched(piece, at, path, checks.match || checks.wildcardMatch);
    } else {
      this.#say(piece, at, piece.text.length, {
        severity: checks.readable ? "error" : "warning",
        code: "include-unreadable",
        message: `Cannot include "${path}": ${
          result.ok ? "it is executable, so no configuration" : result.reason
        }`,
        exit: checks.readable ? 6 : 0,
        fatal: checks.readable,
      });
    }
  }

  #cannotInclude(path: string): string | null {
    if (this.#stack.some((file) => sameFile(this.#source, file.path, path))) {
      return "it is being read already, so it includes itself";
    }
    return this.#stack.length >= MAX_INCLUDES ? `files are nested ${MAX_INCLUDES} deep` : null;
  }

  #unmatched(piece: Piece, at: number, pattern: string, required: boolean): void {
    this.#say(piece, at, piece.text.length, {
      severity: required ? "error" : "warning",
      code: "include-missing",
      message: `Cannot include "${pattern}": no such file`,
      exit: required ? 6 : 0,
      fatal: required,
    });
  }

  /** A line in which nothing is left to replace: an include, or one for the parser. */
  #finished(piece: Piece): void {
    const include = parseInclude(piece.text);
    if (include === null) this.#emit(piece);
    else this.#include(piece, include);
  }

  #emit(piece: Piece): void {
    if (piece.text.startsWith("include_check")) this.#setChecks(piece.text);
    if (piece.text.startsWith("random_seed")) this.#seed(piece.text);
    this.#sink(piece, 0, piece.text.length);
  }

  #setChecks(text: string): void {
    const words = text.split(/\s+/);
    if (words[0] !== "include_check") return;
    const file = this.#stack[this.#stack.length - 1]!;
    file.checks = applyIncludeCheck(words.slice(1), file.checks);
  }

  /** From here on `${_RANDOM}` gives the same numbers each time; a faulty seed is left to the validator. */
  #seed(text: string): void {
    const [, seed] = /^random_seed\s+([0-9]{1,10})\s*$/.exec(text) ?? [];
    if (seed === undefined) return;
    const next = seededNumbers(Number(seed));
    this.#random = (min, max) => min + Math.floor(next() * (max - min + 1));
  }

  #full(piece: Piece): boolean {
    if (this.#lines < MAX_LINES) return false;
    this.#report.addOnce("too-long", wordAt(piece, 0, piece.text.length, piece.text), {
      severity: "error",
      code: "too-long",
      message: `Cannot read more than ${MAX_LINES} lines; what follows is ignored`,
      exit: 2,
      fatal: true,
    });
    return true;
  }

  #mayNest(piece: Piece, depth: number): boolean {
    if (depth < MAX_NESTING) return true;
    this.#say(piece, 0, piece.text.length, {
      severity: "error",
      code: "endless-substitution",
      message: "Cannot expand the parameter: it leads back to itself",
    });
    return false;
  }

  /** keepalived keeps the backslash that a comment ends with, and reads it as a word. */
  #warnCommentGoesOn(piece: Piece): void {
    const at = piece.text.trimEnd().length - 1;
    this.#say(piece, at, at + 1, {
      severity: "warning",
      code: "comment-goes-on",
      message: "A comment does not go on in the next line; the \\ at its end means nothing",
      exit: 5,
    });
  }

  #say(piece: Piece, start: number, end: number, finding: Finding): void {
    this.#report.add(wordAt(piece, start, Math.max(end, start + 1), ""), finding);
  }
}
