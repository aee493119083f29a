/** Running out of descriptors, for programs that are started with few of them (`ulimit -n`). */
import assert from "node:assert/strict";

/** Takes all that are left but some, until disposed. */
export function takeDescriptors({ leave }: { readonly leave: number }): Disposable {
  const taken: Deno.FsFile[] = [];
  try {
    for (;;) taken.push(Deno.openSync("/dev/null"));
  } catch {
    // That was the last one.
  }
  for (let i = 0; i < leave; i++) taken.pop()!.close();
  return {
    [Symbol.dispose]() {
      for (const file of taken) file.close();
    },
  };
}

/** Some turns of the loop, in which a server tries to accept. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** What a program of this folder prints that may have 80 descriptors. */
export async function withFewDescriptors(program: string, ...args: readonly string[]): Promise<string> {
  const path = `${import.meta.dirname}/${program}`;
  const { stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", 'ulimit -n 80; exec "$@"', "sh", Deno.execPath(), "run", "--allow-all", path, ...args],
    env: { NO_COLOR: "1" },
    signal: AbortSignal.timeout(60_000),
  }).output();
  const [heard, complaint] = [stdout, stderr].map((octets) => new TextDecoder().decode(octets));
  assert.equal(complaint, "");
  return heard!;
}
