/**
 * The terminal side of the demonstration: the picture redrawn in place, single keys in.
 */
import { write as writeWhole } from "../output.ts";
import { COLOURS, PLAIN, renderScreen } from "./screen.ts";
import type { Stage } from "./stage.ts";
import { takesEscapes } from "../terminal.ts";

/** ms between two pictures. */
const FRAME = 100;

// No cursor, and no wrapping: what a narrow terminal cannot show is cut.
const ENTER = "\x1b[?1049h\x1b[?25l\x1b[?7l";
const LEAVE = "\x1b[?7h\x1b[?25h\x1b[?1049l";
const HOME = "\x1b[H";
const REST_OF_LINE = "\x1b[K";

/** Whether a person sits in front of it. */
export function isInteractive(): boolean {
  return Deno.stdin.isTerminal() && takesEscapes(Deno.stdout);
}

/** The alternate screen of a terminal, drawn again and again until disposed. */
export class Terminal implements Disposable {
  readonly #timer: ReturnType<typeof setInterval>;

  /** `keys` is the text of the last line. */
  constructor(stage: Stage, keys: () => string) {
    write(ENTER);
    setRaw(true);
    const draw = () => write(HOME + picture(stage, keys()).map((line) => line + REST_OF_LINE).join("\r\n"));
    draw();
    this.#timer = setInterval(draw, FRAME);
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    setRaw(false);
    write(LEAVE);
  }
}

function picture(stage: Stage, keys: string): string[] {
  const { columns, rows } = size();
  const paint = Deno.noColor ? PLAIN : COLOURS;
  return renderScreen(stage, Date.now(), {
    width: Math.max(60, Math.min(columns, 100)),
    height: Math.max(12, rows),
    paint,
    keys,
  });
}

function size(): { columns: number; rows: number } {
  try {
    return Deno.consoleSize();
  } catch {
    return { columns: 80, rows: 24 };
  }
}

/** Calls back for every key until stdin ends; Ctrl-C is `"\x03"` while the terminal is raw. */
export async function readKeys(onKey: (key: string) => void): Promise<void> {
  const buffer = new Uint8Array(64);
  while (true) {
    const length = await Deno.stdin.read(buffer).catch(() => null);
    if (length === null) return;
    for (const octet of buffer.subarray(0, length)) onKey(String.fromCharCode(octet));
  }
}

/** Prints a line; a reader that has gone away is no reason to leave the LAN behind. */
export function say(text: string): void {
  write(`${text}\n`);
}

function write(text: string): void {
  try {
    writeWhole(text);
  } catch {
    // The terminal was closed: its hang-up signal ends the play.
  }
}

function setRaw(raw: boolean): void {
  try {
    Deno.stdin.setRaw(raw);
  } catch {
    // As above.
  }
}
