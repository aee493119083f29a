/** Accept mode: no_accept and vrrp_strict make the master drop packets to its VIPs, as keepalived does. */
import assert from "node:assert/strict";
import { must } from "../../cli/demo/command.ts";
import { now } from "../lab/clock.ts";
import { configuration, instance, type InstanceText } from "../lab/config_text.ts";
import { eventually } from "../lab/eventually.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, daemons, forEachPair, type Pair, scenarios } from "../lab/scenario.ts";
import { handedOver, LAN, VIP } from "./pair.ts";

const EXCLUDED = "10.80.0.101";

function text(
  priority: number,
  overrides: Partial<InstanceText> = {},
  globals: readonly string[] = [],
): string {
  const more = ["virtual_ipaddress_excluded {", `    ${EXCLUDED}/24`, "}", ...(overrides.more ?? [])];
  return configuration([instance({ priority, addresses: [`${VIP}/24`], ...overrides, more })], globals);
}

/** Whether an address of a node answers the client. */
async function answers(lab: Lab, address: string): Promise<boolean> {
  const { code } = await lab.node("client").run(["ping", "-c", "1", "-W", "1", address]);
  return code === 0;
}

/** What nft has, on one line. */
async function ruleset(node: Node): Promise<string> {
  const shown = await must(["ip", "netns", "exec", node.namespace, "nft", "list", "ruleset"]);
  return shown.replaceAll(/\s+/g, " ").trim();
}

function dropped(pair: Pair, name: string, config: (priority: number) => string): Case {
  return {
    name: `${name}: the master's VIPs answer nobody, its own address does`,
    lab: LAN,
    needs: ["nft"],
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const first = await a.start(pair.first, config(150));
      await b.start(pair.second, config(100));
      await a.addresses.added(EXCLUDED, { within: 15_000 });
      assert.deepEqual(await Promise.all([VIP, EXCLUDED, a.address].map((each) => answers(lab, each))), [
        false,
        false,
        true,
      ]);
      assert.match(await ruleset(a), /table ip keepalived .*elements = \{ 10\.80\.0\.100, 10\.80\.0\.101 \}/);
      // ARP is no matter of accept mode.
      assert.equal((await lab.node("client").neighbours()).get(VIP), a.port().mac);
      const stopped = now();
      await first.stop();
      await handedOver(a, b, stopped);
      assert.equal(await ruleset(a), "");
      assert.ok(!await answers(lab, VIP), "the new master does the same");
    },
  };
}

function accepted(name: string, config: string): Case {
  return {
    name: `${name}: the VIP answers, and no rule is made`,
    lab: LAN,
    needs: ["nft"],
    async run(lab) {
      const a = lab.node("a");
      await a.start("ha", config);
      await a.addresses.added(EXCLUDED, { within: 15_000 });
      assert.ok(await answers(lab, VIP));
      assert.equal(await ruleset(a), "");
    },
  };
}

function ipv6(): Case {
  return {
    name: "IPv6: a link-local VIP and a global one are dropped, neighbour discovery is not",
    lab: LAN,
    needs: ["nft"],
    async run(lab) {
      const [a, client] = [lab.node("a"), lab.node("client")];
      await must(["ip", "-n", client.namespace, "address", "add", "2001:db8::9/64", "dev", "eth0", "nodad"]);
      const config = configuration([
        instance({
          name: "V6",
          priority: 150,
          addresses: ["fe80::100/64", "2001:db8::100/64"],
          more: ["no_accept"],
        }),
      ]);
      await a.start("ha", config);
      await a.addresses.added("2001:db8::100", { within: 15_000 });
      assert.deepEqual(
        await Promise.all(["2001:db8::100", "fe80::100%eth0"].map((each) => answers(lab, each))),
        [
          false,
          false,
        ],
      );
      const seen = await client.neighbours();
      assert.deepEqual([seen.get("2001:db8::100"), seen.get("fe80::100")], [a.port().mac, a.port().mac]);
    },
  };
}

