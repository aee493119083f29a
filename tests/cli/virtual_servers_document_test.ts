/** The configurations in docs/virtual_servers.md load, and everything in them is acted upon. */
import assert from "node:assert/strict";
import { loadConfig, memorySource, offlineFacts } from "../../core/config/config.ts";

const text = Deno.readTextFileSync(new URL("../../docs/virtual_servers.md", import.meta.url));
const blocks = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
  .filter(([, language]) => language === "").map(([, , block]) => block!);

Deno.test("docs/virtual_servers.md has configurations", () => assert.equal(blocks.length, 2));

for (const [i, block] of blocks.entries()) {
  Deno.test(`configuration ${i + 1} of docs/virtual_servers.md loads without a finding`, () => {
    const { diagnostics, model } = loadConfig("ha.conf", memorySource({ "ha.conf": block }), offlineFacts());
    assert.deepEqual(diagnostics.map(({ message }) => message), []);
    assert.equal(model.loadBalancer.virtualServers.length, 1);
  });
}
