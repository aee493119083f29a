/**
 * Commands with a bound: a process group that is killed when its time is over, its output in a file so that a
 * grandchild which keeps a pipe open cannot hold us up.
 */

/** How a bounded command ended. */
export interface BoundedResult {
  /** Exit code; 124 or 137 when its time was over. */
  readonly code: number;
  readonly timedOut: boolean;
  /** stdout and stderr as they came. */
  readonly output: string;
  /** s */
  readonly seconds: number;
}

/** Options of {@linkcode runBounded}. */
export interface BoundedOptions {
  /** s */
  readonly timeout: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Seconds between SIGTERM and SIGKILL. */
const GRACE = 10;

/** Processes under way, for {@linkcode stopAll}. */
const running = new Set<Deno.ChildProcess>();

/**
 * Runs a command under coreutils' `timeout`, which puts it into a process group of its own.
 *
 * @throws {Deno.errors.NotFound} where there is no `sh`
 */
export async function runBounded(argv: readonly string[], options: BoundedOptions): Promise<BoundedResult> {
  const file = await Deno.makeTempFile({ prefix: "ha-run-" });
  const start = performance.now();
  const limit = ["timeout", `--kill-after=${GRACE}`, String(options.timeout)];
  const child = new Deno.Command("sh", {
    args: ["-c", 'file="$1"; shift; exec "$@" >"$file" 2>&1 </dev/null', "sh", file, ...limit, ...argv],
    env: { NO_COLOR: "1", ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  }).spawn();
  running.add(child);
  try {
    const { code } = await child.status;
    const seconds = (performance.now() - start) / 1000;
    const timedOut = (code === 124 || code === 137) && seconds >= options.timeout - 0.5;
    return { code, timedOut, output: await Deno.readTextFile(file), seconds };
  } finally {
    running.delete(child);
    await Deno.remove(file);
  }
}

/** Ends whatever runs: `timeout` hands the signal on to its group. */
export function stopAll(): void {
  for (const child of running) child.kill("SIGTERM");
}
