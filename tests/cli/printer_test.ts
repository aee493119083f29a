import assert from "node:assert/strict";
import { formatDiagnostic, formatJson, formatSarif, formatText, summary } from "../../cli/printer.ts";
import { parseConfig } from "../../core/config/config.ts";

/** The findings of a configuration as they are printed, without colour. */
function printed(text: string): string {
  const { diagnostics } = parseConfig(text);
  return formatText(diagnostics.filter(({ severity }) => severity === "error"), { colour: false });
}

Deno.test("a finding is the position, the sentence, the line, a caret and what helps", () => {
  assert.equal(
    printed(
      "vrrp_instance A {\n\tinterface eth0\n\tvirtual_router_id 1\n\tpriority 999\n\tvirtual_ipaddress { 10.0.0.1 }\n}",
    ),
    `ha.conf:4:11: Cannot use priority 999 as it must be between 1 and 255
  \tpriority 999
  \t         ^~~
  in force: priority 100

`,
  );
});

Deno.test("a near miss is suggested", () => {
  const text = printed(
    "vrrp_instance A {\n interface eth0\n virtual_router_id 1\n virtual_ipaddress {\n 10.0.0.15 dev ens33 laber ens33:0\n }\n}",
  );
  assert.match(text, /^ha\.conf:5:22: Cannot use "laber" for an address/);
  assert.match(text, /did you mean "label"\?/);
});

Deno.test("the caret stands below wide characters", () => {
  const text = printed('global_defs {\n router_id "密码" \n foo "密码" {\n}\n密码 x\n}');
  const [, line, caret] = text.split("\n").slice(-5);
  assert.equal(line, "  密码 x");
  assert.equal(caret, "  ^~~~");
});

Deno.test("a very long line is shown around the finding", () => {
  const text = printed(`global_defs {\n router_id ${"x".repeat(5000)} \n}\n${"y".repeat(3000)} z`);
  for (const line of text.split("\n")) assert.ok(line.length < 5000);
  assert.match(text, /\n {2}y{160}…\n/);
});

Deno.test("control characters cannot play with the terminal", () => {
  const text = printed("foo\x1b[31m\x07bar");
  assert.ok(!text.includes("\x1b") && !text.includes("\x07"));
  assert.match(text, /foo\\u\{1b\}\[31m/);
});

Deno.test("colour is only there when asked for", () => {
  const [finding] = parseConfig("foo").diagnostics;
  assert.ok(formatDiagnostic(finding!, { colour: true }).includes("\x1b["));
  assert.ok(!formatDiagnostic(finding!, { colour: false }).includes("\x1b"));
});

Deno.test("summary() counts by severity", () => {
  assert.equal(summary([]), "no problems");
  assert.equal(summary(parseConfig("foo\nbar\nnamespace_with_ipsets").diagnostics), "2 errors, 1 info");
});

Deno.test("formatSarif() makes a log that points at the words", () => {
  const { diagnostics } = parseConfig("global_defs {\n router_ib x\n}");
  const log = JSON.parse(formatSarif({ file: "ha.conf", exitCode: 5, fatal: false, diagnostics }, "1.2.3"));
  assert.equal(log.version, "2.1.0");
  const [run] = log.runs;
  assert.deepEqual(run.tool.driver, { name: "ha", version: "1.2.3", rules: [{ id: "unknown-keyword" }] });
  const [result] = run.results;
  assert.deepEqual(result.locations[0].physicalLocation, {
    artifactLocation: { uri: "ha.conf" },
    region: { startLine: 2, startColumn: 2, endColumn: 11 },
  });
  assert.equal(result.level, "error");
  assert.match(result.message.text, /did you mean "router_id"\?/);
});

Deno.test("a document says how many findings it leaves out where a loop makes a million", () => {
  const { diagnostics } = parseConfig("~SEQ(N,1,1000000) foo_with_a_name_that_is_rather_long_$N {}\n");
  assert.ok(diagnostics.length >= 999_999, String(diagnostics.length));
  const report = { file: "ha.conf", exitCode: 5, fatal: false, diagnostics };
  const listed = JSON.parse(formatJson(report)).diagnostics;
  const { results } = JSON.parse(formatSarif(report, "1")).runs[0];
  assert.deepEqual([listed.length, results.length], [25_000, 25_000]);
  assert.equal(results.at(-1).ruleId, "too-many-findings");
  assert.match(listed.at(-1).message, /^Cannot list \d+ more findings in one document: \d+ errors/);
});

Deno.test("formatSarif() writes paths as URIs, whatever stands in their names", () => {
  const { diagnostics } = parseConfig("foo");
  const uri = (file: string) => {
    const report = { file, exitCode: 5, fatal: false, diagnostics: [{ ...diagnostics[0]!, file }] };
    const [result] = JSON.parse(formatSarif(report, "1")).runs[0].results;
    return result.locations[0].physicalLocation.artifactLocation.uri;
  };
  assert.equal(uri("conf.d/a.conf"), "conf.d/a.conf");
  assert.equal(uri("/etc/keepalived/a b.conf"), "file:///etc/keepalived/a%20b.conf");
  assert.equal(uri("c:d/a#1?b%.conf"), "c%3Ad/a%231%3Fb%25.conf");
  assert.equal(new URL(uri("/a#b.conf")).hash, "");
});

Deno.test("what keeps it from starting says so, and a suggestion with quotes gets none around it", () => {
  const instance = "vrrp_instance A {\n interface eth0\n virtual_router_id 300\n}";
  assert.match(printed(instance), /virtual_router_id 300 as .*\n.*\n.*\n {2}it cannot start with this\n/);
  assert.doesNotMatch(printed("foo"), /cannot start/);
  const [finding] = parseConfig("foo").diagnostics;
  const text = formatDiagnostic({ ...finding!, suggestion: 'script "/x y"' }, { colour: false });
  assert.match(text, /\n {2}did you mean script "\/x y"\?$/);
});
