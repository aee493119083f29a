/**
 * The first way to build the binary: `deno compile`. It needs Deno's `denort` base, which it downloads once.
 */
import { join } from "node:path";

/** s to find out whether the base can be had. */
const PROBE_TIMEOUT = 5;
/** s for the download and the build. */
const COMPILE_TIMEOUT = 300;

/** Compiles `main` (with the other modules beside it) into `output`; answers why not, or null where it is done. */
export async function compileNatively(
  main: string,
  others: readonly string[],
  flags: readonly string[],
  output: string,
): Promise<string | null> {
  const obstacle = await whyNoBase();
  if (obstacle) return obstacle;
  const includes = others.flatMap((path) => ["--include", path]);
  const args = ["compile", "--quiet", "--no-check", ...flags, ...includes, "--output", output, main];
  const complaint = await complaintOf(Deno.execPath(), args, COMPILE_TIMEOUT);
  return complaint ?? await complaintOf(output, ["--version"], 30);
}

/** Runs a command; null where it succeeds in time. */
async function complaintOf(
  command: string,
  args: readonly string[],
  timeout: number,
): Promise<string | null> {
  const signal = AbortSignal.timeout(timeout * 1000);
  const result = await new Deno.Command(command, {
    args: [...args],
    stdout: "null",
    stderr: "piped",
    env: { NO_COLOR: "1" },
    signal,
  }).output();
  if (result.success) return null;
  if (signal.aborted) return `not done after ${timeout} s`;
  return firstError(new TextDecoder().decode(result.stderr));
}

/** The line that tells most: the innermost cause of Deno's error. */
function firstError(text: string): string {
  const lines = text.split("\n").map((line) => line.trim());
  const cause = lines.find((line) => /^\d+: error |^1: /.test(line)) ??
    lines.find((line) => line.startsWith("error"));
  return (cause ?? lines[0] ?? "no reason given").replace(/^(\d+|error): /, "");
}

/** Why the base cannot be had, or null where it is named, cached or can be reached. */
async function whyNoBase(): Promise<string | null> {
  if (Deno.env.get("DENORT_BIN")) return null;
  const path = `release/v${Deno.version.deno}/denort-${Deno.build.target}.zip`;
  if (await isCached(path)) return null;
  const url = `https://dl.deno.land/${path}`;
  try {
    const response = await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(PROBE_TIMEOUT * 1000) });
    await response.body?.cancel();
    return response.ok ? null : `${url} answers ${response.status}`;
  } catch (error) {
    return error instanceof DOMException ? `${url} does not answer` : `${url} cannot be reached`;
  }
}

async function isCached(path: string): Promise<boolean> {
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"], stderr: "null" }).output();
  const { denoDir } = JSON.parse(new TextDecoder().decode(info.stdout));
  try {
    return (await Deno.stat(join(denoDir, "dl", path))).isFile;
  } catch {
    return false;
  }
}
