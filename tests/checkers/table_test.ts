import assert from "node:assert/strict";
import { checkerTable, DOCUMENT } from "./table.ts";

Deno.test("tests/checkers.md has the rows that the tests run", () => {
  const words = (text: string) => text.replaceAll(/[\s|-]+/g, " ");
  assert.equal(
    words(Deno.readTextFileSync(DOCUMENT)),
    words(checkerTable()),
    "deno run -A tests/checkers/table.ts",
  );
});
