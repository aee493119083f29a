/**
 * One run of the test command: its clock, its progress lines and what came out so far.
 */
import { lastLine, type Outcome, skipLines, tally, type WorldTally } from "./tally.ts";

/** Lines of a failure's output that are shown. */
const SHOWN_LINES = 120;

/** What a run has seen so far. */
export class Session {
  readonly #start = performance.now();
  readonly #deadline: number;
  readonly #tallies: WorldTally[] = [];
  readonly #print: (line: string) => void;

  /** `budget`: s for everything; `print` takes one line. */
  constructor(budget: number, print: (line: string) => void) {
    this.#deadline = this.#start + budget * 1000;
    this.#print = print;
  }

  /** s left of the budget, 0 at least. */
  get secondsLeft(): number {
    return Math.max(0, (this.#deadline - performance.now()) / 1000);
  }

  /** Says something between the results. */
  say(line: string): void {
    this.#print(line);
  }

  /** Prints one result as a line, and its output where something failed. */
  show(label: string, outcome: Outcome): void {
    const failed = outcome.failed.length > 0;
    const counts = [
      `${outcome.passed} passed`,
      ...(failed ? [`${outcome.failed.length} FAILED`] : []),
      ...(outcome.skipped.length > 0 ? [`${outcome.skipped.length} skipped`] : []),
    ];
    this.#print(
      `${failed ? "FAIL" : "ok  "} ${label}  ${counts.join(", ")}  ${outcome.seconds.toFixed(1)} s`,
    );
    if (failed) this.#showOutput(outcome);
  }

  #showOutput(outcome: Outcome): void {
    for (const name of outcome.failed) this.#print(`     failed: ${name}`);
    const lines = outcome.output.trimEnd().split("\n");
    if (lines.length > SHOWN_LINES) this.#print(`     | … ${lines.length - SHOWN_LINES} lines before`);
    for (const line of lines.slice(-SHOWN_LINES)) this.#print(`     | ${line}`);
  }

  /** Adds a world's results and prints its sum. */
  add(world: string, outcomes: readonly Outcome[], seconds: number): void {
    const sum = tally(world, outcomes, seconds);
    this.#tallies.push(sum);
    this.#print(
      `---- ${world}: ${sum.passed} passed, ${sum.failed.length} failed, ${sum.skipped.length} skipped, ${
        seconds.toFixed(1)
      } s`,
    );
    for (const line of skipLines(sum.skipped)) this.#print(line);
  }

  /** Prints the timings, the failures and the last line; answers the exit code. */
  finish(): number {
    const failed = this.#tallies.flatMap((each) => each.failed);
    this.#print("");
    for (const each of this.#tallies) {
      this.#print(`${each.world.padEnd(8)} ${each.seconds.toFixed(1).padStart(7)} s`);
    }
    const total = (performance.now() - this.#start) / 1000;
    this.#print(`${"together".padEnd(8)} ${total.toFixed(1).padStart(7)} s`);
    for (const name of failed) this.#print(`failed: ${name}`);
    this.#print(lastLine(this.#tallies));
    return failed.length === 0 ? 0 : 1;
  }
}
