import assert from "node:assert/strict";
import fc from "fast-check";
import { parseConfig } from "../../../core/config/config.ts";
import type { Statement } from "../../../core/config/tree.ts";
import { rawOf } from "../../../core/config/tree.ts";
import type { Word } from "../../../core/config/text.ts";

function wordText({ text, line, column, length }: Word) {
  return `${line.file}:${line.number}:${column}+${length} ${text}`;
}

function outline(statements: readonly Statement[]): unknown {
  return statements.map((statement) => ({
    words: statement.words.map(wordText),
    raw: rawOf(statement).text.trim(),
    open: statement.block === null ? null : wordText(statement.block.open),
    close: statement.block?.close == null ? null : wordText(statement.block.close),
    within: statement.block === null ? null : outline(statement.block.statements),
  }));
}

function read(lines: readonly string[]) {
  const { tree, diagnostics } = parseConfig(lines.join("\n"));
  return {
    tree: outline(tree.statements),
    diagnostics: diagnostics.map(({ line, column, length, message }) => ({ line, column, length, message })),
  };
}

const WORDS = [
  "state",
  "priority",
  "100",
  "a",
  "b{",
  "}",
  "{",
  " ",
  "\t",
  "  ",
  "vrrp_instance",
  "10.0.0.1",
  "include",
];

/** A comment behind a line; one that is empty otherwise would end a macro. */
const commented = (comment: string) => (text: string) => text.trim() === "" ? text : text + comment;

Deno.test("a line is read the same whether or not the preprocessor has to look at it", () => {
  const line = fc.array(fc.constantFrom(...WORDS), { maxLength: 7 }).map((words) => words.join(" "));
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
      const plain = lines.filter((text) => !text.trim().startsWith("include"));
      // Only the second comment ends in a character that makes it look.
      const looked = read(plain.map(commented(" # \u00e9")));
      assert.deepEqual(read(plain), looked);
      assert.deepEqual(read(plain.map(commented(' ! $a "b'))), looked);
    }),
    { numRuns: 1000 },
  );
});

Deno.test("what is odd about a comment is found", () => {
  const codes = (text: string) =>
    parseConfig(`global_defs { # ok\n}\n${text}`).diagnostics.map(({ code }) => code);
  assert.deepEqual(codes("# a comment"), []);
  assert.deepEqual(codes("# goes on \\"), ["comment-goes-on"]);
  assert.deepEqual(codes("# goes on \\  "), ["comment-goes-on"]);
  assert.deepEqual(codes("# nul \0 byte"), ["nul-byte"]);
  assert.deepEqual(codes("global_defs { router_id ab!cd\n}"), ["glued-comment"]);
});

Deno.test("a carriage return belongs to the end of its line and nowhere else", () => {
  const text = ["vrrp_instance I {", "  interface eth0", "}", ""];
  const { tree, diagnostics } = parseConfig(text.join("\r\n"));
  assert.deepEqual(outline(tree.statements), read(text).tree);
  const [within] = tree.statements[0]!.block!.statements;
  assert.equal(within!.words[1]!.line.text, "  interface eth0");
  assert.deepEqual(
    diagnostics.map(({ code }) => code),
    parseConfig(text.join("\n")).diagnostics.map((d) => d.code),
  );
});

Deno.test("words that fall into one place of the table stay what they are", () => {
  const words = Array.from({ length: 5000 }, (_, i) => `w${i.toString(36)}`);
  const { tree } = parseConfig(`x { ${words.join(" ")}\n${words.toReversed().join(" ")} }`);
  const read = tree.statements[0]!.block!.statements.map((line) => line.words.map(({ text }) => text));
  assert.deepEqual(read, [words, words.toReversed()]);
});
