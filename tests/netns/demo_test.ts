/** `ha demo` as people run it: one round, its pages, and that it leaves nothing behind, however it ends. */
import assert from "node:assert/strict";
import { run } from "../../cli/demo/command.ts";
import { haCommand, prepare } from "../lab/adapter.ts";
import { eventually } from "../lab/eventually.ts";
import { labUnavailable } from "../lab/requirements.ts";
import { LabProcess } from "../lab/process.ts";

const reason = labUnavailable();

function demoTest(name: string, fn: () => Promise<void>): void {
  if (reason !== null) console.log(`skipped: ${name}: ${reason}`);
  Deno.test({ name, ignore: reason !== null, fn });
}

async function demo(...flags: string[]): Promise<LabProcess> {
  await prepare("ha");
  return new LabProcess([...haCommand(), "demo", ...flags], { name: "ha demo" });
}

/** Namespaces and directories of one demonstration. */
async function leftovers(pid: number): Promise<string[]> {
  const namespaces = (await run(["ip", "netns", "list"])).stdout;
  const directories = [...Deno.readDirSync(Deno.env.get("TMPDIR") ?? "/tmp")].map((entry) => entry.name);
  return [...namespaces.split(/\s+/), ...directories].filter((name) => name.startsWith(`ha-demo-${pid}-`));
}

/** The page, as soon as its node has one: the acts go on meanwhile and take nodes down. */
async function answerOf(url: string): Promise<string> {
  const get = async () => {
    const response = await fetch(url).catch(() => null);
    return response?.ok ? await response.text() : (await response?.body?.cancel(), null);
  };
  const text = await eventually(get, (answer) => answer !== null);
  return text ?? assert.fail(`${url} does not answer`);
}

demoTest("ha demo --once plays all acts, serves both pages, and leaves nothing behind", async () => {
  await using process = await demo("--fast", "--once");
  const pages = await process.stdout.line(/^Status pages: /, { within: 60_000 });
  const [a, b] = pages.text.match(/http:\S+/g)!;
  await process.stdout.line(/ a {2}Entering MASTER STATE/, { within: 60_000 });
  for (const url of [a!, b!]) {
    assert.equal(JSON.parse(await answerOf(`${url}status`)).instances[0].name, "SHARED");
    assert.match(await answerOf(url), /<!doctype html>/i);
  }
  const status = await process.endsWithin(120_000);
  assert.equal(status?.code, 0);
  const table = process.stdout.items.slice(-5).map((line) => line.text).join("\n");
  assert.match(table, /advert_int 0\.1 s +takeover +client gap +at hand-back/);
  assert.match(table, /^The master is stopped +\d+ ms +(\d+ ms|none) +(\d+ ms|none)$/m);
  assert.match(table, /^The master is killed \(kill -9\) +\d+ ms/m);
  assert.match(table, /^The master's cable is pulled +\d+ ms +\d+ ms/m);
  assert.match(table, /^The service on the master dies +\d+ ms/m);
  assert.deepEqual(await leftovers(process.pid), []);
});

demoTest("ha demo cleans up on Ctrl-C and on SIGTERM", async () => {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    await using process = await demo("--fast");
    await process.stdout.line(/Entering MASTER STATE/, { within: 60_000 });
    assert.notDeepEqual(await leftovers(process.pid), []);
    process.signal(signal);
    assert.equal((await process.endsWithin(30_000))?.code, code);
    assert.deepEqual(await leftovers(process.pid), []);
  }
});

demoTest("what a killed demonstration leaves is swept by the next one", async () => {
  await using killed = await demo("--fast");
  await killed.stdout.line(/Entering MASTER STATE/, { within: 60_000 });
  killed.signal("SIGKILL");
  await killed.ended;
  assert.notDeepEqual(await leftovers(killed.pid), []);
  await using next = await demo("--fast");
  await next.stdout.line(/Entering MASTER STATE/, { within: 60_000 });
  assert.deepEqual(await leftovers(killed.pid), []);
  next.signal("SIGTERM");
  await next.endsWithin(30_000);
});

demoTest("ha demo says plainly that it needs root", async () => {
  const result = await run(["unshare", "--user", ...haCommand(), "demo"]);
  assert.equal(result.code, 4, result.stderr);
  assert.match(result.stderr, /^ha: Cannot run the demo: it makes network namespaces, which needs root$/m);
});
