import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { runsWhere } from "../support/skip.ts";

const SCHEDULING = fileURLToPath(new URL("../../ffi/scheduling.ts", import.meta.url));
const LIBC = fileURLToPath(new URL("../../ffi/libc.ts", import.meta.url));

/** Locks, grows the heap and lets the collector give it back, which the kernel refuses for locked pages. */
const PROGRAM = `
import { lockMemory } from ${JSON.stringify(SCHEDULING)};
import { openLibc } from ${JSON.stringify(LIBC)};
lockMemory(openLibc());
for (let round = 0; round < 3; round++) {
  let kept = Array.from({ length: 300_000 }, (_, i) => ({ i, text: "x" + i }));
  kept = null;
  for (let i = 0; i < 3; i++) gc();
}
const status = Deno.readTextFileSync("/proc/self/status");
console.log(/^VmLck:\\s+(\\d+)/m.exec(status)[1]);
`;

Deno.test({
  ...runsWhere("lockMemory() keeps the program in memory and lets the collector give back its heap", {
    root: true,
  }),
  async fn() {
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--v8-flags=--expose-gc", PROGRAM],
    }).output();
    const text = new TextDecoder().decode(stderr);
    assert.equal(code, 0, text);
    assert.ok(Number(new TextDecoder().decode(stdout)) > 1000, text);
  },
});
