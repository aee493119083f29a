/**
 * Framed messages from one thread to another through a pipe.
 *
 * The engine thread sleeps in epoll and never runs its event loop, so that postMessage cannot reach it; a pipe can.
 *
 * ```
 * | length (4, little endian) | octets |
 * ```
 */
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { ERRNO, OsError } from "./errno.ts";
import { type Libc, pinnedBytes } from "./libc.ts";

const HEADER_LENGTH = 4;
const READ_LENGTH = 65536n;
const READS_PER_CALL = 16;
const PIPE_LENGTH = 1048576;
const RETRY_MS = 1;

/** The writing end, on the main thread. */
export interface CommandWriter extends Disposable {
  /**
   * Queues a frame behind those sent before and writes what the pipe takes at once; the rest follows as the reader
   * makes room.
   *
   * @throws {OsError} EPIPE where the reader is gone
   */
  send(frame: Uint8Array): void;
  /** Resolves when all that was sent is in the pipe; rejects where the reader is gone. */
  flushed(): Promise<void>;
}

/** The reading end, on the engine thread. */
export interface CommandReader extends Disposable {
  /** For epoll. */
  readonly descriptor: number;
  /**
   * The frames that are complete, without blocking; at most 1 MiB is read a call, and epoll reports the rest again.
   *
   * @throws {OsError} EPIPE where the writer is gone and nothing is left
   */
  read(): readonly Uint8Array[];
}

/** A pipe: the writer, and the descriptor from which another thread opens its reader. */
export interface CommandPipe {
  readonly writer: CommandWriter;
  /** For {@linkcode openCommandReader}, which takes it over. */
  readonly readDescriptor: number;
}

/** @throws {OsError} EMFILE or ENFILE */
export function openCommandPipe(libc: Libc): CommandPipe {
  const ends = pinnedBytes(8);
  if (libc.symbols.pipe2(ends, C.O_CLOEXEC | C.O_NONBLOCK) < 0) {
    throw new OsError("Cannot create command pipe", "", libc.errno());
  }
  const view = new DataView(ends.buffer);
  const descriptor = new Descriptor(libc, view.getInt32(4, true));
  // A larger pipe only saves wakeups, so that a refusal does not matter.
  libc.symbols.fcntl(descriptor.number, C.F_SETPIPE_SZ, PIPE_LENGTH);
  return { writer: new PipeWriter(libc, descriptor), readDescriptor: view.getInt32(0, true) };
}

/** Opens the reading end in the calling thread. */
export function openCommandReader(libc: Libc, readDescriptor: number): CommandReader {
  return new PipeReader(libc, new Descriptor(libc, readDescriptor));
}

class PipeWriter implements CommandWriter {
  readonly #libc: Libc;
  readonly #descriptor: Descriptor;
  readonly #queue: Uint8Array<ArrayBuffer>[] = [];
  #waiters: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  #retry: ReturnType<typeof setTimeout> | null = null;

  constructor(libc: Libc, descriptor: Descriptor) {
    this.#libc = libc;
    this.#descriptor = descriptor;
  }

  send(frame: Uint8Array): void {
    const framed = pinnedBytes(HEADER_LENGTH + frame.length);
    new DataView(framed.buffer).setUint32(0, frame.length, true);
    framed.set(frame, HEADER_LENGTH);
    this.#queue.push(framed);
    if (this.#retry === null) this.#drain();
  }

  flushed(): Promise<void> {
    if (this.#queue.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  [Symbol.dispose](): void {
    if (this.#retry !== null) clearTimeout(this.#retry);
    this.#retry = null;
    this.#descriptor[Symbol.dispose]();
    this.#settle(new OsError("Cannot send command", "", ERRNO.EPIPE));
  }

  /** Writes until all is written or the pipe is full, in which case it comes back a little later. */
  #drain(): void {
    while (this.#queue.length > 0) {
      const frame = this.#queue[0]!;
      const written = Number(this.#libc.symbols.write(this.#descriptor.number, frame, BigInt(frame.length)));
      if (written < 0) {
        const errno = this.#libc.errno();
        if (errno === ERRNO.EINTR) continue;
        if (errno === ERRNO.EAGAIN) return this.#comeBack();
        throw new OsError("Cannot send command", "", errno);
      }
      if (written === frame.length) this.#queue.shift();
      else this.#queue[0] = frame.subarray(written);
    }
    this.#settle(null);
  }

  #comeBack(): void {
    this.#retry = setTimeout(() => {
      this.#retry = null;
      try {
        this.#drain();
      } catch (error) {
        this.#queue.length = 0;
        this.#settle(error);
      }
    }, RETRY_MS);
  }

  #settle(error: unknown): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const { resolve, reject } of waiters) error === null ? resolve() : reject(error);
  }
}

class PipeReader implements CommandReader {
  readonly #libc: Libc;
  readonly #descriptor: Descriptor;
  readonly #chunk = pinnedBytes(Number(READ_LENGTH));
  readonly #assembler = new FrameAssembler();

  constructor(libc: Libc, descriptor: Descriptor) {
    this.#libc = libc;
    this.#descriptor = descriptor;
  }

  get descriptor(): number {
    return this.#descriptor.number;
  }

  read(): readonly Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let i = 0; i < READS_PER_CALL; i++) {
      const length = Number(this.#libc.symbols.read(this.#descriptor.number, this.#chunk, READ_LENGTH));
      if (length < 0) {
        const errno = this.#libc.errno();
        if (errno === ERRNO.EINTR || errno === ERRNO.EAGAIN) break;
        throw new OsError("Cannot read command", "", errno);
      }
      if (length === 0) {
        if (frames.length === 0) throw new OsError("Cannot read command", "", ERRNO.EPIPE);
        break;
      }
      frames.push(...this.#assembler.take(this.#chunk.subarray(0, length)));
    }
    return frames;
  }

  [Symbol.dispose](): void {
    this.#descriptor[Symbol.dispose]();
  }
}

/** Puts frames together from chunks that end anywhere. */
export class FrameAssembler {
  readonly #header = new Uint8Array(HEADER_LENGTH);
  #headerLength = 0;
  #frame: Uint8Array | null = null;
  #frameLength = 0;

  /** The frames that `chunk` completes; the chunk's memory may be used again afterwards. */
  take(chunk: Uint8Array): Uint8Array[] {
    const frames: Uint8Array[] = [];
    let at = 0;
    while (at < chunk.length) {
      if (this.#frame === null) at += this.#takeHeader(chunk.subarray(at));
      else at += this.#takeBody(this.#frame, chunk.subarray(at));
      if (this.#isComplete()) frames.push(this.#finish());
    }
    return frames;
  }

  #takeHeader(chunk: Uint8Array): number {
    const taken = Math.min(HEADER_LENGTH - this.#headerLength, chunk.length);
    this.#header.set(chunk.subarray(0, taken), this.#headerLength);
    this.#headerLength += taken;
    if (this.#headerLength === HEADER_LENGTH) {
      this.#frame = new Uint8Array(new DataView(this.#header.buffer).getUint32(0, true));
    }
    return taken;
  }

  #takeBody(frame: Uint8Array, chunk: Uint8Array): number {
    const taken = Math.min(frame.length - this.#frameLength, chunk.length);
    frame.set(chunk.subarray(0, taken), this.#frameLength);
    this.#frameLength += taken;
    return taken;
  }

  #isComplete(): boolean {
    return this.#frame !== null && this.#frameLength === this.#frame.length;
  }

  #finish(): Uint8Array {
    const frame = this.#frame!;
    this.#frame = null;
    this.#frameLength = 0;
    this.#headerLength = 0;
    return frame;
  }
}
