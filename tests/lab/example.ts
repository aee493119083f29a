/** Puts configurations of `examples/` (or of another folder) on a node, with what has to differ there. */
import { join } from "node:path";
import { REPOSITORY } from "./adapter.ts";
import type { LineLog } from "./event_log.ts";
import type { Node } from "./node.ts";

/** Texts and what replaces them, in all files. */
export type Replacements = Readonly<Record<string, string>>;

/**
 * Copies a folder (or one file) to the directory `etc` of a node, makes the replacements, and returns the path of the
 * copy of `main`.
 */
export async function install(
  node: Node,
  folder: string,
  main: string,
  replacements: Replacements = {},
): Promise<string> {
  const source = folder.startsWith("/") ? folder : join(REPOSITORY, "examples", folder);
  const all = { "/etc/keepalived": node.path("etc"), ...replacements };
  for (const file of filesIn(source)) {
    const text = await Deno.readTextFile(join(source, file));
    const replaced = replaceAll(text, all);
    const mode = (await Deno.stat(join(source, file))).mode! & 0o111 ? 0o755 : 0o644;
    await node.write(join("etc", file), replaced, mode);
  }
  return node.path(join("etc", main));
}

/** In one go, the longest match first, so that no replacement is replaced again. */
function replaceAll(text: string, replacements: Replacements): string {
  const literal = (word: string) => word.replace(/[^A-Za-z0-9_]/g, "\\$&");
  const words = Object.keys(replacements).sort((left, right) => right.length - left.length);
  return text.replace(new RegExp(words.map(literal).join("|"), "g"), (word) => replacements[word]!);
}

function filesIn(directory: string, prefix = ""): string[] {
  return [...Deno.readDirSync(directory)].flatMap((entry) => {
    const path = join(prefix, entry.name);
    return entry.isDirectory ? filesIn(join(directory, entry.name), path) : [path];
  });
}

/** A script that writes its own name and its arguments to a log, and the log to wait on. */
export async function recorder(node: Node, script: string): Promise<LineLog> {
  const log = node.path(`${script}.log`);
  await node.write(`${script}.log`, "", 0o666);
  await node.write(script, `#!/bin/sh\necho "\${0##*/}\${1:+ }$*" >> ${log}\n`, 0o755);
  return node.spawn(["tail", "-n", "+1", "-F", log], { name: `${script} on ${node.name}` }).stdout;
}
