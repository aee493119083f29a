/**
 * The control socket's language: one line of JSON asks, one line of JSON answers.
 */

/** What can be asked of a running daemon. */
export type ControlRequest =
  | { readonly command: "status" }
  | { readonly command: "reload" }
  | { readonly command: "stop" }
  /** Answered by the text that the signal of that kind writes. */
  | { readonly command: "dump"; readonly kind: "data" | "stats" | "json" }
  /** Masters hand over; `names` of instances or sync groups, null for all; `hold` in ms. */
  | {
    readonly command: "failover";
    readonly names: readonly string[] | null;
    readonly hold: number;
    readonly force: boolean;
  }
  /** What is kept out of service; null for all instances. */
  | {
    readonly command: "maintenance";
    readonly action: "on" | "off" | "status";
    readonly names: readonly string[] | null;
    readonly persist: boolean;
  }
  /** Test hook: keeps the main thread busy for `ms`. */
  | { readonly command: "debug.block"; readonly ms: number }
  /** Test hook: the engine thread does nothing for a while. */
  | { readonly command: "debug.stall"; readonly ms: number }
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

/** What became of one instance that was to hand over. */
export interface FailoverOutcome {
  readonly name: string;
  /** `returned`: nobody took over and it is master again; `left`: it is in FAULT; `open`: nothing has come of it yet. */
  readonly outcome: "handed_over" | "returned" | "left" | "open";
  /** The new master. */
  readonly to: string | null;
  readonly priority: number | null;
  /** It will preempt the new master after the hold. */
  readonly returns: boolean;
}

/** The result of `failover`. */
export interface FailoverAnswer {
  readonly instances: readonly FailoverOutcome[];
}

/** The result of `maintenance`. */
export interface MaintenanceAnswer {
  /** Whether anything is in maintenance. */
  readonly any: boolean;
  /** False where the engine has not answered since: the states below are older than the order. */
  readonly confirmed: boolean;
  readonly instances: readonly {
    readonly name: string;
    readonly state: string;
    readonly maintenance: boolean;
    /** The next daemon begins with it. */
    readonly persists: boolean;
  }[];
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
