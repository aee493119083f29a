/**
 * Packet sockets (packet(7)): whole Ethernet frames of one interface, sent as they are and read with the kernel's own
 * time stamps. For tests and benchmarks, which play the other routers of a LAN with them.
 */
import { C } from "./constants.ts";
import { Descriptor } from "./descriptor.ts";
import { ERRNO, OsError } from "./errno.ts";
import { CMSGHDR, EPOLL_EVENT, TIMESPEC } from "./layout.ts";
import { type Libc, pinnedBytes } from "./libc.ts";
import { linkSocketAddress, ReceiveBatch, Socket } from "./socket.ts";

// linux/if_ether.h, asm-generic/socket.h and linux/if_packet.h
const ETH_P_ALL = 0x0003;
const SO_TIMESTAMPNS = 35;
const SOL_PACKET = 263;
const PACKET_QDISC_BYPASS = 20;
const PACKET_IGNORE_OUTGOING = 23;

/** Longest frame that is kept whole; multiple of 8. */
const FRAME_LENGTH = 2048;
const FRAMES_PER_READ = 64;
const RECEIVE_BUFFER = 8 << 20;
const NO_MAC = "00:00:00:00:00:00";

/** A frame as it came in. */
export interface CapturedFrame {
  /** ms since the Unix epoch with fractions, when the kernel received it */
  readonly at: number;
  readonly octets: Uint8Array<ArrayBuffer>;
}

/** All that goes over one interface. */
export interface PacketSocket extends Disposable {
  readonly descriptor: number;
  /**
   * Sends one frame, headers included, past the queueing discipline.
   *
   * @throws {OsError} ENETDOWN while the interface is down, ENOBUFS while the other end of a veth is
   */
  send(frame: Uint8Array<ArrayBuffer>): void;
  /** The frames that came in since the last call, without waiting; what this host sends is not among them. */
  receive(): CapturedFrame[];
}

/**
 * Opens a packet socket on an interface of the thread's network namespace.
 *
 * @throws {OsError} EPERM without CAP_NET_RAW
 */
export function openPacketSocket(libc: Libc, interfaceIndex: number): PacketSocket {
  const address = linkSocketAddress(interfaceIndex, ETH_P_ALL, NO_MAC);
  // Protocol 0 hears nothing: a socket opened with ETH_P_ALL hears every interface until it is bound.
  const socket = new Socket(libc, C.AF_PACKET, C.SOCK_RAW | C.SOCK_NONBLOCK, 0, "packet socket");
  try {
    socket.setReceiveBuffer(RECEIVE_BUFFER);
    socket.set(C.SOL_SOCKET, SO_TIMESTAMPNS, 1, "ask for time stamps");
    socket.set(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1, "leave out what this host sends");
    socket.trySet(SOL_PACKET, PACKET_QDISC_BYPASS, 1);
    socket.bind(address, `interface ${interfaceIndex}`);
  } catch (error) {
    socket[Symbol.dispose]();
    throw error;
  }
  return new KernelPacketSocket(libc, socket, address);
}

class KernelPacketSocket implements PacketSocket {
  readonly #libc: Libc;
  readonly #socket: Socket;
  readonly #address: Uint8Array<ArrayBuffer>;
  readonly #batch: ReceiveBatch;

  constructor(libc: Libc, socket: Socket, address: Uint8Array<ArrayBuffer>) {
    this.#libc = libc;
    this.#socket = socket;
    this.#address = address;
    this.#batch = new ReceiveBatch(libc, {
      slots: FRAMES_PER_READ,
      packetLength: FRAME_LENGTH,
      controlLength: 64,
    });
  }

  get descriptor(): number {
    return this.#socket.descriptor;
  }

  send(frame: Uint8Array<ArrayBuffer>): void {
    const { symbols } = this.#libc;
    const length = BigInt(frame.length);
    const sent = symbols.sendto(this.descriptor, frame, length, 0, this.#address, this.#address.length);
    if (sent < 0) throw new OsError("Cannot send frame of length", `${frame.length}`, this.#libc.errno());
  }

  receive(): CapturedFrame[] {
    const frames: CapturedFrame[] = [];
    while (true) {
      const count = this.#batch.receive(this.descriptor, FRAMES_PER_READ);
      for (let slot = 0; slot < count; slot++) {
        frames.push({ at: timeStamp(this.#batch.control(slot)), octets: this.#batch.packet(slot).slice() });
      }
      if (count < FRAMES_PER_READ) return frames;
    }
  }

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }
}

/** ms since the Unix epoch of the SO_TIMESTAMPNS control message, the only one that is asked for. */
function timeStamp(control: Uint8Array): number {
  if (control.length < CMSGHDR.data + TIMESPEC.size) return NaN;
  const view = new DataView(control.buffer, control.byteOffset + CMSGHDR.data, TIMESPEC.size);
  const seconds = Number(view.getBigInt64(TIMESPEC.seconds, true));
  return seconds * 1000 + Number(view.getBigInt64(TIMESPEC.nanoseconds, true)) / 1e6;
}

const WAITING = {
  epoll_wait: { parameters: ["i32", "buffer", "i32", "i32"], result: "i32", nonblocking: true },
} as const satisfies Deno.ForeignLibraryInterface;

const EVENTS_PER_WAIT = 64;

/** A set of descriptors that an asynchronous program waits for: the wait is on a thread of its own. */
export interface Waiter extends Disposable {
  add(descriptor: number): void;
  remove(descriptor: number): void;
  /** The descriptors that can be read; empty after `timeout` ms. */
  wait(timeout: number): Promise<readonly number[]>;
}

/**
 * Opens an empty set.
 *
 * @throws {OsError} EMFILE, ENFILE or ENOMEM
 */
export function openWaiter(libc: Libc): Waiter {
  const library = Deno.dlopen("libc.so.6", WAITING);
  const set = Descriptor.from(libc, libc.symbols.epoll_create1(C.EPOLL_CLOEXEC), "Cannot create epoll set");
  const event = pinnedBytes(EPOLL_EVENT.size);
  const events = pinnedBytes(EPOLL_EVENT.size * EVENTS_PER_WAIT);
  const view = new DataView(events.buffer);
  const control = (operation: number, descriptor: number) => {
    const fields = new DataView(event.buffer);
    fields.setUint32(EPOLL_EVENT.events, C.EPOLLIN, true);
    fields.setInt32(EPOLL_EVENT.data, descriptor, true);
    return libc.symbols.epoll_ctl(set.number, operation, descriptor, event);
  };
  return {
    add(descriptor) {
      if (control(C.EPOLL_CTL_ADD, descriptor) < 0) {
        throw new OsError("Cannot watch descriptor", `${descriptor}`, libc.errno());
      }
    },
    remove: (descriptor) => void control(C.EPOLL_CTL_DEL, descriptor),
    async wait(timeout) {
      const count = await library.symbols.epoll_wait(set.number, events, EVENTS_PER_WAIT, timeout);
      // The call was made on another thread, whose errno nobody can read; only EINTR can be the reason.
      return Array.from(
        { length: Math.max(0, count) },
        (_, i) => view.getInt32(i * EPOLL_EVENT.size + EPOLL_EVENT.data, true),
      );
    },
    [Symbol.dispose]() {
      set[Symbol.dispose]();
      library.close();
    },
  };
}

/** Whether an error of `send` only says that the frame got lost: the interface is down, on this side or on the other. */
export function isLostFrame(error: unknown): boolean {
  return error instanceof OsError && LOST.includes(error.errno);
}

const LOST: readonly number[] = [ERRNO.ENETDOWN, ERRNO.ENODEV, ERRNO.ENOBUFS];
