/** The document and the table in the code say the same. */
import assert from "node:assert/strict";
import { BEHAVIOURS, CHAPTERS } from "./all.ts";
import { renderTable, rowsOf } from "./table.ts";

const cell = (text: string) => text.replaceAll("|", "\\|");

Deno.test("tests/conformance.md lists every behaviour of the table and no other", async () => {
  const document = await Deno.readTextFile(new URL("../conformance.md", import.meta.url));
  const expected = BEHAVIOURS.map(({ number, title }) => ({ number, title: cell(title) }));
  assert.deepEqual(rowsOf(document), expected, "run `deno run -A tests/conformance/run.ts --write`");
});

Deno.test("every behaviour has a number and a title of its own, and a source", () => {
  assert.equal(new Set(BEHAVIOURS.map(({ number }) => number)).size, BEHAVIOURS.length);
  const titles = CHAPTERS.flatMap(({ title, behaviours }) =>
    behaviours.map((each) => `${title}: ${each.title}`)
  );
  assert.deepEqual(titles.filter((title, i) => titles.indexOf(title) !== i), []);
  assert.deepEqual(BEHAVIOURS.filter(({ source }) => source === ""), []);
});

Deno.test("renderTable() gives a row that rowsOf() reads", () => {
  const chapter = {
    number: 3,
    title: "C",
    behaviours: [{ title: "a | b", source: "RFC", run: () => Promise.resolve() }],
  };
  assert.deepEqual(rowsOf(renderTable([chapter], new Map(), { keepalived: null })), [{
    number: 301,
    title: "a \\| b",
  }]);
});
