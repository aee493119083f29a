/** Virtual and static routes, rules and addresses in the kernel, as keepalived puts them there. */
import assert from "node:assert/strict";
import { must } from "../../cli/demo/command.ts";
import { now } from "../lab/clock.ts";
import { block, configuration, instance } from "../lab/config_text.ts";
import type { Daemon } from "../lab/daemon.ts";
import { eventually } from "../lab/eventually.ts";
import type { LabSpec } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, daemons, forEachPair, type Pair, scenarios } from "../lab/scenario.ts";
import { handedOver, LAN, VIP } from "./pair.ts";

/** Two machines that do not hear each other: each is its own master. */
const APART: LabSpec = {
  a: [{ segment: "left", address: "10.80.0.1/24" }],
  b: [{ segment: "right", address: "10.80.0.1/24" }],
};

const STATICS = [
  block("static_ipaddress", [
    "10.80.0.9/24 dev eth0",
    "10.80.1.9/24 brd + dev eth0 label eth0:s scope link",
    "2001:db8:9::1/64 dev eth0",
  ]),
  block("static_routes", [
    "10.20.0.0/16 via 10.80.0.254 dev eth0",
    "blackhole 10.21.0.0/16",
    "2001:db8:20::/48 via 2001:db8:9::2 dev eth0",
  ]),
  block("static_rules", ["from 10.20.0.0/16 table 20", "to 10.21.0.0/16 table 20 preference 500"]),
];

const OBJECTS = [
  "virtual_routes {",
  "    10.10.0.0/16 via 10.80.0.254 dev eth0",
  `    src ${VIP} 10.11.0.0/16 via 10.80.0.254 dev eth0 metric 5 table 100`,
  "    default via 10.80.0.254 dev eth0 table 100",
  "    10.12.0.0/16 dev eth0 scope link",
  "    10.13.0.0/16 via 192.0.2.1 dev eth0 onlink mtu 1400",
  "    unreachable 10.14.0.0/16",
  "    10.15.0.0/16 nexthop via 10.80.0.253 dev eth0 weight 2 nexthop via 10.80.0.254 dev eth0 weight 1",
  "    2001:db8:10::/48 via fe80::1 dev eth0 metric 10",
  "    10.16.0.0/16 via 10.80.0.254 dev eth0 tos 16 advmss 1300 initcwnd 5",
  "    prohibit 10.17.0.0/16 table 300",
  "    10.18.0.0/16 via 10.80.0.254 dev eth0 rtt 102 rttvar 0.4s rto_min 250ms realms cosmos/0x14",
  "    10.19.0.0/16 via 10.80.0.254 dev eth0 rtt 4007 rttvar 801 rto_min 1.25s",
  "}",
  "virtual_rules {",
  `    from ${VIP}/32 table 100`,
  "    to 10.30.0.0/16 iif eth0 table 100 preference 77",
  "    fwmark 3 table 300",
  "    from 2001:db8:10::/48 table 100",
  "    from 10.33.0.0/16 l3mdev preference 79",
  "    from 10.31.0.0/16 to 10.32.0.0/16 blackhole preference 78",
  "}",
];

function text(priority: number, more: readonly string[] = OBJECTS, blocks: readonly string[] = []): string {
  return configuration([...blocks, instance({ priority, addresses: [`${VIP}/24`], more })]);
}

/** Our routes and rules of both families as `ip` shows them. */
async function objects(node: Node): Promise<string[]> {
  const ip = async (...words: string[]) => await must(["ip", "-n", node.namespace, "-o", ...words]);
  const shown = await Promise.all([
    ip("-4", "route", "show", "table", "all", "proto", "keepalived"),
    ip("-6", "route", "show", "table", "all", "proto", "keepalived"),
    ip("rule"),
    ip("-6", "rule"),
  ]);
  const [routes, routes6, rules, rules6] = shown.map((text) =>
    text.split("\n").map((line) => line.replaceAll(/\s+/g, " ").trim()).filter((line) => line !== "")
  );
  const ours = (line: string) => line.includes("proto keepalived");
  return [...routes!, ...routes6!, ...rules!.filter(ours), ...rules6!.filter(ours)].sort();
}

