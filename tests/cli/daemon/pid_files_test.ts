/** The pid files of a daemon under keepalived's name. */
import assert from "node:assert/strict";
import { PidFiles } from "../../../cli/daemon/pid_files.ts";

function withFolder(body: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "ha-pid-" });
  try {
    body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const listed = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("PidFiles has our process id in each file, over what a crash has left, and removes them", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/main.pid`, "4194303999\n");
    {
      using _files = new PidFiles([`${folder}/main.pid`, `${folder}/sub/vrrp.pid`]);
      for (const name of ["main.pid", "sub/vrrp.pid"]) {
        assert.equal(Deno.readTextFileSync(`${folder}/${name}`), `${Deno.pid}\n`);
      }
    }
    assert.deepEqual([listed(folder), listed(`${folder}/sub`)], [["sub"], []]);
  });
});

Deno.test("PidFiles refuses a file of a living daemon, touches nothing of it and leaves none of its own", () => {
  withFolder((folder) => {
    using _first = new PidFiles([`${folder}/main.pid`]);
    assert.throws(() => new PidFiles([`${folder}/other.pid`, `${folder}/main.pid`]), {
      name: "Refusal",
      message: `daemon is already running: "${folder}/main.pid" is another one's`,
      exitCode: 1,
    });
    assert.deepEqual(listed(folder), ["main.pid"]);
    assert.equal(Deno.readTextFileSync(`${folder}/main.pid`), `${Deno.pid}\n`);
  });
});
