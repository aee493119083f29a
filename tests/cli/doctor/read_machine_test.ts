import assert from "node:assert/strict";
import { programOf } from "../../../cli/doctor/read_machine.ts";

Deno.test("programOf() knows a program of ours of another version, and one whose file was replaced", () => {
  assert.equal(programOf("/var/cache/ha/ddabaf20d69ba84188c292d0/ha"), "ha");
  assert.equal(programOf("/usr/local/sbin/ha (deleted)"), "ha");
  assert.equal(programOf("/usr/sbin/keepalived"), "keepalived");
  assert.equal(programOf(null), null);
});
