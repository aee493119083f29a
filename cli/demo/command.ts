/**
 * Commands that run to their end, with a bound.
 */

/** How a command ended. */
export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A command that had to succeed did not. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

/** Options of {@linkcode run}. */
export interface RunOptions {
  /** Longest run, ms; 20 s by default. */
  readonly timeout?: number;
  readonly input?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** Runs a command and returns its exit code and output, whatever they are; 127 when it cannot be started. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), options.timeout ?? 20_000);
  try {
    const child = new Deno.Command(argv[0]!, {
      args: argv.slice(1),
      stdin: options.input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
      signal: abort.signal,
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    }).spawn();
    const [, output] = await Promise.all([feed(child, options.input), child.output()]);
    const decode = (octets: Uint8Array) => new TextDecoder().decode(octets);
    return { code: output.code, stdout: decode(output.stdout), stderr: decode(output.stderr) };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      return { code: 127, stdout: "", stderr: `${argv[0]}: command not found` };
    }
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function feed(child: Deno.ChildProcess, input: string | undefined): Promise<void> {
  if (input === undefined) return;
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
}

/**
 * Runs a command that has to succeed and returns what it printed.
 *
 * @throws {CommandError} with the command and its complaint
 */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const result = await run(argv, options);
  if (result.code === 0) return result.stdout;
  const complaint = (result.stderr + result.stdout).trim();
  throw new CommandError(`Cannot run "${argv.join(" ")}": exit ${result.code}: ${complaint}`);
}

/** Runs several `ip` commands in one process, in the namespace given. */
export async function ipBatch(namespace: string | null, commands: readonly string[]): Promise<void> {
  const where = namespace === null ? [] : ["-n", namespace];
  await must(["ip", ...where, "-batch", "-"], { input: commands.join("\n") + "\n" });
}
