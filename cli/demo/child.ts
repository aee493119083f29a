/**
 * Child processes of the demonstration: lines out, signals in.
 */

/** A running child. */
export interface Child {
  readonly pid: number;
  /** Settles when it has ended and all its lines have been read. */
  readonly ended: Promise<void>;
  /** Sends a signal; one that comes too late is fine. */
  signal(signal: Deno.Signal): void;
}

/** Starts a child; both outputs come line by line. */
export function startChild(argv: readonly string[], onLine: (line: string) => void = () => {}): Child {
  const child = new Deno.Command(argv[0]!, {
    args: argv.slice(1),
    env: { LC_ALL: "C" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const ended = Promise.all([child.status, readLines(child.stdout, onLine), readLines(child.stderr, onLine)]);
  return {
    pid: child.pid,
    ended: ended.then(() => {}),
    signal(signal) {
      try {
        child.kill(signal);
      } catch { /* it has ended */ }
    },
  };
}

async function readLines(stream: ReadableStream<Uint8Array>, onLine: (line: string) => void): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
  }
}

/** The words that run this very program: the binary alone, or Deno with the module that it was started with. */
export function ownCommand(): string[] {
  if (Deno.build.standalone) return [Deno.execPath()];
  return [Deno.execPath(), "run", "--quiet", "--allow-all", "--no-prompt", Deno.mainModule];
}
