/**
 * Hears which processes begin, turn into another program, change their names and end: the kernel's process connector
 * (linux/cn_proc.h).
 *
 * The kernel has it for who has CAP_NET_ADMIN, in the first network, process and user namespaces alone.
 */
import type { NetlinkMessage } from "../core/packet/netlink.ts";
import type { BufferWish } from "../core/ports.ts";
import { C } from "./constants.ts";
import { ERRNO, OsError } from "./errno.ts";
import { CN_MSG, PROC_EVENT } from "./layout.ts";
import { type Libc, pinnedBytes } from "./libc.ts";
import { NetlinkMonitor } from "./netlink.ts";
import { type BpfInstruction, netlinkSocketAddress } from "./socket.ts";

/** Length of a netlink header, behind which a connector message begins. */
const HEADER = 16;

/** Notices a call of `read` gives at most about. */
const NOTICES_PER_READ = 4096;

/** What happened to a process. Threads are not heard of. */
export type ProcessNotice =
  | { readonly kind: "forked"; readonly parent: number; readonly child: number }
  | { readonly kind: "executed" | "renamed" | "exited"; readonly pid: number };

/** The process connector. */
export interface ProcessWatch extends Disposable {
  readonly descriptor: number;
  /** Notices queued since the last call, without blocking; `"overrun"` where some were lost. */
  read(): readonly ProcessNotice[] | "overrun";
}

/**
 * Hears from the moment it is opened, so that a look at all processes taken afterwards misses nothing.
 *
 * @throws {OsError} where the kernel refuses: ECONNREFUSED in another network namespace, EPERM without the right,
 * EOPNOTSUPP where it does not answer, as in another process or user namespace
 */
export function openProcessWatch(libc: Libc, wish: BufferWish | null = null): ProcessWatch {
  const monitor = new NetlinkMonitor(libc, C.NETLINK_CONNECTOR, [C.CN_IDX_PROC], PROCESSES, wish);
  try {
    listen(libc, monitor);
  } catch (error) {
    monitor[Symbol.dispose]();
    throw error;
  }
  return {
    descriptor: monitor.descriptor,
    read() {
      const notices: ProcessNotice[] = [];
      while (notices.length < NOTICES_PER_READ) {
        const messages = monitor.read();
        if (messages === "overrun") return "overrun";
        if (messages === null) break;
        for (const message of messages) {
          const notice = noticeOf(message);
          if (notice !== null) notices.push(notice);
        }
      }
      return notices;
    },
    [Symbol.dispose]: () => monitor[Symbol.dispose](),
  };
}

/** Asks for events. The kernel's answer is there when the call is over; where none is, it did not care. */
function listen(libc: Libc, monitor: NetlinkMonitor): void {
  const request = listenRequest();
  const kernel = netlinkSocketAddress();
  const { symbols } = libc;
  const length = BigInt(request.length);
  if (symbols.sendto(monitor.descriptor, request, length, 0, kernel, kernel.length) < 0) {
    throw new OsError("Cannot hear of processes", "", libc.errno());
  }
  for (let messages = monitor.read(); messages !== null; messages = monitor.read()) {
    if (messages === "overrun") continue;
    for (const { payload } of messages) {
      if (whatOf(payload) !== C.PROC_EVENT_NONE) continue;
      const errno = Math.abs(viewOf(payload).getInt32(CN_MSG.size + PROC_EVENT.data, true));
      if (errno !== 0) throw new OsError("Cannot hear of processes", "", errno);
      return;
    }
  }
  throw new OsError("Cannot hear of processes", "", ERRNO.EOPNOTSUPP);
}

