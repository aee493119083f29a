/**
 * Batches for the packet filter nf_tables.
 */
import { decodeAnswer, decodeNetlink } from "../core/packet/netlink.ts";
import type { OsResult } from "../core/ports.ts";
import { C } from "./constants.ts";
import { DONE, ERRNO, refusal } from "./errno.ts";
import { TIMEVAL } from "./layout.ts";
import { type Libc, pinnedBytes } from "./libc.ts";
import { netlinkSocketAddress, Socket } from "./socket.ts";

const ANSWER_TIMEOUT_SECONDS = 2n;
const BUFFER_LENGTH = 1048576;

/**
 * Applies one batch, as a whole or not at all. Its messages ask for acknowledgements and are numbered from 1.
 *
 * @throws {OsError} where the kernel has no nf_tables
 */
export function applyFilterBatch(libc: Libc, batch: Uint8Array<ArrayBuffer>): OsResult {
  using socket = new Socket(libc, C.AF_NETLINK, C.SOCK_RAW, C.NETLINK_NETFILTER, "packet filter socket");
  socket.setReceiveBuffer(BUFFER_LENGTH);
  const timeout = pinnedBytes(TIMEVAL.size);
  new DataView(timeout.buffer).setBigInt64(TIMEVAL.seconds, ANSWER_TIMEOUT_SECONDS, true);
  socket.set(C.SOL_SOCKET, C.SO_RCVTIMEO, timeout, "set answer timeout");
  // The kernel repeats a refused message in full otherwise.
  socket.trySet(C.SOL_NETLINK, C.NETLINK_CAP_ACK, 1);
  const { symbols } = libc;
  const kernel = netlinkSocketAddress();
  if (symbols.sendto(socket.descriptor, batch, BigInt(batch.length), 0, kernel, kernel.length) < 0) {
    return refusal(libc.errno());
  }
  return readAnswers(libc, socket, countMessages(batch));
}

/** Messages of a batch but its begin and end. */
function countMessages(batch: Uint8Array): number {
  return decodeNetlink(batch).length - 2;
}

function readAnswers(libc: Libc, socket: Socket, expected: number): OsResult {
  const datagram = pinnedBytes(65536);
  for (let seen = 0; seen < expected;) {
    const length = Number(libc.symbols.recv(socket.descriptor, datagram, BigInt(datagram.length), 0));
    if (length < 0) {
      const errno = libc.errno();
      if (errno === ERRNO.EINTR) continue;
      return refusal(errno === ERRNO.EAGAIN ? ERRNO.ETIMEDOUT : errno);
    }
    for (const message of decodeNetlink(datagram.subarray(0, length))) {
      const answer = decodeAnswer(message);
      if (answer === null) continue;
      if (answer.errno !== 0) return refusal(answer.errno, answer.text);
      seen++;
    }
  }
  return DONE;
}
