import assert from "node:assert/strict";
import { writeWhole, writeWholeSync } from "../../cli/whole_file.ts";

Deno.test("writeWhole() and writeWholeSync() put a whole file in the place of an older one", async () => {
  const directory = Deno.makeTempDirSync();
  const path = `${directory}/status.json`;
  writeWholeSync(path, "one\n");
  await writeWhole(path, "two\n");
  assert.equal(Deno.readTextFileSync(path), "two\n");
  assert.equal(Deno.statSync(path).mode! & 0o777, 0o600);
  assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["status.json"]);
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("writeWhole() and writeWholeSync() write through no link that lies in their way", async () => {
  const directory = Deno.makeTempDirSync();
  const [path, victim] = [`${directory}/keepalived.data`, `${directory}/victim`];
  Deno.writeTextFileSync(victim, "of somebody else\n");
  for (const write of [writeWhole, writeWholeSync]) {
    Deno.symlinkSync(victim, `${path}.new`);
    await write(path, "text\n");
    assert.ok(Deno.lstatSync(path).isFile);
    assert.equal(Deno.readTextFileSync(path), "text\n");
    assert.equal(Deno.readTextFileSync(victim), "of somebody else\n");
  }
  Deno.removeSync(directory, { recursive: true });
});

Deno.test("writeWhole() and writeWholeSync() leave nothing beside where they fail", async () => {
  const directory = Deno.makeTempDirSync();
  // A directory cannot be replaced by a file.
  const path = `${directory}/taken`;
  Deno.mkdirSync(path);
  assert.throws(() => writeWholeSync(path, "text\n"));
  await assert.rejects(() => writeWhole(path, "text\n"));
  assert.deepEqual([...Deno.readDirSync(directory)].map(({ name }) => name), ["taken"]);
  Deno.removeSync(directory, { recursive: true });
});
