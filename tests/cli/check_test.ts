import assert from "node:assert/strict";
import { check, type CheckOptions } from "../../cli/commands/check.ts";
import { formatChanges } from "../../cli/commands/config.ts";
import { memorySource, offlineFacts, parseConfig } from "../../core/config/config.ts";
import { diffModels } from "../../core/config/diff.ts";
import { runsWhere } from "../support/skip.ts";

const GOOD = "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress { 10.0.0.1 }\n}\n";

function run(
  files: Record<string, string>,
  options: Partial<CheckOptions> = {},
): { output: string; exitCode: number } {
  return check("a.conf", { format: "text", ...options }, false, offlineFacts(), memorySource(files));
}

Deno.test("check() exits as keepalived -t does", () => {
  const exit = (text: string) => run({ "a.conf": text }).exitCode;
  assert.equal(exit(GOOD), 0);
  assert.equal(exit(GOOD + "foo\n"), 5);
  assert.equal(exit(GOOD.replace("10.0.0.1 }", "10.0.0.1 }\n notify /x")), 6);
  assert.equal(exit("vrrp_instance A {\n priority\n}"), 2);
  assert.equal(run({}).exitCode, 4);
});

Deno.test("check() says whether it can start", () => {
  assert.equal(run({ "a.conf": GOOD }).output, "a.conf: no problems; it can start\n");
  assert.match(run({ "a.conf": "foo" }).output, /a\.conf: 1 error; it can start\n$/);
  assert.match(run({ "a.conf": "foo" }, { strict: true }).output, /it cannot start\n$/);
  assert.match(
    run({}).output,
    /^a\.conf: Cannot read configuration file "a\.conf": No such file or directory\n/,
  );
});

Deno.test("check() prints JSON for programs", () => {
  const report = JSON.parse(run({ "a.conf": "foo" }, { format: "json" }).output);
  assert.deepEqual([report.file, report.exitCode, report.fatal, report.diagnostics.length], [
    "a.conf",
    5,
    false,
    1,
  ]);
});

Deno.test("check() with a peer compares the two, and its exit code stays that of the file", () => {
  const other = GOOD.replace("10.0.0.1 }", "10.0.0.1 }\n advert_int 2\n priority 50");
  const { output, exitCode } = run({ "a.conf": GOOD, "b.conf": other }, { peer: "b.conf" });
  assert.match(output, /advert_int is 1 here and 2 there/);
  assert.equal(exitCode, 0);
  const alone = run({ "a.conf": GOOD }, { peer: "b.conf" });
  assert.match(alone.output, /Cannot read configuration file "b\.conf"/);
  assert.equal(alone.exitCode, 4);
  const faulty = run({ "a.conf": GOOD, "b.conf": `${GOOD}foo\n` }, { peer: "b.conf" });
  assert.match(faulty.output, /b\.conf:[0-9]+:1: note: The other node's file has an error/);
  assert.equal(faulty.exitCode, 0);
});

Deno.test({
  ...runsWhere("ha check and ha config run as commands", {}),
  async fn() {
    const file = await Deno.makeTempFile({ suffix: ".conf" });
    try {
      await Deno.writeTextFile(file, GOOD);
      const main = new URL("../../mod.ts", import.meta.url).pathname;
      const ha = (...args: string[]) =>
        new Deno.Command(Deno.execPath(), { args: ["run", "--allow-all", main, ...args] }).outputSync();
      assert.equal(ha("check", "--offline", file).code, 0);
      const data = ha("config", "diff", "--offline", "--format", "json", file, file);
      assert.deepEqual([new TextDecoder().decode(data.stdout), data.code], ["[]\n", 0]);
      const text = new TextDecoder().decode(ha("config", "--format", "conf", file).stdout);
      assert.match(text, /vrrp_instance A \{\n {4}state BACKUP/);
      await Deno.writeTextFile(file, text.replace("priority 100", "priority 50"));
      const same = ha("config", "diff", file, file);
      assert.equal(new TextDecoder().decode(same.stdout), "nothing changes\n");
      const absent = ha("config", "diff", "--offline", file, `${file}.absent`);
      assert.equal(absent.code, 4);
      assert.equal(new TextDecoder().decode(absent.stdout), "");
      assert.match(
        new TextDecoder().decode(absent.stderr),
        /ha: Cannot compare with ".*absent": it cannot run here, a reload keeps the old one\n$/,
      );
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test("formatChanges() tells of two lists what differs, addresses as they are written", () => {
  const changed = GOOD.replace("10.0.0.1 }", "10.0.0.2 }\n priority 50");
  const text = formatChanges(diffModels(parseConfig(GOOD).model, parseConfig(changed).model));
  assert.match(text, /^ {4}priority: 100 -> 50$/m);
  assert.match(text, /^ {4}addresses: -10\.0\.0\.1\/32 dev eth0 \+10\.0\.0\.2\/32 dev eth0$/m);
});
