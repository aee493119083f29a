/** Pipes and mails about virtual servers: ours beside keepalived's. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { Told } from "./lvs_tell.ts";
import { runInVm } from "./machine.ts";

const REPOSITORY = fileURLToPath(new URL("../..", import.meta.url)).replace(/\/$/, "");

/** s */
const TIMEOUT = 280;

async function runGuest(): Promise<Readonly<Record<"keepalived" | "ha", Told>>> {
  const exchange = await Deno.makeTempDir({ prefix: "ha-tell-" });
  try {
    const argv = [Deno.execPath(), "run", "--allow-all", `${REPOSITORY}/tests/vm/lvs_tell.ts`, REPOSITORY];
    const env = { NO_COLOR: "1", HA: Deno.env.get("HA") ?? "" };
    const { output, console } = await runInVm(argv, { timeout: TIMEOUT, exchange, env, memory: 2048 });
    const text = await Deno.readTextFile(`${exchange}/told.json`).catch(() => null);
    assert.notEqual(text, null, output + console);
    return JSON.parse(text!);
  } finally {
    await Deno.remove(exchange, { recursive: true });
  }
}

/** What is not the same each time, and the Message-ID, which only ours have. */
function withoutDate(content: string): string {
  return content.replace(/^Date: .*\r\n/, "").replace(/^Message-ID: <.*>\r\n/m, "");
}

Deno.test("pipes and mails about virtual servers are keepalived's", async (test) => {
  const { keepalived, ha } = await runGuest();
  for (const pipe of ["all", "lvs", "vrrp"] as const) {
    await test.step(`lines of the pipe ${pipe}`, () => {
      assert.equal(ha.pipes[pipe], keepalived.pipes[pipe], ha.log);
    });
  }
  await test.step("mails", () => {
    // The sum of keepalived's mail is not that of its own log line; ours is.
    const theirs = keepalived.mails.map((mail) =>
      mail.replace("Lost quorum 3+1=2 <= 1", "Lost quorum 3-1=2 > 1")
    );
    const mails = ha.mails.map(withoutDate).sort();
    assert.ok(mails.length >= 6, ha.log);
    assert.deepEqual(mails, theirs.map(withoutDate).sort(), keepalived.log);
  });
});
