/** Long-running processes of the lab: their lines, their descendants, their end. */
import { now } from "./clock.ts";
import { LineLog } from "./event_log.ts";

/** How to start a process. */
export interface SpawnOptions {
  /** For messages. */
  readonly name: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Do not inherit the environment of the test. */
  readonly clearEnv?: boolean;
}

/** A child process whose two outputs are read as lines. */
export class LabProcess implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  readonly stdout: LineLog;
  readonly stderr: LineLog;
  /** When it was started. */
  readonly startedAt: number;
  /** Its end, after the last line of output has been read. */
  readonly ended: Promise<Deno.CommandStatus>;
  #status: Deno.CommandStatus | null = null;

  constructor(argv: readonly string[], options: SpawnOptions) {
    this.name = options.name;
    this.stdout = new LineLog(`stdout of ${options.name}`);
    this.stderr = new LineLog(`stderr of ${options.name}`);
    this.startedAt = now();
    const child = new Deno.Command(argv[0]!, {
      args: argv.slice(1),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
      ...(options.env === undefined ? {} : { env: { ...options.env } }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.clearEnv === undefined ? {} : { clearEnv: options.clearEnv }),
    }).spawn();
    this.pid = child.pid;
    this.ended = this.#collect(child);
  }

  /** null while it runs. */
  get status(): Deno.CommandStatus | null {
    return this.#status;
  }

  /** Sends a signal to the process itself; false when it is gone. */
  signal(signal: Deno.Signal): boolean {
    return this.#status === null && signalPid(this.pid, signal);
  }

  /** Sends a signal to the process and all that came from it, children first. */
  signalAll(signal: Deno.Signal): void {
    if (this.#status !== null) return;
    for (const pid of descendants(this.pid).reverse()) signalPid(pid, signal);
  }

  /**
   * SIGKILL for the process and all that came from it, with no chance to say a last word.
   *
   * All are stopped first: a supervisor would otherwise restart a child that died before it, and a child may be set to
   * get a polite SIGTERM when its parent dies.
   */
  kill(): void {
    this.signalAll("SIGSTOP");
    this.signalAll("SIGKILL");
  }

  /** Whether it ends within a time, ms. */
  async endsWithin(milliseconds: number): Promise<Deno.CommandStatus | null> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), milliseconds));
    try {
      return await Promise.race([this.ended, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Asks politely, then kills. Returns the exit status. */
  async stop(signal: Deno.Signal = "SIGTERM", patience = 8_000): Promise<Deno.CommandStatus> {
    this.signal(signal);
    const status = await this.endsWithin(patience);
    if (status !== null) return status;
    this.kill();
    return await this.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill();
    await this.ended;
  }

  async #collect(child: Deno.ChildProcess): Promise<Deno.CommandStatus> {
    const [status] = await Promise.all([
      child.status,
      drain(this.stdout, child.stdout, child.status),
      drain(this.stderr, child.stderr, child.status),
    ]);
    this.#status = status;
    this.stdout.close();
    this.stderr.close();
    return status;
  }
}

/** Reads until the end; a grandchild that keeps the pipe open is given a second after the process has gone. */
async function drain(
  log: LineLog,
  stream: ReadableStream<Uint8Array>,
  gone: Promise<unknown>,
): Promise<void> {
  const reader = stream.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  let done = false;
  void gone.then(() => {
    if (!done) timer = setTimeout(() => void reader.cancel(), 1_000);
  });
  await log.follow(reader);
  done = true;
  clearTimeout(timer);
}

function signalPid(pid: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(pid, signal);
    return true;
  } catch {
    return false;
  }
}

/** The process and all its descendants, parents before children. */
export function descendants(pid: number): number[] {
  const found: number[] = [];
  const queue = [pid];
  while (queue.length > 0) {
    const next = queue.shift()!;
    found.push(next);
    queue.push(...children(next));
  }
  return found;
}

function children(pid: number): number[] {
  try {
    const tasks = [...Deno.readDirSync(`/proc/${pid}/task`)];
    return tasks.flatMap((task) =>
      Deno.readTextFileSync(`/proc/${pid}/task/${task.name}/children`).split(" ").filter(Boolean).map(Number)
    );
  } catch {
    return [];
  }
}
