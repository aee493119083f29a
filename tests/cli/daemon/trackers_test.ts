/** What is followed of a configuration: what somebody tracks, and nothing else. */
import assert from "node:assert/strict";
import { Trackers } from "../../../cli/daemon/trackers.ts";
import { parseConfig } from "../../../core/config/config.ts";

/** The wait for the kernel ends on a thread of its own, a moment after the files are let go. */
const UNSANITIZED = { sanitizeOps: false, sanitizeResources: false } as const;

Deno.test({
  name: "Trackers writes init_file once, not again at a reload, and reads what some instance tracks",
  ...UNSANITIZED,
  fn() {
    const folder = Deno.makeTempDirSync({ prefix: "ha-trackers-" });
    const { model } = parseConfig(`
      track_file used {
        file ${folder}/used
        init_file 5 overwrite
      }
      track_file unused {
        file ${folder}/unused
      }
      vrrp_instance VI_1 {
        interface eth0
        virtual_router_id 51
        virtual_ipaddress {
          10.0.0.100
        }
        track_file {
          used
        }
      }`);
    const said: string[] = [];
    using trackers = new Trackers({ tell() {}, say: (_, text) => said.push(text) });
    try {
      Deno.writeTextFileSync(`${folder}/unused`, "9");
      assert.deepEqual(trackers.follow(model).files, { used: 5 });
      Deno.writeTextFileSync(`${folder}/used`, "7");
      trackers.follow(model);
      assert.equal(Deno.readTextFileSync(`${folder}/used`), "7");
      assert.deepEqual(said, []);
    } finally {
      Deno.removeSync(folder, { recursive: true });
    }
  },
});
