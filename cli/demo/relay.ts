/**
 * Lets the host's browser reach a page inside a namespace: a listener on the host's loopback, whose other end is opened
 * in the namespace. No interface, address or rule of the host is touched.
 */
import { openLibc } from "../../ffi/libc.ts";
import { enterNetworkNamespace } from "../../ffi/netns.ts";

/** Ports that are tried, in order. */
const FIRST_PORT = 9651;
const PORTS = 100;

/** Opens connections inside namespaces; it changes this thread's namespace for one at a time. */
export class NamespaceDoor {
  #turn: Promise<unknown> = Promise.resolve();

  /** Connects to 127.0.0.1 in a namespace; the thread is back at home before anybody else has a turn. */
  connect(namespace: string, port: number): Promise<Deno.TcpConn> {
    const connection = this.#turn.then(async () => {
      using libc = openLibc();
      using _inside = enterNetworkNamespace(libc, namespace);
      return await Deno.connect({ hostname: "127.0.0.1", port });
    });
    this.#turn = connection.catch(() => {});
    return connection;
  }
}

/** A listener on 127.0.0.1. */
export class Relay implements Disposable {
  readonly #listener: Deno.TcpListener;

  /** `port` is where the page is in the namespace, on 127.0.0.1 there. */
  constructor(door: NamespaceDoor, namespace: string, port: number) {
    this.#listener = listenSomewhere();
    this.#serve(() => door.connect(namespace, port)).catch(() => {
      // Closed: there is nobody left to serve.
    });
  }

  /** What to type into the browser. */
  get url(): string {
    return `http://127.0.0.1:${this.#listener.addr.port}/`;
  }

  [Symbol.dispose](): void {
    this.#listener.close();
  }

  async #serve(connect: () => Promise<Deno.TcpConn>): Promise<void> {
    for await (const visitor of this.#listener) {
      passOn(visitor, connect).catch(() => {
        // The page is gone (its node is down) or the visitor is: both just see the connection end.
      });
    }
  }
}

function listenSomewhere(): Deno.TcpListener {
  for (let port = FIRST_PORT; port < FIRST_PORT + PORTS; port++) {
    try {
      return Deno.listen({ hostname: "127.0.0.1", port });
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  return Deno.listen({ hostname: "127.0.0.1", port: 0 });
}

async function passOn(visitor: Deno.TcpConn, connect: () => Promise<Deno.TcpConn>): Promise<void> {
  using _visitor = visitor;
  using page = await connect();
  await Promise.race([
    visitor.readable.pipeTo(page.writable, { preventClose: true }),
    page.readable.pipeTo(visitor.writable),
  ]);
}
