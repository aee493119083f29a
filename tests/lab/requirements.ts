/** What the end-to-end tests need of a machine, and the reason to give where it is not there. */

/** The first reason why namespaces cannot be used here; null where they can. */
export function labUnavailable(commands: readonly string[] = []): string | null {
  if (Deno.uid() !== 0) return "network namespaces need root";
  for (const command of ["ip", "tcpdump", "ping", ...commands]) {
    if (!commandExists(command)) return `command "${command}" is not installed`;
  }
  return namespaceRefusal();
}

/** Whether a command is on the PATH. */
export function commandExists(name: string): boolean {
  const path = Deno.env.get("PATH") ?? "/usr/sbin:/usr/bin:/sbin:/bin";
  return path.split(":").some((directory) => isFile(`${directory}/${name}`));
}

function isFile(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch {
    return false;
  }
}

let refusal: string | null | undefined;

/** A container may well forget to allow it, which only trying tells. */
function namespaceRefusal(): string | null {
  if (refusal === undefined) {
    const output = new Deno.Command("unshare", { args: ["--net", "true"], stdout: "null", stderr: "piped" })
      .outputSync();
    const complaint = new TextDecoder().decode(output.stderr).trim();
    refusal = output.success ? null : `this machine does not allow network namespaces (${complaint})`;
  }
  return refusal;
}
