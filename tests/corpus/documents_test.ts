import assert from "node:assert/strict";
import { keywordsDocument } from "../../docs/generate_keywords.ts";

Deno.test("docs/keywords.md is what the tables say", () => {
  const written = Deno.readTextFileSync(new URL("../../docs/keywords.md", import.meta.url));
  assert.equal(written, keywordsDocument(), "run: deno run --allow-write docs/generate_keywords.ts");
});
