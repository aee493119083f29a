import assert from "node:assert/strict";
import { ProcessGroups } from "../../../cli/daemon/child_process.ts";
import { type Notify, NotifyQueue } from "../../../cli/daemon/notify_queue.ts";
import type { Command, NotifyState } from "../../../core/config/model.ts";
import type { Message } from "../../../core/engine/message.ts";

const shell = (text: string): Command => ({ argv: ["/bin/sh", "-c", text], user: null, text });

function notify(name: string, state: NotifyState, ...scripts: string[]): Notify {
  const commands = scripts.map(shell);
  return { object: "INSTANCE", name, state, commands };
}

/** A queue, what it logs, and a folder for its scripts. */
async function withQueue(
  work: (
    all: { queue: NotifyQueue; folder: string; logged: Message[]; groups: ProcessGroups },
  ) => Promise<void>,
  timeout = 20_000,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "ha-notify-" });
  const logged: Message[] = [];
  const groups = new ProcessGroups();
  const scriptUser = () => ({ user: `${Deno.uid()}`, group: `${Deno.gid()}` });
  try {
    const queue = new NotifyQueue({ scriptUser, log: (message) => logged.push(message), groups }, timeout);
    await work({ queue, folder, logged, groups });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("NotifyQueue runs the scripts of one object in order, one at a time", async () => {
  await withQueue(async ({ queue, folder, logged }) => {
    const line = (text: string, pause: string) => `sleep ${pause}; echo ${text} >> ${folder}/out`;
    queue.add(notify("VI_1", "MASTER", line("master", "0.3"), line("any master", "0")));
    queue.add(notify("VI_1", "BACKUP", line("backup", "0")));
    await queue.whenIdle();
    assert.equal(Deno.readTextFileSync(`${folder}/out`), "master\nany master\nbackup\n");
    assert.deepEqual(logged, []);
  });
});

Deno.test("NotifyQueue runs the scripts of different objects side by side", async () => {
  await withQueue(async ({ queue, folder }) => {
    // Each waits for the other: one after the other they would never end.
    const meet = (own: string, other: string) =>
      `touch ${folder}/${own}; until [ -e ${folder}/${other} ]; do sleep 0.01; done`;
    queue.add(notify("VI_1", "MASTER", meet("a", "b")));
    queue.add(notify("VI_2", "MASTER", meet("b", "a")));
    await queue.whenIdle();
    assert.equal(queue.length, 0);
  });
});

Deno.test("NotifyQueue goes on after a script that takes too long, and says so", async () => {
  await withQueue(async ({ queue, folder, logged }) => {
    queue.add(notify("VI_1", "MASTER", "sleep 300"));
    queue.add(notify("VI_1", "BACKUP", `touch ${folder}/done`));
    await queue.whenIdle();
    assert.equal(Deno.statSync(`${folder}/done`).isFile, true);
    assert.deepEqual(logged.map(({ text }) => text), [
      '(VI_1) Notify script "sleep 300" for MASTER took too long and was ended',
    ]);
  }, 2_000);
});

Deno.test("NotifyQueue logs a script that fails or cannot be run", async () => {
  await withQueue(async ({ queue, logged }) => {
    queue.add({ ...notify("VI_1", "FAULT", "exit 3"), object: "GROUP" });
    queue.add({
      ...notify("VI_1", "FAULT"),
      commands: [{ argv: ["/nowhere/x"], user: null, text: "/nowhere/x" }, {
        ...shell("true"),
        user: { user: "no-such-user", group: null },
      }],
    });
    await queue.whenIdle();
    const texts = logged.map(({ text }) => text);
    assert.equal(texts.length, 3);
    assert.ok(
      texts.includes('(VI_1) Notify script "exit 3" for FAULT exited with status 3'),
      texts.join("\n"),
    );
    assert.ok(texts.some((text) => /"\/nowhere\/x" .* could not be run: .*No such file/.test(text)));
    assert.ok(texts.some((text) => /could not be run: user "no-such-user" does not exist/.test(text)));
  });
});

Deno.test("NotifyQueue leaves out the oldest of too many scripts that wait, never the newest", async () => {
  await withQueue(async ({ queue, folder, logged }) => {
    queue.add(notify("VI_1", "MASTER", `until [ -e ${folder}/go ]; do sleep 0.01; done`));
    for (let i = 0; i < 150; i++) queue.add(notify("VI_1", "BACKUP", `echo ${i} >> ${folder}/out`));
    assert.equal(queue.length, 100);
    Deno.writeTextFileSync(`${folder}/go`, "");
    await queue.whenIdle();
    const ran = Deno.readTextFileSync(`${folder}/out`).trim().split("\n");
    assert.equal(ran.length, 99);
    assert.equal(ran.at(-1), "149");
    assert.equal(logged.length, 51);
  });
});

Deno.test("close() starts no further script and lets the running one end", async () => {
  await withQueue(async ({ queue, folder, groups }) => {
    queue.add(
      notify("VI_1", "MASTER", `until [ -e ${folder}/go ]; do sleep 0.01; done; touch ${folder}/first`),
    );
    queue.add(notify("VI_1", "BACKUP", `touch ${folder}/second`));
    queue.close();
    queue.add(notify("VI_1", "STOP", `touch ${folder}/third`));
    assert.equal(groups.size, 1);
    Deno.writeTextFileSync(`${folder}/go`, "");
    await queue.whenIdle();
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    assert.deepEqual(names, ["first", "go"]);
  });
});
