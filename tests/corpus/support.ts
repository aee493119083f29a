/** The folder of shared reference material beside the repository, where there is one. */
import { fileURLToPath } from "node:url";

/** `HA_SHARED`, or `../shared` beside the repository. */
export const SHARED = Deno.env.get("HA_SHARED") ?? fileURLToPath(new URL("../../../shared", import.meta.url));

/** The options of a test that needs files of the shared folder; a skip prints its reason. */
export function needsShared(name: string, path: string): { name: string; ignore: boolean } {
  try {
    Deno.statSync(`${SHARED}/${path}`);
    return { name, ignore: false };
  } catch {
    const reason = `no ${SHARED}/${path}`;
    console.log(`skipped: ${name}: ${reason}`);
    return { name: `${name} (skipped: ${reason})`, ignore: true };
  }
}
