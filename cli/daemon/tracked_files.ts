/**
 * The numbers in tracked files, read when the files change.
 *
 * The kernel tells of every change in the directories of the files (inotify): a file that is written counts once it is
 * closed, one that is moved into its place at once, one that is gone says 0. A look a second makes up for what inotify
 * cannot tell: a directory that is made later or replaced, a link that points elsewhere, a file on a network file
 * system. Such a change counts when it has stood still for a second, so that nothing half-written is read.
 */
import { basename, dirname } from "node:path";
import { fileNumber } from "../../core/check/file.ts";
import type { DirectoryWatch } from "../../ffi/directory_watch.ts";
import { openDirectoryWatch } from "../../ffi/directory_watch.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openReadiness } from "../../ffi/readiness.ts";
import { reasonOf } from "../exit_codes.ts";

/** ms between two looks. */
const INTERVAL = 1000;

/** Octets of a file that are read: a number is shorter. */
const HEAD = 128;

/** Numbers beyond 32 bits are nobody's wish. */
const LEAST = -0x80000000;
const MOST = 0x7fffffff;

/** A file under watch. */
interface Followed {
  readonly name: string;
  readonly path: string;
  value: number;
  /** Directories and names under which changes of it are told: its own, and those that links lead to. */
  places: readonly Place[];
  /** What it looked like when it was read, and at the last look. */
  read: string;
  seen: string;
}

interface Place {
  readonly directory: string;
  readonly name: string;
}

/** A watched directory, and which one it was. */
interface WatchedDirectory {
  readonly watch: number;
  readonly identity: string;
}

/** What is done with numbers and troubles. */
export interface FileListener {
  /** Another number is in a file. Also called for each new file as soon as it is followed. */
  readonly tell: (name: string, value: number) => void;
  /** A sentence for the log. */
  readonly warn: (text: string) => void;
}

/** Tells the number in each file, at once and after every change. */
export class TrackedFiles implements Disposable {
  readonly #listener: FileListener;
  #files: readonly Followed[] = [];
  readonly #directories = new Map<string, WatchedDirectory>();
  #inotify: DirectoryWatch | null = null;
  #resources: DisposableStack | null = null;

  constructor(listener: FileListener) {
    this.#listener = listener;
  }