function listenRequest(): Uint8Array<ArrayBuffer> {
  const length = HEADER + CN_MSG.size + 4;
  const octets = pinnedBytes(length);
  const view = new DataView(octets.buffer);
  view.setUint32(0, length, true);
  view.setUint16(4, NLMSG_DONE, true);
  view.setUint32(HEADER + CN_MSG.index, C.CN_IDX_PROC, true);
  view.setUint32(HEADER + CN_MSG.value, C.CN_VAL_PROC, true);
  view.setUint16(HEADER + CN_MSG.length, 4, true);
  view.setUint32(HEADER + CN_MSG.size, C.PROC_CN_MCAST_LISTEN, true);
  return octets;
}

/** Connector messages are of this type. */
const NLMSG_DONE = 3;

function noticeOf({ payload }: NetlinkMessage): ProcessNotice | null {
  const view = viewOf(payload);
  const data = CN_MSG.size + PROC_EVENT.data;
  if (payload.length < data + 16) return null;
  // Of the two numbers the second one is the process, the first one its thread.
  const process = view.getInt32(data + 4, true);
  switch (whatOf(payload)) {
    case C.PROC_EVENT_FORK:
      return { kind: "forked", parent: process, child: view.getInt32(data + 12, true) };
    case C.PROC_EVENT_EXEC:
      return { kind: "executed", pid: process };
    case C.PROC_EVENT_COMM:
      return { kind: "renamed", pid: process };
    case C.PROC_EVENT_EXIT:
      return { kind: "exited", pid: process };
    default:
      return null;
  }
}

function whatOf(payload: Uint8Array): number {
  return payload.length < CN_MSG.size + 4
    ? -1
    : viewOf(payload).getUint32(CN_MSG.size + PROC_EVENT.what, true);
}

function viewOf(octets: Uint8Array): DataView {
  return new DataView(octets.buffer, octets.byteOffset, octets.length);
}

const WHAT = HEADER + CN_MSG.size + PROC_EVENT.what;
const DATA = HEADER + CN_MSG.size + PROC_EVENT.data;

/**
 * Lets beginnings, programs, names and ends of processes pass, and the kernel's answer. What happens to threads stays
 * outside, so that a program that makes thousands of them costs us nothing: of a new process the last two numbers are
 * the same, of one that ends or changes its name the first two. BPF reads in network order.
 */
const PROCESSES: readonly BpfInstruction[] = [
  load(WHAT),
  equals(C.PROC_EVENT_NONE, 12, 0),
  equals(C.PROC_EVENT_EXEC, 11, 0),
  equals(C.PROC_EVENT_FORK, 6, 0),
  equals(C.PROC_EVENT_EXIT, 1, 0),
  equals(C.PROC_EVENT_COMM, 0, 9),
  load(DATA),
  { code: C.BPF_MISC | C.BPF_TAX, k: 0, jumpTrue: 0, jumpFalse: 0 },
  load(DATA + 4),
  { code: C.BPF_JMP | C.BPF_JEQ | C.BPF_X, k: 0, jumpTrue: 4, jumpFalse: 5 },
  load(DATA + 8),
  { code: C.BPF_MISC | C.BPF_TAX, k: 0, jumpTrue: 0, jumpFalse: 0 },
  load(DATA + 12),
  { code: C.BPF_JMP | C.BPF_JEQ | C.BPF_X, k: 0, jumpTrue: 0, jumpFalse: 1 },
  { code: C.BPF_RET, k: -1, jumpTrue: 0, jumpFalse: 0 },
  { code: C.BPF_RET, k: 0, jumpTrue: 0, jumpFalse: 0 },
];

function load(at: number): BpfInstruction {
  return { code: C.BPF_LD | C.BPF_W | C.BPF_ABS, k: at, jumpTrue: 0, jumpFalse: 0 };
}

function equals(value: number, jumpTrue: number, jumpFalse: number): BpfInstruction {
  const swapped = new DataView(new ArrayBuffer(4));
  swapped.setUint32(0, value, true);
  return { code: C.BPF_JMP | C.BPF_JEQ | C.BPF_K, k: swapped.getInt32(0), jumpTrue, jumpFalse };
}
