/**
 * The built binary, whichever way it was built: does it start, tell its version, take arguments and signals?
 */
import assert from "node:assert/strict";
import manifest from "../../deno.json" with { type: "json" };
import { withBinary } from "./built_binary.ts";
import { fileURLToPath } from "node:url";

const EXAMPLE = fileURLToPath(new URL("../../examples/01-firewall-pair/primary.conf", import.meta.url));

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

Deno.test("dist/ha check tells a good configuration from a bad one, and where it is bad", () =>
  withBinary(async (ha) => {
    const good = await ha.run(["check", "--offline", EXAMPLE]);
    assert.deepEqual([good.code, good.stderr], [0, ""], good.stdout);
    const file = `${ha.home}/bad.conf`;
    await Deno.writeTextFile(
      file,
      (await Deno.readTextFile(EXAMPLE)).replace(/virtual_router_id \d+/, "virtual_router_id 999"),
    );
    const bad = await ha.run(["check", "--offline", file]);
    assert.equal(bad.code, 5);
    assert.match(bad.stdout + bad.stderr, /bad\.conf:\d+:\d+: Cannot use virtual_router_id 999/);
  }));

Deno.test("dist/ha refuses a configuration that is not there, without a stack trace", () =>
  withBinary(async (ha) => {
    const { code, stderr } = await ha.run([
      "start",
      "--config",
      `${ha.home}/none.conf`,
      "--run-dir",
      ha.home,
    ]);
    assert.match(stderr, /^ha: .*none\.conf.*\n$/m);
    assert.doesNotMatch(stderr, /^ +at /m);
    assert.notEqual(code, 0);
  }));

Deno.test("dist/ha writes nothing into the home directory", () =>
  withBinary(async (ha) => {
    await ha.run(["--help"]);
    assert.deepEqual([...Deno.readDirSync(ha.home)], []);
  }));
