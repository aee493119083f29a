/**
 * The files that FILE_CHECK follows, read when they change.
 *
 * A look a second costs one system call a file and works on every file system; the events of inotify do not.
 */
import { fileNumber } from "../../core/check/file.ts";

/** ms */
const INTERVAL = 1000;

/** A file under watch: what it was like when it was read. */
interface Watched {
  readonly name: string;
  readonly path: string;
  stamp: string;
}

/** Tells the number in each file, at once and after every change. */
export class CheckFiles implements Disposable {
  readonly #tell: (name: string, value: number) => void;
  #files: Watched[] = [];
  #timer: ReturnType<typeof setInterval> | null = null;

  constructor(tell: (name: string, value: number) => void) {
    this.#tell = tell;
  }

  /** Watches these files from now on, by the names of their track files. */
  watch(paths: ReadonlyMap<string, string>): void {
    const known = new Map(this.#files.map((file) => [`${file.name} ${file.path}`, file]));
    this.#files = [...paths].map(([name, path]) =>
      known.get(`${name} ${path}`) ?? { name, path, stamp: "new" }
    );
    this.#look();
    if (this.#files.length === 0) this[Symbol.dispose]();
    else this.#timer ??= setInterval(() => this.#look(), INTERVAL);
  }

  [Symbol.dispose](): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #look(): void {
    for (const file of this.#files) {
      const stamp = stampOf(file.path);
      if (stamp === file.stamp) continue;
      file.stamp = stamp;
      this.#tell(file.name, numberIn(file.path));
    }
  }
}

function stampOf(path: string): string {
  try {
    const { mtime, size, ino, ctime } = Deno.statSync(path);
    return `${ino} ${size} ${mtime?.getTime()} ${ctime?.getTime()}`;
  } catch {
    return "none";
  }
}

/** A file that is not there, or cannot be read, says 0. */
function numberIn(path: string): number {
  try {
    return fileNumber(Deno.readTextFileSync(path));
  } catch {
    return 0;
  }
}
