/** A killed test run leaves namespaces; the next one removes them, and only those. */
import assert from "node:assert/strict";
import { must } from "../../cli/demo/command.ts";
import { Lab } from "./lab.ts";
import { sweep } from "./namespace.ts";
import { LabProcess } from "./process.ts";
import { labUnavailable } from "./requirements.ts";

const reason = labUnavailable();
const NAME = "sweep() removes what a killed run left, and nothing else";
if (reason !== null) console.log(`skipped: ${NAME}: ${reason}`);

/** A process that builds a lab and hangs. */
const HANG = `
  import { Lab } from "${new URL("./lab.ts", import.meta.url)}";
  const lab = await Lab.create({ a: ["lan"] });
  await lab.ping("a", "127.0.0.1");
  console.log("built " + lab.tag);
  await new Promise(() => setInterval(() => {}, 1000));
`;

Deno.test({
  name: NAME,
  ignore: reason !== null,
  async fn() {
    await using mine = await Lab.create({ a: ["lan"] });
    await using other = new LabProcess([Deno.execPath(), "eval", HANG], { name: "killed run" });
    const tag = (await other.stdout.line(/^built /, { within: 20_000 })).text.slice("built ".length);
    assert.deepEqual((await namespaces(tag)).length, 2);
    assert.deepEqual((await sweep()).filter((name) => name.startsWith(tag)), [], "its maker lives");
    other.signal("SIGKILL");
    await other.ended;
    await sweep();
    assert.deepEqual(await namespaces(tag), []);
    assert.deepEqual((await namespaces(mine.tag)).length, 2);
  },
});

async function namespaces(tag: string): Promise<string[]> {
  const list = await must(["ip", "netns", "list"]);
  return list.split(/\s+/).filter((name) => name.startsWith(`${tag}-`));
}
