import assert from "node:assert/strict";
import { readPid, RunDir, runDirPaths } from "../../../cli/daemon/run_dir.ts";
import { Refusal } from "../../../cli/exit_codes.ts";
import { runsWhere } from "../../support/skip.ts";

function withFolder(work: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync({ prefix: "ha-run-" });
  try {
    work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function refusalOf(work: () => void): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();

Deno.test("RunDir makes the directory with its pid file, and leaves nothing in it", () => {
  withFolder((folder) => {
    const directory = `${folder}/a/b`;
    {
      using runDir = new RunDir(directory);
      assert.equal(readPid(runDir.paths), Deno.pid);
      assert.equal((Deno.statSync(directory).mode ?? 0) & 0o777, 0o755);
    }
    assert.deepEqual(names(directory), []);
  });
});

Deno.test("RunDir refuses a directory that another daemon has, and names its pid", () => {
  withFolder((folder) => {
    using first = new RunDir(folder);
    const { message, exitCode } = refusalOf(() => new RunDir(folder));
    assert.equal(message, `daemon is already running with pid ${Deno.pid} in run directory "${folder}"`);
    assert.equal(exitCode, 1);
    assert.equal(readPid(first.paths), Deno.pid);
  });
});

Deno.test("RunDir takes over what a crash has left: a stale pid and a dead socket", () => {
  withFolder((folder) => {
    const paths = runDirPaths(folder);
    Deno.writeTextFileSync(paths.pidFile, "999999999\nand more\n");
    Deno.listen({ transport: "unix", path: paths.controlSocket }).close();
    using _runDir = new RunDir(folder);
    assert.equal(readPid(paths), Deno.pid);
    assert.deepEqual(names(folder), ["ha.pid"]);
  });
});

Deno.test("RunDir can be taken again after it was given back", () => {
  withFolder((folder) => {
    new RunDir(folder)[Symbol.dispose]();
    using again = new RunDir(folder);
    assert.equal(readPid(again.paths), Deno.pid);
  });
});

Deno.test("RunDir refuses a path that is a file", () => {
  withFolder((folder) => {
    Deno.writeTextFileSync(`${folder}/file`, "");
    const { message, exitCode } = refusalOf(() => new RunDir(`${folder}/file`));
    assert.match(message, /^Cannot use run directory ".*\/file": /);
    assert.equal(exitCode, 1);
  });
});

Deno.test("RunDir refuses a directory that others can write to", () => {
  withFolder((folder) => {
    for (const mode of [0o777, 0o1777, 0o757]) {
      Deno.chmodSync(folder, mode);
      const { message, exitCode } = refusalOf(() => new RunDir(folder));
      assert.equal(message, `Cannot use run directory "${folder}": others can write to it`);
      assert.equal(exitCode, 4);
    }
    Deno.chmodSync(folder, 0o755);
    new RunDir(folder)[Symbol.dispose]();
  });
});

Deno.test({
  ...runsWhere("RunDir refuses a directory of another user", { root: true }),
  fn() {
    withFolder((folder) => {
      Deno.chownSync(folder, 65534, 65534);
      assert.match(refusalOf(() => new RunDir(folder)).message, /others can write to it$/);
    });
  },
});

Deno.test({
  ...runsWhere("RunDir survives the removal of its directory", { root: true }),
  fn() {
    withFolder((folder) => {
      const runDir = new RunDir(`${folder}/run`);
      Deno.removeSync(`${folder}/run`, { recursive: true });
      runDir[Symbol.dispose]();
    });
  },
});

Deno.test("readPid() is null for anything that is no pid", () => {
  withFolder((folder) => {
    const paths = runDirPaths(folder);
    assert.equal(readPid(paths), null);
    for (const text of ["", "0", "-1", "12x", "\n"]) {
      Deno.writeTextFileSync(paths.pidFile, text);
      assert.equal(readPid(paths), null, text);
    }
  });
});
