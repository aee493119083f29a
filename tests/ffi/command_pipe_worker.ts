/**
 * The reading end of a command pipe in a thread that sleeps in epoll, as the engine thread does: answers with length
 * and checksum of each frame when it has as many as it was told to expect.
 */
import { openCommandReader } from "../../ffi/command_pipe.ts";
import { openEpoll } from "../../ffi/epoll.ts";
import { openLibc } from "../../ffi/libc.ts";

/** What the test sends to start it. */
interface Order {
  readonly readDescriptor: number;
  readonly frames: number;
}

const WAIT_MS = 5000;

function readAll({ readDescriptor, frames }: Order): number[][] {
  using libc = openLibc();
  using epoll = openEpoll(libc);
  using reader = openCommandReader(libc, readDescriptor);
  epoll.add(reader.descriptor);
  const seen: number[][] = [];
  while (seen.length < frames) {
    if (epoll.wait(WAIT_MS).length === 0) {
      throw new Error(`Cannot read ${frames} frames: ${seen.length} came`);
    }
    for (const frame of reader.read()) {
      seen.push([frame.length, frame.reduce((sum, octet) => (sum * 33 + octet) >>> 0, 0)]);
    }
  }
  return seen;
}

const scope = self as unknown as {
  onmessage: (event: MessageEvent<Order>) => void;
  postMessage(data: unknown): void;
};
scope.onmessage = ({ data }) => scope.postMessage(readAll(data));
