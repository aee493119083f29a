/**
 * The built binary as a node: what the way in which it was built could change about a running daemon.
 */
import assert from "node:assert/strict";
import { configuration, instance } from "../lab/config_text.ts";
import { withLab } from "../lab/scenario.ts";
import { runsWhere } from "../support/skip.ts";
import { BINARY, binaryEnvironment } from "./built_binary.ts";

const VIP = "10.80.0.100";
/** Writes its environment down. */
const SCRIPT = `#!/bin/sh
env > "$1.new" && mv "$1.new" "$1"
`;

Deno.test({
  ...runsWhere("dist/ha runs a node under the process id that was started, and ends on SIGTERM", {
    netns: true,
  }),
  // The lab's captures and watches outlive a single test's view.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    Deno.env.set("HA", BINARY);
    await withLab({ a: ["lan"] }, async (lab) => {
      const a = lab.node("a");
      const home = a.path("home");
      await Deno.mkdir(home, { recursive: true });
      const script = await a.write("script", SCRIPT, 0o755);
      const more = [`notify_master "${script} ${a.path("environment")}"`];
      const text = instance({ priority: 100, version: 3, interval: 0.1, addresses: [VIP], more });
      const daemon = await a.start("ha", configuration([text], ["script_user root"]), {
        env: binaryEnvironment(home),
      });
      await a.addresses.added(VIP, { within: 20_000 });

      const { pid } = daemon.process;
      assert.equal((await Deno.readTextFile(`/proc/${pid}/comm`)).trim(), "ha");
      assert.equal((await Deno.readTextFile(`${daemon.directory}/run/ha.pid`)).trim(), String(pid));

      const environment = await appeared(a.path("environment"));
      assert.doesNotMatch(environment, /^DENO_/m);
      assert.match(environment, new RegExp(`^HOME=${home}$`, "m"));

      assert.equal((await daemon.stop()).code, 0);
      assert.deepEqual(await a.foreignAddresses(), []);
      assert.deepEqual([...Deno.readDirSync(home)], []);
    });
  },
});

/** The text of a file once it is there; a rename makes it appear. */
async function appeared(path: string): Promise<string> {
  const signal = AbortSignal.timeout(30_000);
  for (;;) {
    try {
      return await Deno.readTextFile(path);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
