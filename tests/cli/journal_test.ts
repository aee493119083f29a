import assert from "node:assert/strict";
import { leadsToJournal } from "../../cli/journal.ts";

Deno.test("leadsToJournal() holds where stderr is still the file that systemd named", () => {
  const file = Deno.makeTempFileSync();
  const { dev, ino } = Deno.statSync(file);
  assert.equal(leadsToJournal(`${dev}:${ino}`, file), true);
  assert.equal(leadsToJournal(`${dev}:${Number(ino) + 1}`, file), false, "somebody redirected it");
  assert.equal(leadsToJournal(undefined, file), false);
  Deno.removeSync(file);
  assert.equal(leadsToJournal(`${dev}:${ino}`, file), false);
});