/** All addresses but those that the kernel made itself, without their lifetimes. */
async function addresses(node: Node): Promise<string[]> {
  const shown = await must(["ip", "-n", node.namespace, "-o", "address", "show", "dev", "eth0"]);
  return shown.split("\n").map((line) =>
    line.replace(/\\.*/, "").replace(" dynamic", "").replaceAll(/\s+/g, " ")
  )
    .filter((line) => line !== "" && !/ fe80::/.test(line)).sort();
}

function likeKeepalived(): Case {
  return {
    name:
      "the kernel has the same addresses, routes and rules as with keepalived, and nothing of it after a stop",
    lab: APART,
    needs: ["keepalived"],
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const before = await Promise.all([a, b].map(addresses));
      const config = text(150, OBJECTS, STATICS);
      const running: Daemon[] = [await a.start("keepalived", config), await b.start("ha", config)];
      await Promise.all([a, b].map((node) => node.addresses.added(VIP, { within: 10_000 })));
      const wanted = await eventually(() => objects(a), (lines) => lines.length === 23);
      assert.equal(wanted.length, 23, wanted.join("\n"));
      const ours = await eventually(() => objects(b), (lines) => lines.length === wanted.length);
      assert.deepEqual(ours, wanted);
      assert.deepEqual(await addresses(b), await addresses(a));
      for (const daemon of running) await daemon.stop();
      assert.deepEqual(await objects(a), []);
      assert.deepEqual(await objects(b), []);
      assert.deepEqual(await Promise.all([a, b].map(addresses)), before);
    },
  };
}

function followTheMaster(pair: Pair): Case {
  return {
    name: "virtual routes and rules are with the master",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const first = await a.start(pair.first, text(150));
      await b.start(pair.second, text(100));
      await a.addresses.added(VIP, { within: 10_000 });
      const held = await eventually(() => objects(a), (lines) => lines.length === 18);
      assert.equal(held.length, 18, held.join("\n"));
      assert.deepEqual(await objects(b), []);
      const stopped = now();
      await first.stop();
      assert.deepEqual(await objects(a), []);
      await handedOver(a, b, stopped);
      assert.deepEqual(await eventually(() => objects(b), (lines) => lines.length === held.length), held);
    },
  };
}

function putBack(): Case {
  return {
    name: "what somebody else removes is put back at once, and counted",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const daemon = await a.start("ha", text(150, OBJECTS, STATICS));
      await a.addresses.added(VIP, { within: 10_000 });
      const all = await eventually(() => objects(a), (lines) => lines.length === 23);
      const ip = (...words: string[]) => must(["ip", "-n", a.namespace, ...words]);
      await ip("route", "del", "10.10.0.0/16");
      await ip("route", "flush", "table", "100");
      await ip("-6", "route", "del", "2001:db8:10::/48");
      await ip("rule", "del", "preference", "77");
      await ip("rule", "del", "preference", "500");
      await ip("route", "del", "10.20.0.0/16");
      assert.deepEqual(await eventually(() => objects(a), (lines) => lines.length === all.length), all);
      const at = now();
      await ip("address", "del", "10.80.1.9/24", "dev", "eth0");
      await a.addresses.added("10.80.1.9", { since: at, within: 15_000 });
      const { counters, routes, rules } = await eventually(
        () => daemon.status(),
        (status) =>
          status.counters.address_restored >= 5 &&
          [...status.routes!, ...status.rules!].every(({ installed }) => installed),
      );
      assert.equal(counters.address_restored, 5);
      assert.ok([...routes!, ...rules!].every(({ installed }) => installed));
      await daemon.says(/\(VI_1\) virtual route 10\.10\.0\.0\/16 .* was removed by somebody else/);
      await daemon.says(
        /static rule to 10\.21\.0\.0\/16 lookup 20 preference 500 was removed by somebody else/,
      );
    },
  };
}

