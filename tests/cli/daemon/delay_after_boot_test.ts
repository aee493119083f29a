import assert from "node:assert/strict";
import { delayedAfterBoot } from "../../../cli/daemon/delay_after_boot.ts";
import { parseConfig } from "../../../core/config/config.ts";

Deno.test("delayedAfterBoot() makes instances wait for the rest of the time, and never shortens another wait", () => {
  const wait = (words: string, uptime: number) =>
    delayedAfterBoot(parseConfig(`global_defs {\n${words}\n}`).model, uptime).global.startupDelay;
  assert.equal(wait("vrrp_delay_after_boot 60", 20_000), 40_000);
  assert.equal(wait("vrrp_delay_after_boot 60", 3_600_000), 0);
  assert.equal(wait("vrrp_delay_after_boot 60\nvrrp_startup_delay 5", 58_000), 5_000);
  assert.equal(wait("vrrp_delay_after_boot 60\nvrrp_startup_delay 5", 50_000), 10_000);
  assert.equal(wait("vrrp_startup_delay 5", 1_000), 5_000);
});