  /** Watches these files from now on, by the names of their track files; those that are known stay known. */
  watch(paths: ReadonlyMap<string, string>): void {
    const known = new Map(this.#files.map((file) => [`${file.name} ${file.path}`, file]));
    const fresh: Followed[] = [];
    this.#files = [...paths].map(([name, path]) => {
      const file = known.get(`${name} ${path}`);
      if (file !== undefined) return file;
      const added = { name, path, value: 0, places: [], read: "", seen: "" };
      fresh.push(added);
      return added;
    });
    if (this.#files.length === 0) return this[Symbol.dispose]();
    if (this.#resources === null) this.#open();
    for (const file of fresh) {
      // Watched before it is read: a change in between is told.
      this.#watchPlaces(file);
      this.#read(file);
      this.#listener.tell(file.name, file.value);
    }
    this.#forgetDirectories();
  }

  [Symbol.dispose](): void {
    this.#files = [];
    this.#directories.clear();
    this.#inotify = null;
    this.#resources?.dispose();
    this.#resources = null;
  }

  #open(): void {
    using stack = new DisposableStack();
    const timer = setInterval(() => this.#look(), INTERVAL);
    stack.defer(() => clearInterval(timer));
    const libc = openLibc();
    try {
      const inotify = stack.use(openDirectoryWatch(libc));
      const readiness = stack.use(openReadiness(libc));
      readiness.watch(inotify.descriptor, () => this.#hear(inotify));
      stack.defer(() => readiness.forget(inotify.descriptor));
      this.#inotify = inotify;
    } catch (error) {
      this.#listener.warn(`${reasonOf(error)}; tracked files are looked at each second`);
    }
    this.#resources = stack.move();
  }

  #hear(inotify: DirectoryWatch): void {
    const notices = inotify.read();
    if (notices === "overrun") {
      for (const file of this.#files) this.#readAnew(file);
      return;
    }
    const touched = new Set<Followed>();
    for (const { watch, name, kind } of notices) {
      const directories = this.#directoriesOf(watch);
      if (kind === "lost") { for (const directory of directories) this.#directories.delete(directory); }
      for (const file of this.#files) {
        const meant = file.places.some((place) =>
          directories.includes(place.directory) && (kind === "lost" || place.name === name)
        );
        if (meant && (kind !== "made" || isComplete(file.path))) touched.add(file);
      }
    }
    for (const file of touched) this.#readAnew(file);
  }

  #directoriesOf(watch: number): string[] {
    return [...this.#directories].filter(([, watched]) => watched.watch === watch).map(([name]) => name);
  }

  #look(): void {
    for (const file of this.#files) {
      const stamp = stampOf(file.path);
      const settled = stamp === file.seen && stamp !== file.read;
      file.seen = stamp;
      if (this.#watchPlaces(file) || settled) this.#readAnew(file);
    }
  }

  /** Reads a file, and tells where it says something else. */
  #readAnew(file: Followed): void {
    const before = file.value;
    this.#watchPlaces(file);
    this.#read(file);
    if (file.value !== before) this.#listener.tell(file.name, file.value);
  }

  #read(file: Followed): void {
    file.read = stampOf(file.path);
    const number = fileNumber(headOf(file.path));
    if (number < LEAST || number > MOST) {
      this.#listener.warn(`Invalid number ${number} read from ${file.path} - ignoring`);
    } else file.value = number;
  }

  /** Watches the directories of a file; true where one of them was not watched before. */
  #watchPlaces(file: Followed): boolean {
    file.places = placesOf(file.path);
    let added = false;
    for (const { directory } of file.places) added = this.#watchDirectory(directory) || added;
    return added;
  }

  #watchDirectory(directory: string): boolean {
    const known = this.#directories.get(directory);
    const identity = identityOf(directory);
    if (known?.identity === identity || this.#inotify === null) return false;
    if (known !== undefined) this.#unwatch(directory, known);
    if (identity === null) return false;
    try {
      this.#directories.set(directory, { watch: this.#inotify.add(directory), identity });
      return true;
    } catch {
      // It went between two calls, or there are too many watches: the looks remain.
      return false;
    }
  }

  #unwatch(directory: string, { watch }: WatchedDirectory): void {
    this.#directories.delete(directory);
    if (this.#directoriesOf(watch).length === 0) this.#inotify?.remove(watch);
  }

  #forgetDirectories(): void {
    const used = new Set(this.#files.flatMap(({ places }) => places.map(({ directory }) => directory)));
    for (const [directory, watched] of this.#directories) {
      if (!used.has(directory)) this.#unwatch(directory, watched);
    }
  }
}

/** Where changes of a file show: in its directory, and in that of the file that a link leads to. */
function placesOf(path: string): readonly Place[] {
  const own = { directory: dirname(path), name: basename(path) };
  try {
    const real = Deno.realPathSync(path);
    return real === path ? [own] : [own, { directory: dirname(real), name: basename(real) }];
  } catch {
    return [own];
  }
}

/** Whether a file that was just made is there with all its content: by a link, it is. */
function isComplete(path: string): boolean {
  try {
    const { isSymlink, nlink } = Deno.lstatSync(path);
    return isSymlink || (nlink ?? 1) > 1;
  } catch {
    return false;
  }
}

function identityOf(directory: string): string | null {
  try {
    const { dev, ino } = Deno.statSync(directory);
    return `${dev} ${ino}`;
  } catch {
    return null;
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

/** The beginning of a file; "" for one that is not there, cannot be read, or is no file: a named pipe would never end. */
function headOf(path: string): string {
  try {
    if (!Deno.statSync(path).isFile) return "";
    using file = Deno.openSync(path);
    const octets = new Uint8Array(HEAD);
    const length = file.readSync(octets) ?? 0;
    return new TextDecoder().decode(octets.subarray(0, length));
  } catch {
    return "";
  }
}
