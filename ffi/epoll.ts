/**
 * epoll(7): waits until one of several descriptors can be read.
 */
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { ERRNO, OsError } from "./errno.ts";
import { EPOLL_EVENT } from "./layout.ts";
import { type Libc, pinnedBytes } from "./libc.ts";

const EVENTS_PER_WAIT = 64;

/** A set of descriptors to wait for, level-triggered. */
export interface Epoll extends Disposable {
  /** @throws {OsError} EEXIST where it is watched already, EBADF where it is closed */
  add(descriptor: number): void;
  /** One that is not watched, or closed meanwhile, is no mistake. */
  remove(descriptor: number): void;
  /**
   * The descriptors that can be read, or that have failed, at most 64 of them.
   *
   * @param timeout in whole ms; -1 waits without end. Empty after the timeout or a signal.
   */
  wait(timeout: number): readonly number[];
}

/** @throws {OsError} EMFILE, ENFILE or ENOMEM */
export function openEpoll(libc: Libc): Epoll {
  const descriptor = Descriptor.from(
    libc,
    libc.symbols.epoll_create1(C.EPOLL_CLOEXEC),
    "Cannot create epoll set",
  );
  const event = pinnedBytes(EPOLL_EVENT.size);
  const events = pinnedBytes(EPOLL_EVENT.size * EVENTS_PER_WAIT);
  const words = new Int32Array(events.buffer);

  function control(operation: number, watched: number): number {
    const fields = new DataView(event.buffer);
    fields.setUint32(EPOLL_EVENT.events, C.EPOLLIN, true);
    fields.setInt32(EPOLL_EVENT.data, watched, true);
    return libc.symbols.epoll_ctl(descriptor.number, operation, watched, event);
  }

  return {
    add(watched) {
      if (control(C.EPOLL_CTL_ADD, watched) < 0) {
        throw new OsError("Cannot watch descriptor", `${watched}`, libc.errno());
      }
    },
    remove(watched) {
      control(C.EPOLL_CTL_DEL, watched);
    },
    wait(timeout) {
      const count = libc.symbols.epoll_wait(descriptor.number, events, EVENTS_PER_WAIT, timeout);
      if (count < 0) {
        const errno = libc.errno();
        if (errno === ERRNO.EINTR) return [];
        throw new OsError("Cannot wait for descriptors", "", errno);
      }
      const ready: number[] = [];
      for (let i = 0; i < count; i++) {
        ready.push(words[(i * EPOLL_EVENT.size + EPOLL_EVENT.data) >> 2]!);
      }
      return ready;
    },
    [Symbol.dispose]: () => descriptor[Symbol.dispose](),
  };
}
