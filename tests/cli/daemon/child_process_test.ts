import assert from "node:assert/strict";
import { ProcessGroups, runCommand, type RunOptions } from "../../../cli/daemon/child_process.ts";
import type { Command } from "../../../core/config/model.ts";
import { runsWhere } from "../../support/skip.ts";

const shell = (text: string): Command => ({ argv: ["/bin/sh", "-c", text], user: null, text });

function options(overrides: Partial<RunOptions> = {}): RunOptions {
  return { timeout: 20_000, credentials: null, groups: new ProcessGroups(), ...overrides };
}

/** A folder that a script can write to, removed afterwards. */
async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "ha-scripts-" });
  try {
    Deno.chmodSync(folder, 0o777);
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** Whether a process exists and is no zombie. */
function lives(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return false;
  }
}

/** Waits until a process is gone: the signal is out, its end takes the kernel a moment. */
async function dies(pid: number): Promise<boolean> {
  const limit = performance.now() + 20_000;
  while (lives(pid) && performance.now() < limit) await new Promise((resolve) => setTimeout(resolve, 5));
  return !lives(pid);
}

Deno.test("runCommand() tells the exit status", async () => {
  assert.deepEqual(await runCommand(shell("exit 0"), options()), { kind: "exited", status: 0 });
  assert.deepEqual(await runCommand(shell("exit 3"), options()), { kind: "exited", status: 3 });
});

Deno.test("runCommand() tells the signal that ended a script", async () => {
  assert.deepEqual(await runCommand(shell("kill -9 $$"), options()), {
    kind: "signalled",
    signal: "SIGKILL",
  });
});

Deno.test("runCommand() says why a script could not be run", async () => {
  const outcome = await runCommand({ argv: ["/nowhere/x"], user: null, text: "/nowhere/x" }, options());
  assert.equal(outcome.kind, "not_run");
  assert.match(outcome.kind === "not_run" ? outcome.reason : "", /No such file or directory/);
});

Deno.test("runCommand() gives the arguments as they are, without a shell", async () => {
  await withFolder(async (folder) => {
    const script = `${folder}/show`;
    Deno.writeTextFileSync(script, `#!/bin/sh\nfor word; do echo "<$word>"; done > ${folder}/out\n`);
    Deno.chmodSync(script, 0o755);
    const argv = [script, "a b", "$HOME", "*", "", "ü"];
    assert.deepEqual(await runCommand({ argv, user: null, text: argv.join(" ") }, options()), {
      kind: "exited",
      status: 0,
    });
    assert.equal(Deno.readTextFileSync(`${folder}/out`), "<a b>\n<$HOME>\n<*>\n<>\n<ü>\n");
  });
});

Deno.test("runCommand() hands a file without a format to the shell", async () => {
  await withFolder(async (folder) => {
    const script = `${folder}/plain`;
    Deno.writeTextFileSync(script, `echo "$1" > ${folder}/out\nexit 4\n`);
    Deno.chmodSync(script, 0o755);
    const outcome = await runCommand({ argv: [script, "x"], user: null, text: script }, options());
    assert.deepEqual(outcome, { kind: "exited", status: 4 });
    assert.equal(Deno.readTextFileSync(`${folder}/out`), "x\n");
  });
});

Deno.test("runCommand() hands the form </path to the shell", async () => {
  const run = (text: string) => runCommand({ argv: [text], user: null, text }, options());
  assert.deepEqual(await run("</dev/null"), { kind: "exited", status: 0 });
  const missing = await run("</nowhere/x");
  assert.ok(missing.kind === "exited" && missing.status !== 0, JSON.stringify(missing));
});

Deno.test("runCommand() runs a script in a group of its own with nothing on its descriptors", async () => {
  await withFolder(async (folder) => {
    const text = `ps -o pgid= -p $$ | tr -d ' ' > ${folder}/pgid; echo $$ > ${folder}/pid; ` +
      `fds=$(readlink /proc/$$/fd/0 /proc/$$/fd/1 /proc/$$/fd/2); echo "$fds" > ${folder}/fds; ` +
      `pwd > ${folder}/cwd`;
    assert.deepEqual(await runCommand(shell(text), options()), { kind: "exited", status: 0 });
    assert.equal(Deno.readTextFileSync(`${folder}/pgid`), Deno.readTextFileSync(`${folder}/pid`));
    assert.equal(Deno.readTextFileSync(`${folder}/fds`), "/dev/null\n/dev/null\n/dev/null\n");
    assert.equal(Deno.readTextFileSync(`${folder}/cwd`), "/\n");
  });
});

