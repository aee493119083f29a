import assert from "node:assert/strict";
import { parseCommandLine, usage } from "../../cli/keepalived/command_line.ts";
import { ha } from "./ha.ts";

Deno.test("usage() says of each option what it does, and of one that does nothing that it does not", () => {
  const lines = usage().split("\n").filter((line) => line.startsWith("  "));
  assert.equal(lines.length, 35);
  for (const line of lines) {
    assert.match(line, /^ {2}(-\S,| {3}) --\S+ {2,}\S.*$/);
    assert.ok(line.length <= 110, line);
  }
  assert.match(usage(), /^ {2}-f, --use-file=FILE {3,}the configuration; /m);
  assert.match(usage(), /^ {2}-t, --config-test\[=FILE\] {3,}judge /m);
  assert.match(usage(), /^ {2}-x, --snmp {3,}.*\(does nothing here\)$/m);
});

Deno.test("parseCommandLine() takes an empty value for a missing one, but for the id", () => {
  for (const words of [["-p", ""], ["--pid="], ["-f", ""], ["--signum="]]) {
    assert.throws(() => parseCommandLine(words), /^Refusal: option -\S+ needs a value; --help shows what/);
  }
  assert.equal(parseCommandLine(["-i", ""]).options.get("config-id"), "");
});

Deno.test("parseCommandLine() tells whoever names a configuration without -f", () => {
  assert.throws(
    () => parseCommandLine(["-t", "my.conf"]),
    /unexpected argument "my\.conf": a configuration is named with -f; --help/,
  );
});

Deno.test("keepalived -t refuses values that a start would refuse", async () => {
  for (const [words, reason] of [[["-S", "x"], "log facility x"], [["-u", "999"], "umask 999"]] as const) {
    const { code, stderr } = await ha(["keepalived", "-t", "-f", "/nowhere", ...words]);
    assert.deepEqual([code, stderr.startsWith(`ha: Cannot use ${reason}`)], [2, true], stderr);
  }
});
