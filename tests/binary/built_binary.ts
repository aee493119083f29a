/**
 * `dist/ha` with a home and a cache directory of its own.
 */
import { fileURLToPath } from "node:url";

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
  /** Starts it. */
  spawn(args: readonly string[]): Deno.ChildProcess;
}

const BINARY = fileURLToPath(new URL("../../dist/ha", import.meta.url));

/** Longest run, ms; the first one unpacks. */
const TIMEOUT = 30_000;

/** Lends the binary to a test. The cache is shared by the tests of one process, which saves unpacking it again. */
export async function withBinary(use: (binary: BuiltBinary) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "ha-home-" });
  const cache = `${home}.cache`;
  const options = (args: readonly string[]) => ({
    args: [...args],
    env: { HOME: home, HA_CACHE_DIR: cache, NO_COLOR: "1" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  } as const);
  const decode = (octets: Uint8Array) => new TextDecoder().decode(octets);
  try {
    await use({
      home,
      async run(args) {
        const signal = AbortSignal.timeout(TIMEOUT);
        const { code, stdout, stderr } = await new Deno.Command(BINARY, { ...options(args), signal })
          .output();
        return { code, stdout: decode(stdout), stderr: decode(stderr) };
      },
      spawn: (args) => new Deno.Command(BINARY, options(args)).spawn(),
    });
  } finally {
    await Deno.remove(home, { recursive: true });
    await Deno.remove(cache, { recursive: true }).catch(() => {});
  }
}