function linkFlap(): Case {
  return {
    name: "routes that vanish with a link come back with it",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const daemon = await a.start("ha", text(150, ["dont_track_primary", ...OBJECTS], STATICS));
      await a.addresses.added(VIP, { within: 10_000 });
      const all = await eventually(() => objects(a), (lines) => lines.length === 23);
      const cut = await a.cut("down");
      await daemon.says(/Netlink reports eth0 down/, { since: cut });
      const fewer = await eventually(() => objects(a), (lines) => lines.length < all.length);
      assert.ok(fewer.length < all.length, "the kernel keeps them?");
      await a.restore();
      assert.deepEqual(await eventually(() => objects(a), (lines) => lines.length === all.length), all);
      assert.ok(a.addresses.has(VIP));
    },
  };
}

function vipTakenAway(): Case {
  return {
    name: "a route that the kernel drops with its source address comes back with the address",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      await a.start("ha", text(150));
      await a.addresses.added(VIP, { within: 10_000 });
      const all = await eventually(() => objects(a), (lines) => lines.length === 18);
      assert.ok(all.some((line) => line.includes(`src ${VIP}`)));
      const at = now();
      await must(["ip", "-n", a.namespace, "address", "del", `${VIP}/24`, "dev", "eth0"]);
      await a.addresses.added(VIP, { since: at, within: 15_000 });
      assert.deepEqual(await eventually(() => objects(a), (lines) => lines.length === all.length), all);
    },
  };
}

function afterACrash(): Case {
  return {
    name: "what a killed daemon leaves is cleaned at the next start",
    lab: { a: ["lan"], b: ["lan"], client: ["lan"] },
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const first = await a.start("ha", text(150));
      await b.start("ha", text(100, []));
      await a.addresses.added(VIP, { within: 10_000 });
      await eventually(() => objects(a), (lines) => lines.length === 18);
      const killed = first.kill();
      await b.addresses.added(VIP, { since: killed, within: 10_000 });
      assert.notDeepEqual(await objects(a), []);
      const again = await a.start("ha", text(90));
      await again.enters("VI_1", "BACKUP");
      assert.deepEqual(await eventually(() => objects(a), (lines) => lines.length === 0), []);
    },
  };
}

function reload(): Case {
  return {
    name: "a reload exchanges routes, rules and static entries of a master",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const daemon = await a.start("ha", text(150, OBJECTS, STATICS));
      await a.addresses.added(VIP, { within: 10_000 });
      await eventually(() => objects(a), (lines) => lines.length === 23);
      const fewer = ["virtual_routes {", "    10.10.0.0/16 via 10.80.0.253 dev eth0", "}"];
      const statics = [block("static_ipaddress", ["10.80.0.8/24 dev eth0"])];
      await Deno.writeTextFile(`${daemon.directory}/keepalived.conf`, text(150, fewer, statics));
      const at = daemon.reload();
      await daemon.says(/Reload complete/, { since: at });
      const left = await eventually(() => objects(a), (lines) => lines.length === 1);
      assert.deepEqual(left, ["10.10.0.0/16 via 10.80.0.253 dev eth0"]);
      await a.addresses.added("10.80.0.8", { since: at, within: 15_000 });
      await a.addresses.removed("10.80.0.9", { since: at, within: 15_000 });
      assert.deepEqual(a.addresses.filter((item) => item.what === "removed" && item.address === VIP), []);
    },
  };
}

scenarios("routes, rules and static entries", [
  ...(daemons().includes("ha") ? [likeKeepalived()] : []),
  ...forEachPair(followTheMaster),
  ...(daemons().includes("ha") ? [putBack(), linkFlap(), vipTakenAway(), afterACrash(), reload()] : []),
]);
