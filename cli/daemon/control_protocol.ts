/**
 * The control socket's language: one line of JSON asks, one line of JSON answers.
 */

/** What can be asked of a running daemon. */
export type ControlRequest =
  | { readonly command: "status" }
  | { readonly command: "reload" }
  | { readonly command: "stop" }
  /** Test hook: keeps the main thread busy for `ms`. */
  | { readonly command: "debug.block"; readonly ms: number }
  /** Test hook: an exception and a rejection on the main thread that nobody catches. */
  | { readonly command: "debug.throw" }
  /** Test hook: ends the engine thread with an exception. */
  | { readonly command: "debug.crash" };

/** The answer to any of them. */
export type ControlResponse =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: string };

/** The result of `reload`. */
export interface ReloadAnswer {
  /** Everything that was said about the configuration. */
  readonly problems: readonly string[];
  /** Why the old configuration stays; null where the new one is in force. */
  readonly refusal: { readonly text: string; readonly exitCode: number } | null;
}

/** Octets that a request may have. */
const LONGEST_REQUEST = 65_536;

/** Reads one line from a connection: without its end, or null where the connection ended before. */
export async function readLine(connection: Deno.Conn, longest = LONGEST_REQUEST): Promise<string | null> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  while (text.length <= longest) {
    const length = await connection.read(buffer);
    if (length === null) return null;
    const piece = decoder.decode(buffer.subarray(0, length), { stream: true });
    const end = piece.indexOf("\n");
    if (end >= 0) return text + piece.slice(0, end);
    text += piece;
  }
  return null;
}

/** Writes one value as a line. */
export async function writeLine(connection: Deno.Conn, value: unknown): Promise<void> {
  const octets = new TextEncoder().encode(JSON.stringify(value) + "\n");
  for (let done = 0; done < octets.length;) done += await connection.write(octets.subarray(done));
}
