/**
 * `dist/ha` with a home directory of its own.
 */
import { fileURLToPath } from "node:url";
import { cacheDirectory } from "../runner/cache_dir.ts";

/** How a run of the binary ended. */
export interface RunResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The binary as a test sees it. */
export interface BuiltBinary {
  /** An empty directory that the binary takes for the user's home. */
  readonly home: string;
  /** Runs it to its end, 30 s at most. */
  run(args: readonly string[]): Promise<RunResult>;
}

/** Where the task compile puts it. */
export const BINARY = fileURLToPath(new URL("../../dist/ha", import.meta.url));

/** Longest run, ms; the first one unpacks. */
const TIMEOUT = 30_000;

/** Environment of the binary: it unpacks into the tests' cache, so that only the first of all runs has to. */
export function binaryEnvironment(home: string): Record<string, string> {
  return { HOME: home, HA_CACHE_DIR: cacheDirectory("binary"), NO_COLOR: "1" };
}

/** Lends the binary to a test. */
export async function withBinary(use: (binary: BuiltBinary) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "ha-home-" });
  const decode = (octets: Uint8Array) => new TextDecoder().decode(octets);
  const run = async (args: readonly string[]) => {
    const { code, stdout, stderr } = await new Deno.Command(BINARY, {
      args: [...args],
      env: binaryEnvironment(home),
      stdin: "null",
      signal: AbortSignal.timeout(TIMEOUT),
    }).output();
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  };
  try {
    await use({ home, run });
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
