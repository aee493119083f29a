import assert from "node:assert/strict";
import { takesColours, takesEscapes } from "../../cli/terminal.ts";

const terminal = { isTerminal: () => true };
const pipe = { isTerminal: () => false };

Deno.test("takesEscapes() holds for a terminal that is not dumb", () => {
  assert.equal(takesEscapes(terminal, "xterm-256color"), true);
  assert.equal(takesEscapes(terminal, undefined), true);
  assert.equal(takesEscapes(terminal, "dumb"), false);
  assert.equal(takesEscapes(pipe, "xterm"), false);
});

Deno.test("takesColours() holds where escapes do and nobody has said no", () => {
  assert.equal(takesColours(terminal, "xterm", false), true);
  assert.equal(takesColours(terminal, "xterm", true), false);
  assert.equal(takesColours(terminal, "dumb", false), false);
  assert.equal(takesColours(pipe, "xterm", false), false);
});
