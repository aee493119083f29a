import assert from "node:assert/strict";
import fc from "fast-check";
import { FrameAssembler, openCommandPipe, openCommandReader } from "../../ffi/command_pipe.ts";
import { openEpoll } from "../../ffi/epoll.ts";
import { OsError } from "../../ffi/errno.ts";
import { openLibc } from "../../ffi/libc.ts";
import { equalBytes } from "../support/octets.ts";

const LARGE_LENGTH = 8 * 1024 * 1024;

function pattern(length: number, seed: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => (i * 31 + seed) & 0xff);
}

Deno.test("frames cross a pipe in order, empty ones too", () => {
  using libc = openLibc();
  const { writer, readDescriptor } = openCommandPipe(libc);
  using reader = openCommandReader(libc, readDescriptor);
  using epoll = openEpoll(libc);
  epoll.add(reader.descriptor);
  assert.deepEqual(reader.read(), []);
  assert.deepEqual(epoll.wait(0), []);
  const frames = [pattern(3, 1), new Uint8Array(), pattern(1000, 2)];
  for (const frame of frames) writer.send(frame);
  assert.deepEqual(epoll.wait(0), [reader.descriptor]);
  assert.deepEqual(reader.read(), frames);
  assert.deepEqual(epoll.wait(0), []);
  writer[Symbol.dispose]();
});

Deno.test("frames of several MB cross to a thread that never runs its event loop", async () => {
  using libc = openLibc();
  const { writer, readDescriptor } = openCommandPipe(libc);
  const worker = new Worker(new URL("./command_pipe_worker.ts", import.meta.url), { type: "module" });
  const answer = new Promise<number[][]>((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (error) => reject(error.error ?? error.message);
  });
  worker.postMessage({ readDescriptor, frames: 4 });
  const lengths = [10, LARGE_LENGTH, 0, LARGE_LENGTH + 1];
  for (const [i, length] of lengths.entries()) writer.send(pattern(length, i));
  await writer.flushed();
  const seen = await answer;
  worker.terminate();
  writer[Symbol.dispose]();
  const checksum = (frame: Uint8Array) => frame.reduce((sum, octet) => (sum * 33 + octet) >>> 0, 0);
  assert.deepEqual(seen, lengths.map((length, i) => [length, checksum(pattern(length, i))]));
});

Deno.test("a writer keeps what does not fit, and a full pipe does not block it", async () => {
  using libc = openLibc();
  const { writer, readDescriptor } = openCommandPipe(libc);
  using reader = openCommandReader(libc, readDescriptor);
  const frames = [pattern(LARGE_LENGTH, 1), pattern(5, 2)];
  for (const frame of frames) writer.send(frame);
  const received: Uint8Array[] = [];
  for (let turn = 0; turn < 10_000 && received.length < 2; turn++) {
    received.push(...reader.read());
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  await writer.flushed();
  assert.ok(received.length === 2 && frames.every((frame, i) => equalBytes(frame, received[i]!)));
  writer[Symbol.dispose]();
});

Deno.test("a pipe whose other end is gone says EPIPE", async () => {
  using libc = openLibc();
  const isBroken = (error: unknown) => error instanceof OsError && error.code === "EPIPE";
  const one = openCommandPipe(libc);
  openCommandReader(libc, one.readDescriptor)[Symbol.dispose]();
  assert.throws(() => one.writer.send(pattern(3, 1)), isBroken);
  one.writer[Symbol.dispose]();

  const other = openCommandPipe(libc);
  using reader = openCommandReader(libc, other.readDescriptor);
  other.writer.send(pattern(3, 1));
  other.writer[Symbol.dispose]();
  assert.deepEqual(reader.read(), [pattern(3, 1)]);
  assert.throws(() => reader.read(), isBroken);

  const third = openCommandPipe(libc);
  using thirdReader = openCommandReader(libc, third.readDescriptor);
  third.writer.send(pattern(LARGE_LENGTH, 1));
  const flushed = third.writer.flushed();
  thirdReader[Symbol.dispose]();
  await assert.rejects(flushed, isBroken);
  third.writer[Symbol.dispose]();
});

Deno.test("FrameAssembler puts frames together however they are cut", () => {
  const someFrames = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 10 });
  fc.assert(
    fc.property(someFrames, fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (frames, cuts) => {
      const stream = frames.flatMap((frame) => {
        const header = new Uint8Array(4);
        new DataView(header.buffer).setUint32(0, frame.length, true);
        return [...header, ...frame];
      });
      const assembler = new FrameAssembler();
      const out: Uint8Array[] = [];
      for (let at = 0, i = 0; at < stream.length; at += cuts[i++ % cuts.length]!) {
        out.push(...assembler.take(Uint8Array.from(stream.slice(at, at + cuts[i % cuts.length]!))));
      }
      assert.equal(out.length, frames.length);
      assert.ok(out.every((frame, i) => equalBytes(frame, frames[i]!)));
    }),
  );
});
