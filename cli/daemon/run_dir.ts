/**
 * The run directory: pid file, control socket, dumps. Its lock keeps two daemons from sharing one.
 */
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";

/** Where everything of one daemon lies. */
export interface RunDirPaths {
  readonly directory: string;
  readonly pidFile: string;
  readonly controlSocket: string;
  /** Between the door of the status page and its server. */
  readonly webSocket: string;
  /** What is written on SIGUSR1, SIGUSR2 and SIGRTMIN+2: the status as JSON, and keepalived's files. */
  readonly dumpFiles: Readonly<Record<"status" | "data" | "stats" | "json", string>>;
  /** What is in maintenance over restarts. */
  readonly maintenanceFile: string;
}

/** The paths inside a run directory. */
export function runDirPaths(directory: string): RunDirPaths {
  return {
    directory,
    pidFile: `${directory}/ha.pid`,
    controlSocket: `${directory}/control.sock`,
    webSocket: `${directory}/web.sock`,
    dumpFiles: {
      status: `${directory}/status.json`,
      data: `${directory}/keepalived.data`,
      stats: `${directory}/keepalived.stats`,
      json: `${directory}/keepalived.json`,
    },
    maintenanceFile: `${directory}/maintenance.json`,
  };
}

/**
 * A run directory that is ours until disposed.
 *
 * The lock is on the open pid file, not in its text: the kernel lets go of it when the process ends in whatever way,
 * so nothing that a crash leaves behind keeps the next daemon from starting.
 */
export class RunDir implements Disposable {
  readonly paths: RunDirPaths;
  readonly #pidFile: Deno.FsFile;

  /**
   * Makes and locks the directory, and clears away what a crash has left in it.
   *
   * @throws {Refusal} where another daemon has it or it cannot be made
   */
  constructor(directory: string) {
    this.paths = runDirPaths(directory);
    this.#pidFile = attempt(`use run directory "${directory}"`, () => {
      Deno.mkdirSync(directory, { recursive: true, mode: 0o755 });
      requireSafe(directory);
      return Deno.openSync(this.paths.pidFile, { create: true, read: true, write: true, mode: 0o644 });
    });
    if (!this.#pidFile.tryLockSync(true)) {
      this.#pidFile.close();
      throw new Refusal(`daemon is already running${ownerOf(this.paths)}`, EXIT.fatal);
    }
    attempt(`write "${this.paths.pidFile}"`, () => this.#writePid());
    removeIfThere(this.paths.controlSocket);
  }

  /** Removes what is ours; the pid file last, since whoever finds it gone may start. */
  [Symbol.dispose](): void {
    removeIfThere(this.paths.controlSocket);
    removeIfThere(this.paths.webSocket);
    removeIfThere(this.paths.pidFile);
    this.#pidFile.close();
  }

  #writePid(): void {
    this.#pidFile.truncateSync();
    this.#pidFile.writeSync(new TextEncoder().encode(`${Deno.pid}\n`));
    this.#pidFile.syncDataSync();
  }
}

/** In a directory that others may write to, a file that we open could be a link to one of the system's. */
function requireSafe(directory: string): void {
  const { uid, gid, mode } = Deno.statSync(directory);
  const groupWrites = ((mode ?? 0) & 0o020) !== 0 && gid !== 0;
  const othersWrite = ((mode ?? 0) & 0o002) !== 0;
  const foreign = uid !== 0 && uid !== Deno.uid();
  if (!foreign && !groupWrites && !othersWrite) return;
  throw new Refusal(`Cannot use run directory "${directory}": others can write to it`, EXIT.permission);
}

/** The pid in a run directory's pid file, or null where there is none. */
export function readPid(paths: RunDirPaths): number | null {
  try {
    const text = Deno.readTextFileSync(paths.pidFile).trim();
    return /^[1-9][0-9]*$/.test(text) ? Number(text) : null;
  } catch {
    return null;
  }
}

function ownerOf(paths: RunDirPaths): string {
  const pid = readPid(paths);
  return `${pid === null ? "" : ` with pid ${pid}`} in run directory "${paths.directory}"`;
}

function attempt<T>(what: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    if (error instanceof Refusal) throw error;
    const denied = error instanceof Deno.errors.PermissionDenied;
    throw new Refusal(`Cannot ${what}: ${reasonOf(error)}`, denied ? EXIT.permission : EXIT.fatal);
  }
}

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // Not there, or the whole directory was removed under us: either way it is not in the way.
  }
}
