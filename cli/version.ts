/**
 * What this build is called.
 */
import manifest from "../deno.json" with { type: "json" };

/** The version of `deno.json`, such as `0.1.0`. */
export const VERSION: string = manifest.version;
