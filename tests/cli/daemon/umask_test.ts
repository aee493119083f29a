/** `umask` as it may be written. */
import assert from "node:assert/strict";
import { umaskOf } from "../../../cli/daemon/umask.ts";

Deno.test("umaskOf() reads numbers as C does, and names of bits", () => {
  const mask = (...words: string[]) => umaskOf({ kept: { umask: words } });
  assert.equal(umaskOf({ kept: {} }), null);
  assert.equal(mask("022"), 0o22);
  assert.equal(mask("18"), 0o22);
  assert.equal(mask("0x12"), 0o22);
  assert.equal(mask("IWGRP|IWOTH"), 0o22);
  assert.equal(mask("IWGRP", "|", "IRWXO"), 0o27);
  assert.equal(mask("IRWXU|IRWXG|IRWXO"), 0o777);
  assert.equal(mask("0"), 0);
  assert.deepEqual([mask("01000"), mask("512"), mask("0o22"), mask("IWOTHER")], [null, null, null, null]);
});
