/**
 * `ha status --watch`: the same text again and again, in place on a terminal.
 */
import { reasonOf } from "../exit_codes.ts";
import { write } from "../output.ts";
import { takesEscapes } from "../terminal.ts";

const ENTER = "\x1b[?1049h\x1b[?25l";
const LEAVE = "\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const REST_OF_LINE = "\x1b[K";
const REST_OF_SCREEN = "\x1b[J";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/** What is watched. */
export interface Watch {
  /** s between two looks */
  readonly interval: number;
  /** The text for a terminal of a size; throws where there is none to be had. */
  readonly text: (width: number) => Promise<string>;
}

/** Shows the text until it is interrupted (Ctrl-C). A daemon that cannot be asked is no end: it may come back. */
export async function watch({ interval, text }: Watch): Promise<void> {
  const { promise: interrupted, resolve } = Promise.withResolvers<"stop">();
  const stop = () => resolve("stop");
  for (const signal of SIGNALS) Deno.addSignalListener(signal, stop);
  const terminal = takesEscapes(Deno.stdout);
  if (terminal) write(ENTER);
  try {
    for (;;) {
      await show(text, terminal);
      if (await Promise.race([interrupted, pause(interval * 1000)]) === "stop") return;
    }
  } finally {
    if (terminal) write(LEAVE);
    for (const signal of SIGNALS) Deno.removeSignalListener(signal, stop);
  }
}

async function show(text: Watch["text"], terminal: boolean): Promise<void> {
  const { columns, rows } = terminal ? terminalSize() : { columns: Infinity, rows: Infinity };
  let shown: string;
  try {
    shown = await text(columns);
  } catch (error) {
    shown = `${reasonOf(error)}\n`;
  }
  if (!terminal) return write(`${new Date().toISOString()}\n${shown}\n`);
  const lines = fitting(`${clock()}\n${shown}`.trimEnd().split("\n"), rows);
  write(HOME + lines.map((line) => line + REST_OF_LINE).join("\r\n") + REST_OF_SCREEN);
}

/** Not more lines than the screen has: what is wrong stands at the top. */
export function fitting(lines: readonly string[], rows: number): readonly string[] {
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows - 1), `… ${lines.length - rows + 1} more lines`];
}

/** Columns and rows of the terminal. */
export function terminalSize(): { readonly columns: number; readonly rows: number } {
  try {
    return Deno.consoleSize();
  } catch {
    return { columns: 80, rows: 24 };
  }
}

function clock(): string {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(11, 19);
}

function pause(ms: number): Promise<"look"> {
  return new Promise((resolve) => setTimeout(() => resolve("look"), ms));
}
