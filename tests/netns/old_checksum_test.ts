/**
 * Unicast of version 3 beside a keepalived that is set to the checksum of its early versions: each hears the other, and
 * `ha` does as its peer does without being told.
 */
import assert from "node:assert/strict";
import { elapse } from "../lab/clock.ts";
import { configuration, instance } from "../lab/config_text.ts";
import type { Node } from "../lab/node.ts";
import { type Case, scenarios } from "../lab/scenario.ts";
import { LAN, VIP } from "./pair.ts";

/** s */
const INTERVAL = 0.2;

/** ms, longer than a backup waits that hears nothing. */
const LONG = 1_500;

function config(priority: number, own: Node, other: Node, more: readonly string[] = []): string {
  const lines = [`unicast_src_ip ${own.address}`, "unicast_peer {", `    ${other.address}`, "}", ...more];
  return configuration([
    instance({ priority, addresses: [`${VIP}/24`], version: 3, interval: INTERVAL, more: lines }),
  ]);
}

const OLD = ["old_unicast_checksum"];

const follows: Case = {
  name: "a backup follows keepalived with `old_unicast_checksum`, takes over, and is heard by it",
  lab: LAN,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const first = await a.start("keepalived", config(150, a, b, [...OLD, "nopreempt"]));
    await a.addresses.added(VIP, { within: 15_000 });
    const second = await b.start("ha", config(100, b, a));
    await second.enters("VI_1", "BACKUP");
    await second.says(/Setting unicast VRRPv3 checksum to old version/);
    await elapse(LONG);
    assert.ok(!b.addresses.has(VIP), "the backup hears the master");
    await first.stop();
    await b.addresses.added(VIP, { within: 15_000 });
    const again = await a.start("keepalived", config(150, a, b, [...OLD, "nopreempt"]));
    await again.enters("VI_1", "BACKUP");
    await elapse(LONG);
    assert.ok(!a.addresses.has(VIP), "keepalived hears ours");
  },
  needs: ["keepalived"],
};

const configured: Case = {
  name: "a master with `old_unicast_checksum` is heard by keepalived with the same",
  lab: LAN,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    await a.start("ha", config(150, a, b, OLD));
    await a.addresses.added(VIP, { within: 15_000 });
    const second = await b.start("keepalived", config(100, b, a, OLD));
    await second.enters("VI_1", "BACKUP");
    await elapse(LONG);
    assert.ok(!b.addresses.has(VIP), "keepalived hears ours");
  },
  needs: ["keepalived"],
};

scenarios("old_unicast_checksum", [follows, configured]);
