/** What the end-to-end tests need of a machine, and the reason to give where it is not there. */
import { skipReason } from "../support/skip.ts";

/** The first reason why labs cannot be built here; null where they can. */
export function labUnavailable(commands: readonly string[] = []): string | null {
  return skipReason({ netns: true, commands: ["tcpdump", "ping", ...commands] });
}

/** Whether a command is on the PATH. */
export function commandExists(name: string): boolean {
  return skipReason({ commands: [name] }) === null;
}