Deno.test("runCommand() keeps LD_ variables, IFS and what is ours alone from a script, and passes the others on", async () => {
  const names = [
    "LD_PRELOAD",
    "LD_LIBRARY_PATH",
    "IFS",
    "NOTIFY_SOCKET",
    "WATCHDOG_USEC",
    "HA_X",
    "OTHER_HA_X",
  ];
  // LD_PRELOAD of a file that is not there would only make the loader complain.
  for (const name of names) Deno.env.set(name, "/nowhere/x.so");
  try {
    await withFolder(async (folder) => {
      await runCommand(shell(`/usr/bin/env > ${folder}/env`), options());
      const seen = Deno.readTextFileSync(`${folder}/env`).split("\n").map((line) => line.split("=")[0]);
      assert.deepEqual(names.filter((name) => seen.includes(name)), ["OTHER_HA_X"]);
    });
  } finally {
    for (const name of names) Deno.env.delete(name);
  }
});

Deno.test("runCommand() ends a script and its children when its time is over", async () => {
  await withFolder(async (folder) => {
    const groups = new ProcessGroups();
    const text = `sleep 300 & echo $! > ${folder}/child; echo $$ > ${folder}/leader; wait`;
    const outcome = await runCommand(shell(text), options({ timeout: 2_000, groups }));
    assert.deepEqual(outcome, { kind: "timed_out" });
    const [child, leader] = ["child", "leader"].map((name) =>
      Number(Deno.readTextFileSync(`${folder}/${name}`))
    );
    assert.ok(await dies(leader!));
    assert.ok(await dies(child!));
    assert.equal(groups.size, 0);
  });
});

Deno.test("runCommand() does not count the time in which we were not running ourselves", async () => {
  const outcome = runCommand(shell("exit 0"), options({ timeout: 400 }));
  const until = performance.now() + 1500;
  while (performance.now() < until) { /* as a frozen process: nobody hears that the script has ended */ }
  assert.deepEqual(await outcome, { kind: "exited", status: 0 });
});

Deno.test("runCommand() kills a group that ignores SIGTERM, 2 s later", async () => {
  await withFolder(async (folder) => {
    const text = `trap '' TERM; sleep 300 & echo $! > ${folder}/child; while :; do wait; done`;
    const before = performance.now();
    assert.deepEqual(await runCommand(shell(text), options({ timeout: 1_500 })), { kind: "timed_out" });
    const took = performance.now() - before;
    assert.ok(took > 3_000 && took < 20_000, `${took} ms`);
    assert.ok(await dies(Number(Deno.readTextFileSync(`${folder}/child`))));
  });
});

Deno.test("runCommand() lets a service live that a script has started", async () => {
  await withFolder(async (folder) => {
    const outcome = await runCommand(shell(`sleep 300 & echo $! > ${folder}/child`), options());
    assert.deepEqual(outcome, { kind: "exited", status: 0 });
    const child = Number(Deno.readTextFileSync(`${folder}/child`));
    assert.equal(lives(child), true);
    Deno.kill(child, "SIGKILL");
  });
});

Deno.test("runCommand() leaves no zombies", async () => {
  await Promise.all(Array.from({ length: 20 }, () => runCommand(shell("exit 0"), options())));
  const children = new TextDecoder().decode(
    new Deno.Command("ps", { args: ["-o", "stat=", "--ppid", `${Deno.pid}`] }).outputSync().stdout,
  );
  assert.doesNotMatch(children, /^Z/m);
});

Deno.test({
  ...runsWhere("runCommand() runs as another user with its supplementary groups, where they are wanted", {
    root: true,
  }),
  async fn() {
    await withFolder(async (folder) => {
      const credentials = { uid: 65534, gid: 65534, groups: [65534, 4] };
      const outcome = await runCommand(
        shell(`id -u > ${folder}/id; id -G >> ${folder}/id`),
        options({ credentials }),
      );
      assert.deepEqual(outcome, { kind: "exited", status: 0 });
      assert.match(Deno.readTextFileSync(`${folder}/id`), /^65534\n(65534 4|4 65534)\n$/);
      const missing = await runCommand(
        { argv: ["/no/such"], user: null, text: "" },
        options({ credentials }),
      );
      assert.equal(missing.kind, "not_run");
      assert.equal((await new Deno.Command("id", { args: ["-u"] }).output()).stdout[0], 0x30, "root again");
    });
  },
});

Deno.test({
  ...runsWhere("runCommand() runs as another user, without our groups", { root: true }),
  async fn() {
    await withFolder(async (folder) => {
      const credentials = { uid: 65534, gid: 65534 };
      const outcome = await runCommand(shell(`id > ${folder}/id`), options({ credentials }));
      assert.deepEqual(outcome, { kind: "exited", status: 0 });
      assert.match(
        Deno.readTextFileSync(`${folder}/id`),
        /^uid=65534\(\w+\) gid=65534\(\w+\) groups=65534\(\w+\)$/m,
      );
    });
  },
});
