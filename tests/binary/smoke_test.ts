/**
 * The built binary, whichever way it was built: does it start, tell its version, take arguments and signals?
 */
import assert from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import { withBinary } from "./built_binary.ts";

Deno.test("dist/ha --version tells the version of deno.json", () =>
  withBinary(async (ha) => {
    const { code, stdout, stderr } = await ha.run(["--version"]);
    assert.deepEqual([code, stdout, stderr], [0, `ha ${manifest.version}\n`, ""]);
  }));

Deno.test("dist/ha --help names the commands", () =>
  withBinary(async (ha) => {
    const { code, stdout } = await ha.run(["--help"]);
    assert.equal(code, 0);
    for (const command of ["start", "status", "reload", "stop"]) {
      assert.match(stdout, new RegExp(`^  ${command} `, "m"));
    }
  }));

Deno.test("dist/ha refuses an unknown command in one line", () =>
  withBinary(async (ha) => {
    const { code, stdout, stderr } = await ha.run(["strat"]);
    assert.equal(stdout, "");
    assert.match(stderr, /^ha: .*strat.*\n$/);
    assert.notEqual(code, 0);
  }));

Deno.test("dist/ha refuses a configuration that is not there in one line", () =>
  withBinary(async (ha) => {
    const { code, stderr } = await ha.run([
      "start",
      "--config",
      `${ha.home}/none.conf`,
      "--run-dir",
      ha.home,
    ]);
    assert.match(stderr, /^.*none\.conf.*\n$/);
    assert.notEqual(code, 0);
  }));

Deno.test("dist/ha writes nothing into the home directory and leaves no environment of its own to scripts", () =>
  withBinary(async (ha) => {
    await ha.run(["--help"]);
    assert.deepEqual([...Deno.readDirSync(ha.home)], []);
  }));
