/**
 * The door before the web server: how many may come in, and how long they may stand there silently.
 *
 * The runtime's server takes as many connections as come and waits for ever for a request. Somebody who opens them by the
 * thousand would use up the descriptors of this process, and with them its scripts, checks and sockets.
 */

/** Connections at the same time; one more is closed at once. */
const CONNECTIONS = 256;

/** Of them from one address, so that one host cannot keep all others out. */
const CONNECTIONS_OF_ONE = 128;

/** ms that a connection may be silent in both directions. An open event stream says something every 5 s. */
const SILENCE = 60_000;

/** ms of rest after the kernel refused a connection (EMFILE): its cause does not go away at once. */
const REST = 100;

const BUFFER_LENGTH = 16_384;

/** The limits; tests set others. */
export interface GateLimits {
  readonly connections: number;
  /** Of them from one address. */
  readonly ofOne: number;
  /** ms */
  readonly silence: number;
}

/** Passes the octets of TCP connections on to a server behind a Unix socket, and back. */
export class WebGate {
  readonly #listener: Deno.TcpListener;
  readonly #behind: string;
  readonly #limits: GateLimits;
  readonly #open = new Set<Deno.TcpConn>();
  #closed = false;

  /**
   * @param behind path of the server's socket
   * @throws {Error} where the address cannot be bound
   */
  constructor(
    address: { readonly hostname: string; readonly port: number },
    behind: string,
    limits: GateLimits = { connections: CONNECTIONS, ofOne: CONNECTIONS_OF_ONE, silence: SILENCE },
  ) {
    this.#listener = Deno.listen({ ...address });
    this.#behind = behind;
    this.#limits = limits;
    this.#accept();
  }

  /** Where it listens. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Takes nobody in any more and closes what is open. */
  close(): void {
    this.#closed = true;
    this.#listener.close();
    for (const connection of this.#open) shut(connection);
  }

  async #accept(): Promise<void> {
    while (!this.#closed) {
      try {
        const connection = await this.#listener.accept();
        if (this.#hasRoomFor(connection)) this.#pass(connection);
        else shut(connection);
      } catch {
        if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, REST));
      }
    }
  }

  #hasRoomFor({ remoteAddr: { hostname } }: Deno.TcpConn): boolean {
    if (this.#open.size >= this.#limits.connections) return false;
    let ofOne = 0;
    for (const { remoteAddr } of this.#open) if (remoteAddr.hostname === hostname) ofOne++;
    return ofOne < this.#limits.ofOne;
  }

  /** Never rejects: whatever happens to a connection is its end. */
  async #pass(outside: Deno.TcpConn): Promise<void> {
    this.#open.add(outside);
    let inside: Deno.UnixConn | null = null;
    const end = () => {
      shut(outside);
      if (inside !== null) shut(inside);
    };
    let timer = setTimeout(end, this.#limits.silence);
    const stir = () => {
      clearTimeout(timer);
      timer = setTimeout(end, this.#limits.silence);
    };
    try {
      inside = await Deno.connect({ transport: "unix", path: this.#behind });
      const asked = copy(outside, inside, stir).then(() => inside!.closeWrite()).catch(() => {});
      await copy(inside, outside, stir);
      end();
      await asked;
    } catch {
      // The reader left, or the server did.
    } finally {
      clearTimeout(timer);
      end();
      this.#open.delete(outside);
    }
  }
}

async function copy(from: Deno.Conn, to: Deno.Conn, stir: () => void): Promise<void> {
  const buffer = new Uint8Array(BUFFER_LENGTH);
  for (;;) {
    const length = await from.read(buffer);
    if (length === null) return;
    stir();
    for (let at = 0; at < length;) at += await to.write(buffer.subarray(at, length));
  }
}

function shut(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // It is closed.
  }
}
