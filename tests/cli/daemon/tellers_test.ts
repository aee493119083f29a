/** Who is told of what: scripts, named pipes, the webhook. */
import assert from "node:assert/strict";
import type { LvsNotify } from "../../../cli/daemon/checks.ts";
import { EventFifos } from "../../../cli/daemon/event_fifo.ts";
import { Scripts } from "../../../cli/daemon/scripts.ts";
import { Tellers } from "../../../cli/daemon/tellers.ts";
import type { MainEffect } from "../../../cli/daemon/thread_messages.ts";
import { parseConfig } from "../../../core/config/config.ts";
import { openLibc } from "../../../ffi/libc.ts";
import { makeNamedPipe } from "../../../ffi/named_pipe.ts";

type Transition = Extract<MainEffect, { kind: "notify" }>;

function transition(state: Transition["state"], more: Partial<Transition> = {}): Transition {
  const what = { kind: "notify", object: "INSTANCE", name: "VI_1", state, priority: 100 } as const;
  return { ...what, commands: [], mail: false, reason: "", ...more };
}

const SERVER: LvsNotify = {
  kind: "notify",
  object: "RS",
  virtualServer: "[10.0.0.1]:tcp:80",
  realServer: "[10.0.0.11]:tcp:80",
  state: "DOWN",
  command: null,
  fifo: "RS [10.0.0.11]:tcp:80 [10.0.0.1]:tcp:80 DOWN",
  mail: null,
};

const makeFifo = (path: string) => {
  using libc = openLibc();
  makeNamedPipe(libc, path);
};

async function withFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "ha-tellers-" });
  try {
    await work(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

/** The lines that lie in a pipe which somebody else keeps open, up to one that says `end`. */
async function linesOf(path: string): Promise<string[]> {
  using pipe = await Deno.open(path);
  const [decoder, octets] = [new TextDecoder(), new Uint8Array(65_536)];
  let text = "";
  while (!text.endsWith("end\n")) text += decoder.decode(octets.subarray(0, await pipe.read(octets) ?? 0));
  return text.split("\n").slice(0, -2);
}

Deno.test("each pipe has what it is for, the webhook what changes the state of something", async () => {
  await withFolder(async (folder) => {
    const posted: string[] = [];
    await using hook = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
      const { name, state } = await request.json();
      posted.push(`${name} ${state}`);
      return new Response("");
    });
    const { model } = parseConfig(`global_defs {
      notify_fifo ${folder}/all
      vrrp_notify_fifo ${folder}/vrrp
      lvs_notify_fifo ${folder}/lvs
      notify_webhook http://127.0.0.1:${hook.addr.port}/
    }`);
    const host = { log: () => {}, scriptUser: () => null, makeFifo };
    const tellers = new Tellers({ ...host, scripts: new Scripts({ ...host, finished() {} }) }, model);
    tellers.open(model);
    tellers.transition(transition("MASTER"), 0);
    tellers.transition(transition("MASTER_RX_LOWER_PRI"), 0);
    tellers.transition(transition("BACKUP", { fifoOnly: true }), 0);
    tellers.serverChanged(SERVER, 0);
    tellers.serverChanged({ ...SERVER, fifo: null }, 0);
    await tellers.whenWritten();
    for (const name of ["all", "vrrp", "lvs"]) {
      const pipe = Deno.openSync(`${folder}/${name}`, { read: true, write: true });
      pipe.writeSync(new TextEncoder().encode("end\n"));
      pipe.close();
    }
    const instance = ["MASTER", "MASTER_RX_LOWER_PRI", "BACKUP"].map((state) =>
      `INSTANCE "VI_1" ${state} 100`
    );
    assert.deepEqual(await linesOf(`${folder}/vrrp`), instance);
    assert.deepEqual(await linesOf(`${folder}/lvs`), [SERVER.fifo]);
    assert.deepEqual(await linesOf(`${folder}/all`), [...instance, SERVER.fifo]);
    await tellers.end();
    assert.deepEqual(posted, ["VI_1 MASTER", "[10.0.0.11]:tcp:80 DOWN"]);
    tellers.close();
    assert.deepEqual([...Deno.readDirSync(folder)], [], "the pipes that we made are gone");
  });
});

Deno.test("of more lines than a thousand that nobody reads the later ones are lost", async () => {
  await withFolder(async (folder) => {
    const path = `${folder}/pipe`;
    const fifos = new EventFifos({ log: () => {}, scriptUser: () => null, makeFifo });
    fifos.configure([{ path, reader: null, owner: null }]);
    for (let i = 0; i < 3000; i++) fifos.write(`${i} ${"x".repeat(200)}\n`);
    const reading = linesOf(path);
    await fifos.whenWritten();
    fifos.write("end\n");
    const lines = await reading;
    assert.deepEqual([lines.length, lines.at(-1)!.split(" ")[0]], [1000, "999"]);
    fifos.close();
  });
});
