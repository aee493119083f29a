/**
 * Servers that behave well, badly, or not at all; each on a port of its own of the loopback.
 */

/** What a server does with one connection. */
export type Behaviour = (connection: Deno.TcpConn) => Promise<void>;

/** A server. */
export class TestServer implements AsyncDisposable {
  readonly #listener: Deno.TcpListener;
  readonly #connections = new Set<Deno.TcpConn>();
  readonly #serving: Promise<void>;
  /** What clients sent, one text a connection, as far as the behaviour read it. */
  readonly heard: string[] = [];
  /** Where each connection came from. */
  readonly clients: string[] = [];
  readonly #visited = Promise.withResolvers<void>();

  constructor(behaviour: Behaviour) {
    this.#listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    this.#serving = this.#serve(behaviour);
  }

  get port(): number {
    return this.#listener.addr.port;
  }

  /** Resolves with the first connection, which is a moment after the client has it. */
  get visited(): Promise<void> {
    return this.#visited.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listener.close();
    for (const connection of this.#connections) close(connection);
    await this.#serving;
  }

  async #serve(behaviour: Behaviour): Promise<void> {
    const running: Promise<void>[] = [];
    for await (const connection of this.#listener) {
      this.clients.push(connection.remoteAddr.hostname);
      this.#visited.resolve();
      this.#connections.add(connection);
      running.push(
        behaviour(this.#recorded(connection)).catch(() => {}).finally(() => {
          close(connection);
          this.#connections.delete(connection);
        }),
      );
    }
    await Promise.all(running);
  }

  #recorded(connection: Deno.TcpConn): Deno.TcpConn {
    const index = this.heard.push("") - 1;
    return new Proxy(connection, {
      get: (target, name) => {
        const value = Reflect.get(target, name);
        if (name !== "read") return typeof value === "function" ? value.bind(target) : value;
        return async (buffer: Uint8Array) => {
          const length = await target.read(buffer);
          if (length !== null) this.heard[index] += new TextDecoder().decode(buffer.subarray(0, length));
          return length;
        };
      },
    });
  }
}

function close(connection: Deno.TcpConn): void {
  try {
    connection.close();
  } catch {
    // Closed already.
  }
}

const encoder = new TextEncoder();

/** Reads what comes first, then says something and hangs up. */
export function answers(text: string): Behaviour {
  return async (connection) => {
    await connection.read(new Uint8Array(4096));
    await write(connection, encoder.encode(text));
  };
}

/** Says the lines one by one, each before it listens. */
export function says(...lines: readonly string[]): Behaviour {
  return async (connection) => {
    for (const line of lines) {
      await write(connection, encoder.encode(line));
      await connection.read(new Uint8Array(4096));
    }
  };
}

/** Takes the connection and says nothing until the client hangs up. */
export const silent: Behaviour = async (connection) => {
  const buffer = new Uint8Array(4096);
  while (await connection.read(buffer) !== null);
};

/** Says a text, then the same octets for ever, `pause` ms apart. */
export function drips(text: string, drop: string, pause: number): Behaviour {
  return async (connection) => {
    await connection.read(new Uint8Array(4096));
    await write(connection, encoder.encode(text));
    const octets = encoder.encode(drop);
    for (;;) {
      await write(connection, octets);
      if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  };
}

async function write(connection: Deno.TcpConn, octets: Uint8Array): Promise<void> {
  for (let at = 0; at < octets.length;) at += await connection.write(octets.subarray(at));
}
