/**
 * Why a test cannot run here, so that a skip says its reason.
 */

/** What a test needs from the machine. */
export interface Needs {
  /** User id 0. */
  readonly root?: boolean;
  /** Programs that must be on PATH. */
  readonly commands?: readonly string[];
  /** Network namespaces can be made with `ip netns`; implies root and the command `ip`. */
  readonly netns?: boolean;
}

/** The first need that is not met, as a sentence without full stop, or null where the test can run. */
export function skipReason(needs: Needs): string | null {
  if ((needs.root || needs.netns) && Deno.uid() !== 0) return "needs root";
  const commands = [...(needs.commands ?? []), ...(needs.netns ? ["ip"] : [])];
  const missing = commands.find((command) => !isOnPath(command));
  if (missing !== undefined) return `needs the command ${missing}`;
  return needs.netns ? namespaceRefusal() : null;
}

/**
 * The options of a `Deno.test` that runs only where its needs are met; a skip prints its reason.
 *
 * @example
 * ```ts
 * Deno.test({ ...runsWhere("advertisement crosses a veth", { netns: true }), fn() {} });
 * ```
 */
export function runsWhere(name: string, needs: Needs): { name: string; ignore: boolean } {
  const reason = skipReason(needs);
  if (reason !== null) console.log(`skipped: ${name}: ${reason}`);
  return { name: reason === null ? name : `${name} (skipped: ${reason})`, ignore: reason !== null };
}

function isOnPath(command: string): boolean {
  const folders = (Deno.env.get("PATH") ?? "").split(":");
  return [...folders, "/usr/sbin", "/sbin"].some((folder) => isFile(`${folder}/${command}`));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

/** What came of the one try. */
const tried: { refusal?: string | null } = {};

/** Tries once: containers often have root but may not make namespaces. */
function namespaceRefusal(): string | null {
  if (tried.refusal === undefined) tried.refusal = tryNamespace();
  return tried.refusal;
}

function tryNamespace(): string | null {
  const name = `ha-probe-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
  const added = new Deno.Command("ip", { args: ["netns", "add", name], stdout: "null", stderr: "piped" })
    .outputSync();
  if (!added.success) {
    return `needs network namespaces: ${new TextDecoder().decode(added.stderr).trim()}`;
  }
  new Deno.Command("ip", { args: ["netns", "del", name] }).outputSync();
  return null;
}
