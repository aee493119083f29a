/**
 * Options that several commands share, and how their values are read.
 */
import { Argument, InvalidArgumentError, Option } from "commander";
import { parseAddress } from "../../core/net/address.ts";
import type { WebAddress } from "../daemon/web_server.ts";

/** Where the daemon keeps its pid file and control socket unless told otherwise. */
const DEFAULT_RUN_DIR = "/run/ha";

/** `--run-dir DIR` */
export function runDirOption(): Option {
  return new Option("--run-dir <dir>", "directory of the pid file and the control socket")
    .argParser(named("directory"))
    .default(DEFAULT_RUN_DIR);
}

/** The argument `<file>` of the commands that look at a configuration. */
export function fileArgument(): Argument {
  return new Argument("<file>", "the configuration file").argParser(named("file"));
}

/**
 * The parser of a word that names something: as it is written.
 *
 * An empty one is a variable in somebody's script that is not set.
 */
export function named(what: "file" | "directory"): (text: string) => string {
  return (text) => {
    if (text === "") throw new InvalidArgumentError(`It must name a ${what}.`);
    return text;
  };
}

/**
 * Reads `ADDR:PORT`: `127.0.0.1:9650`, `[::1]:9650` or `localhost:9650`.
 *
 * @throws {InvalidArgumentError} for anything else
 */
export function parseWebAddress(text: string): WebAddress {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(0|[1-9][0-9]{0,4})$/.exec(text);
  const hostname = hostOf(match?.[1] ?? null, match?.[2] ?? null);
  const port = Number(match?.[3]);
  if (hostname === null || port > 65535) {
    throw new InvalidArgumentError(
      "It must be ADDR:PORT, such as 127.0.0.1:9650 or [::1]:9650, with a port up to 65535.",
    );
  }
  return { hostname, port };
}

function hostOf(bracketed: string | null, plain: string | null): string | null {
  if (bracketed !== null) return bracketed.includes(":") ? parseAddress(bracketed) : null;
  if (plain === null || plain === "localhost") return plain;
  return parseAddress(plain);
}
