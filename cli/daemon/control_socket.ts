/**
 * The control socket: how `ha status`, `ha reload` and `ha stop` reach a running daemon. Root only.
 */
import { EXIT, reasonOf, Refusal } from "../exit_codes.ts";
import { type ControlRequest, type ControlResponse, readLine, writeLine } from "./control_protocol.ts";

/** Answers a request; what it throws becomes the answer's error. */
export type ControlHandler = (request: ControlRequest) => Promise<unknown>;

/** ms for a client to say what it wants: one that says nothing must not hold a descriptor for ever. */
const PATIENCE = 5000;

/** ms of rest after the kernel refused a connection (EMFILE): its cause does not go away at once. */
const REST = 100;

/** A listening control socket. */
export class ControlSocket implements Disposable {
  readonly #listener: Deno.Listener<Deno.UnixConn>;
  #closed = false;

  /**
   * Binds the socket; nobody is answered before `serve`.
   *
   * @throws {Refusal} where the path cannot be bound
   */
  constructor(path: string) {
    // The socket is born with its mode: there is no moment at which others could connect.
    const before = Deno.umask(0o177);
    try {
      this.#listener = Deno.listen({ transport: "unix", path });
    } catch (error) {
      throw new Refusal(`Cannot listen on control socket "${path}": ${reasonOf(error)}`, EXIT.fatal);
    } finally {
      Deno.umask(before);
    }
  }

  /** Answers one request a connection until disposed. */
  async serve(handler: ControlHandler): Promise<void> {
    while (!this.#closed) {
      try {
        const connection = await this.#listener.accept();
        answer(connection, handler).catch(() => {
          // The client went away before its answer: nobody is left to be told.
        });
      } catch {
        if (!this.#closed) await new Promise((resolve) => setTimeout(resolve, REST));
      }
    }
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#listener.close();
  }
}

async function answer(connection: Deno.Conn, handler: ControlHandler): Promise<void> {
  const timer = setTimeout(() => connection.close(), PATIENCE);
  using _ = { [Symbol.dispose]: () => closeQuietly(connection) };
  const line = await readLine(connection).finally(() => clearTimeout(timer));
  if (line === null) return;
  await writeLine(connection, await respond(line, handler));
}

async function respond(line: string, handler: ControlHandler): Promise<ControlResponse> {
  try {
    return { ok: true, result: await handler(JSON.parse(line) as ControlRequest) ?? null };
  } catch (error) {
    return { ok: false, error: reasonOf(error) };
  }
}

function closeQuietly(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // Closed by the timer or by the client.
  }
}
