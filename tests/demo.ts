/**
 * The demonstration of `deno task demo`: `ha demo` from the sources, after installing what a bare machine lacks.
 */
import { fileURLToPath } from "node:url";
import { preparePackages } from "./runner/apt.ts";

if (import.meta.main) {
  await preparePackages(console.log, ["demo"]);
  // Ctrl-C reaches the demonstration itself, which cleans up and ends; this process waits for that.
  Deno.addSignalListener("SIGINT", () => {});
  const main = fileURLToPath(new URL("../mod.ts", import.meta.url));
  const args = ["run", "--allow-all", main, "demo", ...Deno.args];
  const { code } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
  Deno.exit(code);
}
