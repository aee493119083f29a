/** The options of virtual addresses, as the kernel shows them with keepalived. */
import assert from "node:assert/strict";
import { must } from "../../cli/demo/command.ts";
import { now } from "../lab/clock.ts";
import { configuration, instance } from "../lab/config_text.ts";
import type { LabSpec } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, daemons, scenarios } from "../lab/scenario.ts";

/** Two machines that do not hear each other: each is its own master. */
const APART: LabSpec = {
  a: [{ segment: "left", address: "10.80.0.1/24" }, { segment: "left2", address: null }],
  b: [{ segment: "right", address: "10.80.0.1/24" }, { segment: "right2", address: null }],
};

const CONFIG = configuration([
  instance({
    priority: 150,
    addresses: [
      "10.80.0.100/24",
      "10.80.0.101/24 brd + label eth0:one",
      "10.80.2.102/24 brd 10.80.2.254 scope site",
      "10.80.4.103/24 scope link noprefixroute",
      "10.80.0.104 peer 10.80.5.1",
      "10.80.7.104/24 peer 10.80.7.1 brd +",
      "10.80.0.105/25 brd - scope host",
      "10.80.3.1/24 dev eth1 no_track",
      "10.80.0.106",
      "10.80.6.107/24 scope 100",
    ],
    more: [
      "virtual_ipaddress_excluded {",
      "    2001:db8::1/64",
      "    2001:db8::2",
      "    2001:db8::3/128 preferred_lft 1000",
      "    2001:db8::4/64 preferred_lft 0 home",
      "    2001:db8::8 preferred_lft forever",
      "    2001:db8::5/64 -nodad",
      "    2001:db8:1::6/64 mngtmpaddr noprefixroute dev eth1",
      "    fe80::7/64 dev eth1",
      "}",
    ],
  }),
]);

/** All addresses but the node's own, without what a lease adds. */
async function addresses(node: Node): Promise<string[]> {
  const shown = await must(["ip", "-n", node.namespace, "-o", "address"]);
  return shown.split("\n").filter((line) => / (10\.80|2001:db8|fe80::7)/.test(line))
    .map((line) =>
      line.replace(/\\.*/, "").replace(" dynamic", "").replace(/^\d+: /, "").replaceAll(/\s+/g, " ").trim()
    )
    .sort();
}

function sameAsKeepalived(): Case {
  return {
    name: "scope, broadcast, label, peer, flags and lifetimes are those that keepalived gives",
    lab: APART,
    needs: ["keepalived"],
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      await Promise.all([a.start("keepalived", CONFIG), b.start("ha", CONFIG)]);
      for (const node of [a, b]) {
        for (const last of ["10.80.6.107", "fe80::7"]) await node.addresses.added(last, { within: 10_000 });
        await node.addresses.next(
          ({ address, rest }) => address === "2001:db8::5" && !rest.includes("tentative"),
          { within: 15_000, what: "the end of duplicate detection" },
        );
      }
      const wanted = await addresses(a);
      assert.equal(wanted.length, 19, wanted.join("\n"));
      assert.deepEqual(await addresses(b), wanted);
    },
  };
}

function untracked(): Case {
  return {
    name: "no_track: an address that somebody removes stays away",
    lab: APART,
    async run(lab) {
      const node = lab.node("a");
      await node.start("ha", CONFIG);
      await node.addresses.added("fe80::7", { within: 10_000 });
      const at = now();
      const remove = (address: string, dev: string) =>
        must(["ip", "-n", node.namespace, "address", "del", address, "dev", dev]);
      await remove("10.80.3.1/24", "eth1");
      await remove("10.80.0.106/32", "eth0");
      await node.addresses.added("10.80.0.106", { since: at, within: 15_000 });
      // Longer than a lease takes to be renewed.
      await node.addresses.next(({ address }) => address === "10.80.0.100", {
        since: at + 2_000,
        within: 15_000,
        what: "a renewed lease",
      });
      assert.ok(!node.addresses.has("10.80.3.1"));
    },
  };
}

scenarios("options of virtual addresses", [
  ...(daemons().includes("ha") ? [sameAsKeepalived(), untracked()] : []),
]);
