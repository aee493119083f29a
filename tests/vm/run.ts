/**
 * Runs one command in the machine, for hands-on work: `deno run -A tests/vm/run.ts ipvsadm -Ln`.
 */
import { runInVm } from "./machine.ts";

/** s */
const TIMEOUT = 600;

if (import.meta.main) {
  const print = (text: string) => Deno.stdout.writeSync(new TextEncoder().encode(text));
  const result = await runInVm(Deno.args, { timeout: TIMEOUT, onOutput: print });
  if (result.code === null) console.error(result.console);
  Deno.exit(result.code ?? 1);
}
