/**
 * tcpdump as the decoder that we did not write.
 */
import type { TestHost } from "./host_pair.ts";

const START_LINE = "listening on";

/** A running capture. */
export interface Capture {
  /**
   * Waits until a packet's text matches, and gives all the text so far, one element a packet.
   *
   * @throws {Error} with what was captured, where it does not come in time
   */
  until(pattern: RegExp, ms: number): Promise<string[]>;
  stop(): Promise<void>;
}

/** Starts tcpdump on a host's interface; resolves when it listens. */
export async function startCapture(host: TestHost, filter: string): Promise<Capture> {
  // A short snapshot makes room for many packets in the capture's buffer.
  const options = ["-i", host.interface, "-nnvv", "-e", "-l", "--immediate-mode", "-s", "256", filter];
  const args = ["netns", "exec", host.namespace, "tcpdump", ...options];
  const process = new Deno.Command("ip", { args, stdout: "piped", stderr: "piped" }).spawn();
  await readUntil(process.stderr.getReader(), (text) => text.includes(START_LINE), 5000);
  const output = process.stdout.getReader();
  let text = "";
  return {
    async until(pattern, ms) {
      text += await readUntil(output, (more) => pattern.test(text + more), ms);
      if (!pattern.test(text)) throw new Error(`Cannot find ${pattern} in what tcpdump printed:\n${text}`);
      return packetsOf(text);
    },
    async stop() {
      process.kill("SIGTERM");
      await output.cancel();
      await process.status;
    },
  };
}

/** Lines that begin with blanks belong to the packet above them. */
function packetsOf(text: string): string[] {
  return text.trim().split(/\n(?=\S)/);
}

async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  enough: (text: string) => boolean,
  ms: number,
): Promise<string> {
  const decoder = new TextDecoder();
  const end = Date.now() + ms;
  let text = "";
  while (!enough(text)) {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const timeout = new Promise<null>((resolve) => timer = setTimeout(() => resolve(null), end - Date.now()));
    const result = await Promise.race([reader.read(), timeout]);
    clearTimeout(timer);
    if (result === null || result.done) break;
    text += decoder.decode(result.value, { stream: true });
  }
  return text;
}
