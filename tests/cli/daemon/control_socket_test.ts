import assert from "node:assert/strict";
import { ask, connectControl } from "../../../cli/daemon/control_client.ts";
import { ControlSocket } from "../../../cli/daemon/control_socket.ts";
import type { ControlRequest } from "../../../cli/daemon/control_protocol.ts";
import { readLine, writeLine } from "../../../cli/daemon/control_protocol.ts";
import { runDirPaths } from "../../../cli/daemon/run_dir.ts";
import { withFewDescriptors } from "./descriptors.ts";

async function withSocket(
  handler: (request: ControlRequest) => Promise<unknown>,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "ha-control-" });
  const socket = new ControlSocket(runDirPaths(folder).controlSocket);
  const served = socket.serve(handler);
  try {
    await work(folder);
  } finally {
    socket[Symbol.dispose]();
    await served;
    Deno.removeSync(folder, { recursive: true });
  }
}

Deno.test("ControlSocket is open to its owner alone", async () => {
  await withSocket(() => Promise.resolve(null), (folder) => {
    const { mode } = Deno.statSync(runDirPaths(folder).controlSocket);
    assert.equal((mode ?? 0) & 0o777, 0o600);
    return Promise.resolve();
  });
});

Deno.test("ask() gets what the handler gives, however large", async () => {
  const large = "ü".repeat(500_000);
  await withSocket((request) => Promise.resolve({ request, large }), async (folder) => {
    assert.deepEqual(await ask(folder, { command: "status" }), { request: { command: "status" }, large });
  });
});

Deno.test("ask() throws what the handler throws, with exit code 1", async () => {
  await withSocket(() => Promise.reject(new RangeError("Cannot do that: no")), async (folder) => {
    await assert.rejects(ask(folder, { command: "reload" }), {
      name: "Refusal",
      message: "Cannot do that: no",
      exitCode: 1,
    });
  });
});

Deno.test("ask() gives up on a daemon that does not answer, and names it", async () => {
  await withSocket(() => new Promise(() => {}), async (folder) => {
    Deno.writeTextFileSync(runDirPaths(folder).pidFile, "712\n");
    await assert.rejects(ask(folder, { command: "status" }, 50), {
      name: "Refusal",
      message:
        `Cannot hear the daemon in "${folder}" (pid 712): no answer for 0.05 s; it is stopped or overloaded`,
      exitCode: 1,
    });
  });
});

Deno.test("ControlSocket answers what is no JSON with an error, and goes on", async () => {
  await withSocket(() => Promise.resolve("fine"), async (folder) => {
    using connection = await connectControl(folder);
    await connection.write(new TextEncoder().encode("no json\n"));
    assert.equal(JSON.parse(await readLine(connection) ?? "").ok, false);
    assert.equal(await ask(folder, { command: "status" }), "fine");
  });
});

Deno.test("ControlSocket outlives clients that leave before the answer or never ask", async () => {
  const asked = Promise.withResolvers<void>();
  const answer = Promise.withResolvers<string>();
  const handler = () => {
    asked.resolve();
    return answer.promise;
  };
  await withSocket(handler, async (folder) => {
    (await connectControl(folder)).close();
    const connection = await connectControl(folder);
    await writeLine(connection, { command: "status" });
    await asked.promise;
    connection.close();
    answer.resolve("late");
    assert.equal(await ask(folder, { command: "status" }), "late");
  });
});

Deno.test("ControlSocket goes on where this process had no descriptor left for a connection", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "ha-control-" });
  try {
    const heard = await withFewDescriptors("starved_control_socket.ts", folder);
    assert.equal(heard, '{"ok":true,"result":"here"}\nhere\n');
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});

Deno.test("connectControl() says that no daemon runs there", async () => {
  const folder = Deno.makeTempDirSync({ prefix: "ha-control-" });
  try {
    await assert.rejects(connectControl(folder), {
      message: `Cannot reach a daemon in "${folder}": none is running there`,
      exitCode: 1,
    });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
});