function crash(): Case {
  return {
    name:
      "what a killed daemon leaves is removed at the next start, also where nothing is to be dropped any more",
    lab: LAN,
    needs: ["nft"],
    async run(lab) {
      const a = lab.node("a");
      const first = await a.start("ha", text(150, { more: ["no_accept"] }));
      await a.addresses.added(VIP, { within: 15_000 });
      first.kill();
      assert.match(await ruleset(a), /10\.80\.0\.100/);
      const restarted = now();
      await a.start("ha", text(150));
      await a.addresses.added(EXCLUDED, { since: restarted, within: 15_000 });
      assert.equal(await ruleset(a), "");
      assert.ok(await answers(lab, VIP));
    },
  };
}

function reload(): Case {
  return {
    name: "a reload of a master switches it on and off",
    lab: LAN,
    needs: ["nft"],
    async run(lab) {
      const a = lab.node("a");
      const daemon = await a.start("ha", text(150));
      await a.addresses.added(EXCLUDED, { within: 15_000 });
      const reloadWith = async (config: string) => {
        await Deno.writeTextFile(`${daemon.directory}/keepalived.conf`, config);
        await daemon.says(/Reload complete/, { since: daemon.reload() });
      };
      await reloadWith(text(150, { more: ["no_accept"] }));
      await daemon.says(/setting firewall drop rule/);
      assert.ok(!await eventually(() => answers(lab, VIP), (answer) => !answer));
      await reloadWith(text(150, { more: ["no_accept"], addresses: ["10.80.0.102/24"] }));
      await a.addresses.added("10.80.0.102", { within: 15_000 });
      const both = /elements = \{ 10\.80\.0\.101, 10\.80\.0\.102 \}/;
      assert.match(await eventually(() => ruleset(a), (rules) => both.test(rules)), both);
      await reloadWith(text(150));
      assert.ok(await eventually(() => answers(lab, VIP), (answer) => answer));
      assert.equal(await eventually(() => ruleset(a), (rules) => rules === ""), "");
    },
  };
}

function promotion(): Case {
  return {
    name: "promote_secondaries: the setting is made, does what it says, and is given back",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const value = async () =>
        (await must([
          "ip",
          "netns",
          "exec",
          a.namespace,
          "cat",
          "/proc/sys/net/ipv4/conf/eth0/promote_secondaries",
        ]))
          .trim();
      await must([
        "ip",
        "netns",
        "exec",
        a.namespace,
        "sysctl",
        "-qw",
        "net.ipv4.conf.eth0.promote_secondaries=0",
      ]);
      const daemon = await a.start("ha", text(150, { more: ["promote_secondaries"] }));
      await a.addresses.added(EXCLUDED, { within: 15_000 });
      assert.equal(await value(), "1");
      await must(["ip", "-n", a.namespace, "address", "add", "10.80.0.50/24", "dev", "eth0"]);
      const removed = now();
      await must(["ip", "-n", a.namespace, "address", "del", a.port().cidr, "dev", "eth0"]);
      await a.addresses.removed(a.address, { since: removed, within: 15_000 });
      assert.deepEqual(
        a.addresses.filter((item) => item.what === "removed" && item.address === VIP, removed),
        [],
      );
      const { source } = await eventually(() => daemon.status(), (status) => status.source === "10.80.0.50");
      assert.equal(source, "10.80.0.50");
      await daemon.stop();
      assert.equal(await value(), "0");
    },
  };
}

scenarios("accept mode", [
  ...forEachPair((pair) => dropped(pair, "no_accept", (priority) => text(priority, { more: ["no_accept"] }))),
  ...forEachPair((pair) => dropped(pair, "vrrp_strict", (priority) => text(priority, {}, ["vrrp_strict"]))),
  ...(daemons().includes("ha")
    ? [
      accepted("strict version 3 with accept", text(150, { version: 3, more: ["accept"] }, ["vrrp_strict"])),
      accepted("no_accept and owner", text(255, { state: "MASTER", more: ["no_accept"] })),
      ipv6(),
      crash(),
      reload(),
      promotion(),
    ]
    : []),
]);
