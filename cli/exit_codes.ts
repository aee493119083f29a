/**
 * How the program ends: exit codes, and the error that carries one to the command line.
 */

/** Exit codes; those that keepalived has too carry its numbers. */
export const EXIT = {
  ok: 0,
  /** The daemon cannot run: another one does, a port is in use, the kernel refused. */
  fatal: 1,
  /** A bad option or argument. */
  usage: 2,
  /** The configuration cannot be run. */
  configuration: 2,
  /** A capability or a file permission is missing. */
  permission: 4,
  /** There is no configuration file. */
  noConfiguration: 6,
  /** Nobody reads the output any more; as after SIGPIPE. */
  pipe: 141,
  /** A defect of our own: the engine thread died. */
  software: 70,
} as const;

/**
 * An expected reason for not going on, worded for the operator in one line.
 *
 * Only start-up and the commands throw it, and only `cli/main.ts` catches it; a running daemon never does.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** @param exitCode one of {@linkcode EXIT} */
  constructor(message: string, readonly exitCode: number) {
    super(message);
  }
}

/** The text of anything thrown, in one line. */
export function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0]!;
}
