/**
 * `ha version`: what this is, for a bug report.
 */
import { Command } from "commander";
import { EXIT } from "../exit_codes.ts";
import { VERSION } from "../version.ts";

/** The command. */
export function createCommand(done: (exitCode: number) => void): Command {
  return new Command("version")
    .description("Print the version of ha and of what it runs on")
    .action(() => {
      console.log(`ha ${VERSION} (Deno ${Deno.version.deno}, V8 ${Deno.version.v8}, ${Deno.build.target})`);
      done(EXIT.ok);
    });
}
