/** The daemons that the lab can run as a node: how each is started, and what it answers to. */
import { join } from "node:path";
import { must } from "../../cli/demo/command.ts";

/** A program that reads keepalived.conf and speaks VRRP. */
export type DaemonKind = "ha" | "keepalived";

/** What a daemon is given to run with; all paths are private to it. */
export interface DaemonPaths {
  readonly config: string;
  readonly directory: string;
  /** `ADDR:PORT` of the status page, for `ha`; null for none. */
  readonly web: string | null;
  /** Further arguments. */
  readonly arguments: readonly string[];
}

/** The root of this repository. */
export const REPOSITORY = join(import.meta.dirname!, "..", "..");

/**
 * The words that run `ha`: the binary that HA names, or the sources with this very Deno.
 */
export function haCommand(): string[] {
  const binary = Deno.env.get("HA");
  if (binary !== undefined && binary !== "") return binary.split(" ");
  return [Deno.execPath(), "run", "--no-prompt", "-A", join(REPOSITORY, "mod.ts")];
}

/** The command line of a daemon in the foreground with its log on stdout or stderr. */
export function daemonCommand(kind: DaemonKind, paths: DaemonPaths): string[] {
  switch (kind) {
    case "ha":
      return [
        ...haCommand(),
        "start",
        "--config",
        paths.config,
        "--run-dir",
        join(paths.directory, "run"),
        "--log-level",
        "detail",
        ...(paths.web === null ? ["--no-web"] : ["--web", paths.web]),
        ...paths.arguments,
      ];
    case "keepalived":
      // -G: without a syslog socket every line would go to the console, at milliseconds each.
      return [
        "keepalived",
        "--dont-fork",
        "--log-console",
        "--log-detail",
        "--no-syslog",
        ...subsystems(paths),
        "--use-file",
        paths.config,
        "--pid",
        join(paths.directory, "keepalived.pid"),
        "--vrrp_pid",
        join(paths.directory, "vrrp.pid"),
        ...paths.arguments,
      ];
    default:
      return kind satisfies never;
  }
}

/** VRRP alone, unless the configuration asks for BFD, which then needs all of keepalived's processes. */
function subsystems({ config, directory }: DaemonPaths): string[] {
  if (!/^bfd_instance /m.test(Deno.readTextFileSync(config))) return ["--vrrp"];
  const pid = (name: string) => [`--${name}_pid`, join(directory, `${name}.pid`)];
  return [...pid("bfd"), ...pid("checkers")];
}

let cached: Promise<unknown> | null = null;

/**
 * Fetches the modules of `ha` once, outside of the namespaces, where there may be a network.
 */
export function prepare(kind: DaemonKind): Promise<unknown> {
  if (kind !== "ha" || Deno.env.get("HA")) return Promise.resolve();
  cached ??= must([Deno.execPath(), "cache", join(REPOSITORY, "mod.ts")], { timeout: 120_000 });
  return cached;
}
