/** What is kept of a lab in which a test failed: logs, configurations and captures. */
import { join } from "node:path";
import { stamp } from "./event_log.ts";
import type { Lab } from "./lab.ts";
import { run } from "../../cli/demo/command.ts";
import { temporaryRoot } from "../../cli/demo/namespaces.ts";

/**
 * Copies a lab's files to a directory that stays, with the log of each daemon, and returns the error with the path and
 * the last lines of each log in its message.
 */
export async function saveEvidence(lab: Lab, error: unknown): Promise<Error> {
  const kept = join(temporaryRoot(), `failed-${lab.tag}`);
  const notes: string[] = [];
  await run(["cp", "-r", lab.directory, kept]);
  for (const node of lab.nodes.values()) {
    for (const [index, daemon] of node.daemons.entries()) {
      const log = daemon.log.items.map((line) => `${stamp(line.at)} ${line.text}\n`).join("");
      await Deno.writeTextFile(join(kept, `${node.name}-${index}-${daemon.kind}.log`), log);
      notes.push(`  ${node.name}${daemon.log.tail(10)}`);
    }
    const addresses = await node.listAddresses().catch(() => []);
    notes.push(`  ${node.name} has ${addresses.join(", ") || "no address"}`);
  }
  for (const sniffer of lab.sniffers) notes.push(`  wire${sniffer.tail(8)}`);
  const original = error instanceof Error ? error : new Error(String(error));
  original.message = `${original.message}\n  evidence kept in ${kept}\n${notes.join("\n")}`;
  original.stack = `${original.name}: ${original.message}\n${
    (original.stack ?? "").split("\n    at ").slice(1).map((line) => `    at ${line}`).join("\n")
  }`;
  return original;
}
