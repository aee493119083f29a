/** The configurations in the documents: each loads, and nothing is to be said about it. */
import assert from "node:assert/strict";
import { offlineFacts, parseConfig } from "../../core/config/config.ts";

const DOCS = new URL("../../docs/", import.meta.url);

for (const { name } of Deno.readDirSync(DOCS)) {
  if (!name.endsWith(".md")) continue;
  const examples = [...Deno.readTextFileSync(new URL(name, DOCS)).matchAll(/^```keepalived\n(.*?)^```$/gms)];
  for (const [i, example] of examples.entries()) {
    Deno.test(`example ${i + 1} of docs/${name} loads without a finding`, () => {
      const { diagnostics } = parseConfig(example[1]!, offlineFacts());
      assert.deepEqual(diagnostics.map(({ line, message }) => `${line}: ${message}`), []);
    });
  }
}
