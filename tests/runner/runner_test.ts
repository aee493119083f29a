import assert from "node:assert/strict";
import { runBounded } from "./bounded.ts";
import { readReport, skipReason } from "./junit.ts";
import { PACKAGES } from "./packages.ts";
import { inPool } from "./pool.ts";
import { Session } from "./session.ts";
import { lastLine, skipLines, tally } from "./tally.ts";
import { runTestFile } from "./test_file.ts";
import { permissionsOf, worldOf } from "./worlds.ts";

/** Writes a test file into a directory of its own and runs it. */
async function outcomeOf(source: string, timeout = 30) {
  const root = await Deno.makeTempDir({ prefix: "ha-runner-" });
  try {
    await Deno.writeTextFile(`${root}/a_test.ts`, source);
    return await runTestFile({ root, path: "a_test.ts", permissions: [], timeout });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

/** Gone, or dead and not yet reaped by the machine's init. */
function isDead(pid: string): boolean {
  try {
    return / [ZX] /.test(Deno.readTextFileSync(`/proc/${pid}/stat`).replace(/^.*\)/, ""));
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}

Deno.test("runTestFile() counts what passed, failed and was skipped", async () => {
  const outcome = await outcomeOf(`
    Deno.test("good", () => {});
    Deno.test("bad <&>", () => { throw new Error("reason of the failure"); });
    Deno.test({ name: "later (skipped: no kernel)", ignore: !!1, fn() {} });
    console.log("skipped: other: no root");
    Deno.test({ name: "other", ignore: !!1, fn() {} });
  `);
  assert.equal(outcome.passed, 1);
  assert.deepEqual(outcome.failed, ["a_test.ts: bad <&>"]);
  assert.deepEqual(outcome.skipped.map((skip) => skip.reason), ["no kernel", "no root"]);
  assert.match(outcome.output, /reason of the failure/);
});

Deno.test("runTestFile() counts the steps of a test in its place", async () => {
  const outcome = await outcomeOf(`
    Deno.test("a", async (t) => {
      await t.step("one", () => {});
      await t.step("two", () => { throw new Error("x"); });
      console.log("skipped: three: not here");
      await t.step({ name: "three", ignore: !!1, fn() {} });
    });
  `);
  assert.equal(outcome.passed, 1);
  assert.deepEqual(outcome.failed, ["a_test.ts: a > two"]);
  assert.deepEqual(outcome.skipped, [{ what: "a_test.ts: a > three", reason: "not here" }]);
});

Deno.test("runTestFile() counts a test that fails after its steps passed", async () => {
  const outcome = await outcomeOf(`
    Deno.test("a", async (t) => { await t.step("one", () => {}); throw new Error("x"); });
  `);
  assert.deepEqual([outcome.passed, outcome.failed], [1, ["a_test.ts: a"]]);
});

Deno.test("runTestFile() fails a file that does not load, and one without tests", async () => {
  assert.deepEqual((await outcomeOf('throw new Error("no");')).failed, ["a_test.ts: ended with exit code 1"]);
  assert.deepEqual((await outcomeOf("export {};")).failed, ["a_test.ts: has no tests"]);
});

Deno.test("runTestFile() gives no permission that was not asked for", async () => {
  const outcome = await outcomeOf('Deno.test("reads", () => { Deno.readTextFileSync("/etc/hostname"); });');
  assert.equal(outcome.failed.length, 1);
  assert.match(outcome.output, /NotCapable|Requires read access/);
});

Deno.test("runTestFile() ends a file that hangs and counts it as failed", async () => {
  const outcome = await outcomeOf('Deno.test("hangs", () => { for (;;); });', 2);
  assert.equal(outcome.failed.length, 1);
  assert.match(outcome.failed[0], /not done after 2 s/);
  assert.ok(outcome.seconds < 15);
});

Deno.test("runBounded() is not held up by a grandchild that keeps the output open", async () => {
  const result = await runBounded(["sh", "-c", "echo said; sleep 20 &"], { timeout: 10 });
  assert.deepEqual([result.code, result.output, result.timedOut], [0, "said\n", false]);
  assert.ok(result.seconds < 15);
});

Deno.test("runBounded() kills the whole group when its time is over", async () => {
  const result = await runBounded(["sh", "-c", "sleep 77.25 & echo $!; wait"], { timeout: 3 });
  assert.equal(result.timedOut, true);
  const pid = result.output.trim();
  assert.match(pid, /^\d+$/);
  // The kernel takes a moment to carry out a kill.
  const end = Date.now() + 20_000;
  while (!isDead(pid) && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.ok(isDead(pid), `process ${pid} still runs`);
});

Deno.test("readReport() reads names with markup and cases without a body", () => {
  const tests = readReport(
    '<testcase name="a &lt;b&gt; &amp;amp;" time="0"/><testcase name="c"><skipped/></testcase>',
  );
  assert.deepEqual(tests, [{ name: "a <b> &amp;", outcome: "passed" }, { name: "c", outcome: "skipped" }]);
});

Deno.test("skipReason() finds the reason of a step by its own name", () => {
  assert.equal(skipReason("file > case", "x\nskipped: case: no root\n"), "no root");
  assert.equal(skipReason("case [skipped: needs x]", ""), "needs x");
  assert.equal(skipReason("case", "skipped: other: no root"), null);
});

Deno.test("inPool() keeps the order and the bound", async () => {
  const log: string[] = [];
  const results = await inPool([3, 1, 2], 2, async (item) => {
    log.push(`start ${item}`);
    await Promise.resolve();
    log.push(`end ${item}`);
    return item * 10;
  });
  assert.deepEqual(results, [30, 10, 20]);
  assert.deepEqual(log.slice(0, 3), ["start 3", "start 1", "end 3"]);
});

Deno.test("Session.finish() ends with the sum and says whether all is well", () => {
  const lines: string[] = [];
  const session = new Session(10, (line) => lines.push(line));
  const skipped = [{ what: "b", reason: "no root" }];
  session.add("pure", [{ passed: 2, failed: [], skipped, seconds: 1, output: "" }], 1);
  assert.equal(session.finish(), 0);
  assert.equal(lines.at(-1), "2 passed, 0 failed, 1 skipped");
  session.add("netns", [{ passed: 0, failed: ["c"], skipped: [], seconds: 1, output: "" }], 1);
  assert.equal(session.finish(), 1);
  assert.equal(lines.at(-1), "2 passed, 1 failed, 1 skipped");
});

Deno.test("skipLines() groups by reason", () => {
  const skips = ["a", "b", "c", "d"].map((what) => ({ what, reason: what === "d" ? "y" : "x" }));
  assert.deepEqual(skipLines(skips), ["  3 x x: a, b, c", "  1 x y: d"]);
  assert.equal(
    lastLine([tally("w", [{ passed: 1, failed: [], skipped: skips, seconds: 0, output: "" }], 0)]),
    "1 passed, 0 failed, 4 skipped",
  );
});

Deno.test("worldOf() and permissionsOf() go by the folder", () => {
  assert.equal(worldOf("tests/core/net/address_test.ts").name, "pure");
  assert.deepEqual(permissionsOf("tests/core/net/address_test.ts"), []);
  assert.deepEqual(permissionsOf("tests/scenario/scenario_test.ts"), ["--allow-read", "--allow-env"]);
  assert.equal(worldOf("tests/web/app_test.ts").name, "edge");
  assert.deepEqual(permissionsOf("tests/web/app_test.ts"), ["--allow-all"]);
  assert.equal(worldOf("tests/netns/pair_test.ts").parallel, false);
});

Deno.test("PACKAGES names every package and command once", () => {
  assert.equal(new Set(PACKAGES.map((each) => each.name)).size, PACKAGES.length);
  for (const each of PACKAGES) assert.ok(each.worlds.length > 0 && each.why.length > 0, each.name);
});
