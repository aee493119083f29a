/**
 * The program as its users run it: a process with arguments, what it prints and how it ends.
 */
import { join } from "node:path";

/** The root of this repository. */
const ROOT = join(import.meta.dirname!, "..", "..");

/** The words that run `ha` from the sources. */
const HA: readonly string[] = [
  Deno.execPath(),
  "run",
  "--no-check",
  "--no-prompt",
  "--allow-all",
  join(ROOT, "mod.ts"),
];

/** What a run came to. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** ms after which a run that should have ended is killed. */
const LIMIT = 30_000;

/** Runs one command to its end; `prefix` stands before it, as `ip netns exec NAME` does. */
export async function ha(args: readonly string[], prefix: readonly string[] = []): Promise<Ended> {
  const [file, ...rest] = [...prefix, ...HA, ...args];
  const child = new Deno.Command(file!, { args: rest, stdin: "null", stdout: "piped", stderr: "piped" })
    .spawn();
  const timer = setTimeout(() => child.kill("SIGKILL"), LIMIT);
  const { code, stdout, stderr } = await child.output();
  clearTimeout(timer);
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}
