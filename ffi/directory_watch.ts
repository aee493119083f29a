/**
 * Watches directories for files that are written, made, moved or removed (inotify(7)).
 */
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { ERRNO, OsError } from "./errno.ts";
import { INOTIFY_EVENT } from "./layout.ts";
import { cString, type Libc, pinnedBytes } from "./libc.ts";

const BUFFER_LENGTH = 65_536;

/** Not when it is opened or written to: what is in a file counts once it is closed, moved or removed. */
const MASK = C.IN_CLOSE_WRITE | C.IN_MOVED_FROM | C.IN_MOVED_TO | C.IN_CREATE | C.IN_DELETE |
  C.IN_DELETE_SELF | C.IN_MOVE_SELF | C.IN_ONLYDIR;

/** Something happened in a directory. */
export interface DirectoryNotice {
  /** What `add` gave for it. */
  readonly watch: number;
  /** Of the file; "" for the directory itself. */
  readonly name: string;
  /** `made`: perhaps not written yet. `lost`: the directory is gone or elsewhere, it is no longer watched. */
  readonly kind: "changed" | "made" | "lost";
}

/** Watches directories. */
export interface DirectoryWatch extends Disposable {
  readonly descriptor: number;
  /**
   * Watches a directory, by the number that notices of it carry; the same one for the same directory.
   *
   * @throws {OsError} ENOENT, ENOTDIR, EACCES; ENOSPC beyond fs.inotify.max_user_watches
   */
  add(directory: string): number;
  /** One that is gone is no mistake. */
  remove(watch: number): void;
  /** Notices queued since the last call, without blocking; `"overrun"` where some were lost. */
  read(): readonly DirectoryNotice[] | "overrun";
}

/** @throws {OsError} EMFILE beyond fs.inotify.max_user_instances */
export function openDirectoryWatch(libc: Libc): DirectoryWatch {
  const { symbols } = libc;
  const result = symbols.inotify_init1(C.IN_CLOEXEC | C.IN_NONBLOCK);
  const descriptor = Descriptor.from(libc, result, "Cannot open inotify");
  const buffer = pinnedBytes(BUFFER_LENGTH);
  return {
    descriptor: descriptor.number,
    add(directory) {
      const watch = symbols.inotify_add_watch(descriptor.number, cString(directory), MASK);
      if (watch < 0) throw new OsError("Cannot watch directory", directory, libc.errno());
      return watch;
    },
    remove(watch) {
      symbols.inotify_rm_watch(descriptor.number, watch);
    },
    read() {
      const notices: DirectoryNotice[] = [];
      for (;;) {
        const length = Number(symbols.read(descriptor.number, buffer, BigInt(BUFFER_LENGTH)));
        if (length < 0) {
          const errno = libc.errno();
          if (errno === ERRNO.EINTR) continue;
          if (errno === ERRNO.EAGAIN) return notices;
          throw new OsError("Cannot read inotify", "", errno);
        }
        if (!decode(buffer.subarray(0, length), notices)) return "overrun";
      }
    },
    [Symbol.dispose]: () => descriptor[Symbol.dispose](),
  };
}

/** Appends what one read gave; false where the kernel had to drop some. */
function decode(octets: Uint8Array, notices: DirectoryNotice[]): boolean {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
  for (let at = 0; at + INOTIFY_EVENT.size <= octets.length;) {
    const mask = view.getUint32(at + INOTIFY_EVENT.mask, true);
    if ((mask & C.IN_Q_OVERFLOW) !== 0) return false;
    const length = view.getUint32(at + INOTIFY_EVENT.length, true);
    const name = textOf(octets.subarray(at + INOTIFY_EVENT.size, at + INOTIFY_EVENT.size + length));
    notices.push({ watch: view.getInt32(at + INOTIFY_EVENT.watch, true), name, kind: kindOf(mask) });
    at += INOTIFY_EVENT.size + length;
  }
  return true;
}

function kindOf(mask: number): DirectoryNotice["kind"] {
  if ((mask & (C.IN_DELETE_SELF | C.IN_MOVE_SELF | C.IN_IGNORED)) !== 0) return "lost";
  return (mask & C.IN_CREATE) !== 0 ? "made" : "changed";
}

/** A C string, which the kernel pads with zeros. */
function textOf(octets: Uint8Array): string {
  const end = octets.indexOf(0);
  return new TextDecoder().decode(end < 0 ? octets : octets.subarray(0, end));
}
