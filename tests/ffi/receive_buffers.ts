/**
 * The receive buffers of another process's sockets: each is duplicated into this process (pidfd_getfd(2)) and asked.
 */

const SYMBOLS = {
  syscall: { parameters: ["i64", "i64", "i64", "i64"], result: "i64" },
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
} as const;

/** The same on x86-64 and arm64. */
const SYS_PIDFD_OPEN = 434n;
const SYS_PIDFD_GETFD = 438n;
const SOL_SOCKET = 1;
const SO_RCVBUF = 8;
const SO_PROTOCOL = 38;
const SO_DOMAIN = 39;

/** A socket; the buffer is twice what was asked for, as socket(7) says. */
export interface SocketFacts {
  readonly domain: number;
  readonly protocol: number;
  readonly receiveBuffer: number;
}

/** The sockets of a process, in the order of their descriptors. */
export function socketsOf(pid: number): SocketFacts[] {
  using library = opened();
  const { symbols } = library;
  const process = Number(symbols.syscall(SYS_PIDFD_OPEN, BigInt(pid), 0n, 0n));
  try {
    const descriptors = [...Deno.readDirSync(`/proc/${pid}/fd`)].map(({ name }) => Number(name));
    return descriptors.sort((a, b) => a - b).flatMap((descriptor) => {
      if (!isSocket(pid, descriptor)) return [];
      const own = Number(symbols.syscall(SYS_PIDFD_GETFD, BigInt(process), BigInt(descriptor), 0n));
      if (own < 0) return [];
      const option = (name: number) => {
        const value = new Int32Array(1);
        symbols.getsockopt(own, SOL_SOCKET, name, value, new Uint32Array([4]));
        return value[0]!;
      };
      const facts = {
        domain: option(SO_DOMAIN),
        protocol: option(SO_PROTOCOL),
        receiveBuffer: option(SO_RCVBUF),
      };
      symbols.close(own);
      return [facts];
    });
  } finally {
    symbols.close(process);
  }
}

function opened() {
  const library = Deno.dlopen("libc.so.6", SYMBOLS);
  return { symbols: library.symbols, [Symbol.dispose]: () => library.close() };
}

function isSocket(pid: number, descriptor: number): boolean {
  try {
    return Deno.readLinkSync(`/proc/${pid}/fd/${descriptor}`).startsWith("socket:");
  } catch {
    return false;
  }
}
