/** Names of routing tables where the configuration says that they are. */
import assert from "node:assert/strict";
import { readTableNames } from "../../../cli/daemon/routing_tables.ts";

Deno.test("readTableNames() looks where iproute_usr_dir and iproute_etc_dir say; the host's own are the stronger", async () => {
  const folder = await Deno.makeTempDir();
  try {
    for (const [place, text] of [["usr", "10 blue\n11 red\n"], ["etc", "# mine\n0x20 red\n"]] as const) {
      await Deno.mkdir(`${folder}/${place}`);
      await Deno.writeTextFile(`${folder}/${place}/rt_tables`, text);
    }
    await Deno.mkdir(`${folder}/etc/rt_tables.d`);
    await Deno.writeTextFile(`${folder}/etc/rt_tables.d/more.conf`, "77 green\n");
    const kept = { iproute_usr_dir: `${folder}/usr`, iproute_etc_dir: `${folder}/etc` };
    const names = readTableNames({ kept });
    assert.deepEqual(["blue", "red", "green", "main"].map((name) => names.get(name)), [10, 32, 77, 254]);
    assert.equal(readTableNames({ kept: { iproute_etc_dir: "/no/such" } }).get("red"), undefined);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
