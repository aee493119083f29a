/** `auth_type AH` between nodes: keepalived and `ha` take over from each other, and another key is not heard. */
import assert from "node:assert/strict";
import { elapse, now } from "../lab/clock.ts";
import { configuration, instance, type InstanceText } from "../lab/config_text.ts";
import type { Node } from "../lab/node.ts";
import { type Case, forEachPair, type Pair, scenarios } from "../lab/scenario.ts";
import { handedOver, LAN, VIP } from "./pair.ts";

function config(priority: number, key: string, more: Partial<InstanceText> = {}): string {
  const lines = ["authentication {", "    auth_type AH", `    auth_pass ${key}`, "}", ...(more.more ?? [])];
  return configuration([instance({ priority, addresses: [`${VIP}/24`], version: 2, ...more, more: lines })]);
}

function unicast(own: string, peer: string): readonly string[] {
  return [`unicast_src_ip ${own}`, "unicast_peer {", `    ${peer}`, "}"];
}

function handsOver(pair: Pair, way: "multicast" | "unicast"): Case {
  return {
    name: `takeover and return by ${way}`,
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const words = (node: Node, other: Node) =>
        way === "unicast" ? { more: unicast(node.address, other.address) } : {};
      const texts = [config(150, "secret", words(a, b)), config(100, "secret", words(b, a))] as const;
      const first = await a.start(pair.first, texts[0]);
      await a.addresses.added(VIP, { within: 15_000 });
      const second = await b.start(pair.second, texts[1]);
      await second.enters("VI_1", "BACKUP");
      // Longer than a backup waits that hears nothing.
      await elapse(4_500);
      assert.ok(!b.addresses.has(VIP), "the backup hears the master");
      const stopped = now();
      await first.stop();
      await handedOver(a, b, stopped);
      const again = now();
      await a.start(pair.first, texts[0]);
      await handedOver(b, a, again);
    },
  };
}

const otherKey: Case = {
  name: "a master with another key is not heard, and counted as a wrong password",
  lab: LAN,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    await a.start("keepalived", config(150, "secret"));
    await a.addresses.added(VIP, { within: 15_000 });
    const second = await b.start("ha", config(100, "secret2"));
    await b.addresses.added(VIP, { within: 15_000 });
    const { counters } = await second.status();
    assert.ok(counters.auth_failure! > 0, JSON.stringify(counters));
  },
  needs: ["keepalived"],
};

scenarios("auth_type AH", [
  ...forEachPair((pair) => handsOver(pair, "multicast")),
  ...forEachPair((pair) => handsOver(pair, "unicast")),
  otherKey,
]);
