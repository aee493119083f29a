import assert from "node:assert/strict";
import { Recording } from "../../../cli/daemon/record.ts";

Deno.test("Recording writes a line a call, and appends", () => {
  const file = Deno.makeTempFileSync();
  try {
    for (const text of ["one", "two"]) {
      using recording = new Recording(file, assert.fail);
      recording.write(text);
    }
    assert.equal(Deno.readTextFileSync(file), "one\ntwo\n");
  } finally {
    Deno.removeSync(file);
  }
});

Deno.test("Recording ends at the first line that finds no room, and says so once", () => {
  const said: string[] = [];
  using recording = new Recording("/dev/full", (text) => said.push(text));
  for (let i = 0; i < 3; i++) recording.write("line");
  assert.equal(said.length, 1);
  assert.match(
    said[0]!,
    /^Cannot record to "\/dev\/full" any more: No space left on device .*; .* ends here$/,
  );
});
