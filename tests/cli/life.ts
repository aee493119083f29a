/** What tests of a daemon's life share: one node, one instance, and the waiting for it. */
import assert from "node:assert/strict";
import { now } from "../lab/clock.ts";
import { configuration, instance } from "../lab/config_text.ts";
import type { Daemon } from "../lab/daemon.ts";
import { eventually } from "../lab/eventually.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";

export const VIP = "10.80.0.100";
export const LAN = { a: ["lan"] } as const;

/** One instance of version 3 at 100 ms that becomes MASTER within half a second. */
export function config(more: readonly string[] = [], addresses: readonly string[] = [`${VIP}/24`]): string {
  return configuration([instance({ priority: 200, interval: 0.1, version: 3, addresses, more })], [
    "enable_script_security",
    "script_user root",
  ]);
}

/** A daemon on the only node that has become MASTER. */
export async function master(
  lab: Lab,
  text = config(),
  args: readonly string[] = [],
  env: Record<string, string> = {},
) {
  const a = lab.node("a");
  const from = now();
  const daemon = await a.start("ha", text, { arguments: args, env: { HA_TEST: "1", ...env } });
  await a.addresses.added(VIP, { since: from, within: 15_000 });
  await daemon.enters("VI_1", "MASTER");
  return { a, daemon, runDir: `${daemon.directory}/run` };
}

/** Waits until something holds; `within` in ms. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  within?: number,
): Promise<void> {
  assert.ok(await eventually(holds, (held) => held, within), `not in time: ${what}`);
}

export function exists(path: string): boolean {
  try {
    return Deno.statSync(path) !== null;
  } catch {
    return false;
  }
}

export async function endsCleanly(node: Node, daemon: Daemon): Promise<void> {
  assert.equal((await daemon.stop()).code, 0);
  assert.deepEqual(await node.foreignAddresses(), []);
}

/** A script of the node's own; its path is safe to be run by root. */
export function script(node: Node, name: string, text: string): Promise<string> {
  return node.write(name, `#!/bin/sh\n${text}\n`, 0o755);
}

/** Whether a process has ended, reaped or not. */
export function isGone(pid: number): boolean {
  try {
    return /^State:\s+Z/m.test(Deno.readTextFileSync(`/proc/${pid}/status`));
  } catch {
    return true;
  }
}
