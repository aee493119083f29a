/**
 * What commander asks of Node's modules, in a few lines, for the binary.
 *
 * Node's own modules are there in the runtime, but loading them is a third of the whole time of `ha check`; and what
 * commander wants most of them for, programs as subcommands, does not exist here.
 */

/** A stream as far as commander writes to it. */
class Output {
  readonly #file: typeof Deno.stdout | typeof Deno.stderr;

  constructor(file: typeof Deno.stdout | typeof Deno.stderr) {
    this.#file = file;
  }

  get isTTY(): boolean {
    return this.#file.isTerminal();
  }

  get columns(): number {
    return Deno.consoleSize().columns;
  }

  hasColors(): boolean {
    return this.isTTY;
  }

  write(text: string): void {
    let octets = new TextEncoder().encode(text);
    while (octets.length > 0) octets = octets.subarray(this.#file.writeSync(octets));
  }
}

/** `node:process`. */
export const process = {
  argv: [] as readonly string[],
  execArgv: [] as readonly string[],
  versions: {},
  platform: "linux",
  exitCode: 0,
  exit: (code?: number): never => Deno.exit(code),
  get env(): Record<string, string> {
    return Deno.env.toObject();
  },
  stdout: new Output(Deno.stdout),
  stderr: new Output(Deno.stderr),
};

/** `node:events`. */
export class EventEmitter {
  readonly #listeners = new Map<string, ((...args: unknown[]) => void)[]>();

  on(event: string, listener: (...args: unknown[]) => void): this {
    this.#listeners.set(event, [...this.#listeners.get(event) ?? [], listener]);
    return this;
  }

  emit(event: string, ...args: unknown[]): boolean {
    const listeners = this.#listeners.get(event) ?? [];
    for (const listener of listeners) listener.apply(this, args);
    return listeners.length > 0;
  }

  listenerCount(event: string): number {
    return this.#listeners.get(event)?.length ?? 0;
  }
}

/** A colour or a movement of the cursor (ECMA-48 section 5.4). */
const CONTROL_SEQUENCE = new RegExp(`${String.fromCharCode(27)}\\[[0-?]*[ -/]*[@-~]`, "g");

/** `node:util`. */
export function stripVTControlCharacters(text: string): string {
  return text.replace(CONTROL_SEQUENCE, "");
}

/** `node:child_process`, `node:fs` and `node:path`: for programs as subcommands alone. */
export const [childProcess, fs, path] = [{}, {}, {}];
