/** use_vmac: a virtual interface with the virtual router's hardware address, as keepalived has it. */
import assert from "node:assert/strict";
import { must } from "../../cli/demo/command.ts";
import { now } from "../lab/clock.ts";
import { configuration, instance, type InstanceText } from "../lab/config_text.ts";
import type { DaemonKind } from "../lab/adapter.ts";
import { eventually } from "../lab/eventually.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, daemons, forEachPair, type Pair, scenarios } from "../lab/scenario.ts";
import { handedOver, LAN, VIP } from "./pair.ts";

const VMAC = "00:00:5e:00:01:33";
const VMAC6 = "00:00:5e:00:02:34";
const VIP6 = "fe80::100";

function text(
  priority: number,
  more: readonly string[] = ["use_vmac"],
  overrides: Partial<InstanceText> = {},
): string {
  return configuration([instance({ priority, addresses: [`${VIP}/24`], more, ...overrides })]);
}

async function sysctl(node: Node, name: string): Promise<string> {
  return (await must(["ip", "netns", "exec", node.namespace, "cat", `/proc/sys/net/${name}`])).trim();
}

async function links(node: Node): Promise<Map<string, { mac: string; kind: string; up: boolean }>> {
  const rows: {
    ifname: string;
    address: string;
    flags: string[];
    linkinfo?: { info_kind?: string; info_data?: { mode?: string } };
  }[] = JSON.parse(await must(["ip", "-n", node.namespace, "-j", "-d", "link"]));
  return new Map(rows.map((row) => [row.ifname, {
    mac: row.address,
    kind: [row.linkinfo?.info_kind, row.linkinfo?.info_data?.mode].join(" "),
    up: row.flags.includes("UP"),
  }]));
}

/** What the neighbour table of the client says of the VIP, after a ping. */
async function macSeen(lab: Lab, address = VIP): Promise<string | undefined> {
  const client = lab.node("client");
  await client.run(["ping", "-c", "2", "-i", "0.2", "-W", "1", address]);
  return (await client.neighbours()).get(address);
}

function endToEnd(pair: Pair): Case {
  return {
    name: "the VIP keeps one hardware address whoever is master",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const before = await sysctl(a, "ipv4/conf/eth0/arp_ignore");
      const wire = await lab.sniff("lan");
      const started = now();
      const first = await a.start(pair.first, text(150));
      await b.start(pair.second, text(100));
      const taken = await a.addresses.added(VIP, { within: 15_000 });
      assert.equal(taken.interface, "vrrp.51");
      const advert = await wire.advert(({ source, priority }) => source === a.address && priority > 0, {
        since: started,
        within: 15_000,
        what: "a's advertisement",
      });
      assert.deepEqual([advert.sourceMac, advert.ttl], [VMAC, 255]);
      await wire.next(
        (packet) => packet.kind === "arp" && packet.gratuitousFor === VIP && packet.sourceMac === VMAC,
        {
          since: started,
          within: 15_000,
          what: "a gratuitous ARP from the virtual address",
        },
      );
      assert.deepEqual((await links(a)).get("vrrp.51"), { mac: VMAC, kind: "macvlan private", up: true });
      assert.equal(await sysctl(a, "ipv4/conf/eth0/arp_ignore"), "1");
      assert.equal(await sysctl(a, "ipv4/conf/vrrp.51/accept_local"), "1");
      const client = await lab.ping("client", VIP);
      const stopped = now();
      await first.stop();
      await handedOver(a, b, stopped);
      assert.ok(!(await links(a)).has("vrrp.51"), "the interface is left behind");
      if (pair.first === "ha") assert.equal(await sysctl(a, "ipv4/conf/eth0/arp_ignore"), before);
      await client.answers(now());
    },
  };
}

function oneMac(): Case {
  return {
    name: "the client never learns another hardware address for the VIP, whoever talks first",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const client = lab.node("client");
      await a.start("ha", text(150));
      await a.addresses.added(VIP, { within: 15_000 });
      assert.equal(await macSeen(lab), VMAC);
      // The node asks for the client with the VIP as its own address.
      await must(["ip", "-n", a.namespace, "neighbour", "flush", "all"]);
      await a.run(["ping", "-c", "1", "-W", "1", "-I", VIP, client.address]);
      assert.equal((await client.neighbours()).get(VIP), VMAC);
      assert.notEqual((await client.neighbours()).get(a.address), VMAC);
    },
  };
}

function silentBackup(): Case {
  return {
    name: "a backup sends nothing from the virtual hardware address",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      await must(["ip", "netns", "exec", b.namespace, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
      const wire = await lab.sniff("lan", "");
      const both = (priority: number) =>
        configuration([
          instance({ priority, addresses: [`${VIP}/24`], more: ["use_vmac"] }),
          instance({ name: "V6", vrid: 52, priority, addresses: [`${VIP6}/64`], more: ["use_vmac"] }),
        ]);
      await a.start("ha", both(150));
      await a.addresses.added(VIP, { within: 15_000 });
      await a.addresses.added(VIP6, { within: 15_000 });
      const started = now();
      const second = await b.start("ha", both(100));
      await second.enters("VI_1", "BACKUP");
      await second.enters("V6", "BACKUP");
      // a's ten next advertisements, each from the same hardware addresses: b has had time for its reports.
      for (let i = 0, since = now(); i < 10; i++) {
        since = (await wire.advert(({ source }) =>
          source === a.address, { since, within: 15_000, what: "an advert" }))
          .at + 0.001;
      }
      assert.ok((await links(b)).has("vrrp.51") && (await links(b)).has("vrrp.52"));
      const virtual = wire.filter(({ sourceMac }) => sourceMac === VMAC || sourceMac === VMAC6, started);
      const foreign = virtual.filter((packet) =>
        packet.kind !== "vrrp" && !/> (ff02::1|ff:ff)|Request who-has/.test(packet.text)
      );
      assert.deepEqual(foreign.map(({ text }) => text), []);
      const reports = wire.filter(
        ({ sourceMac, text }) => sourceMac === b.port().mac && /igmp|report/i.test(text),
        started,
      );
      assert.notDeepEqual(reports, [], "the reports leave by the interface below");
    },
  };
}

/** A router whose interface has no address of the clients' network but the VIP. */
function forwards(kind: DaemonKind): Case {
  return {
    name: `IPv6: ${kind} forwards to a client that it has to look for behind the virtual interface`,
    lab: {
      a: [{ segment: "lan", address: "10.80.0.1/24" }, { segment: "out", address: "10.80.1.1/24" }],
      client: ["lan"],
      far: ["out"],
    },
    needs: kind === "keepalived" ? [kind] : [],
    async run(lab) {
      const [a, client, far] = [lab.node("a"), lab.node("client"), lab.node("far")];
      const ip = (node: Node, ...words: string[]) => must(["ip", "-n", node.namespace, ...words]);
      await ip(client, "address", "add", "2001:db8:1::9/64", "dev", "eth0", "nodad");
      await ip(client, "route", "add", "2001:db8:2::/64", "via", "2001:db8:1::1");
      await ip(far, "address", "add", "2001:db8:2::9/64", "dev", "eth0", "nodad");
      await ip(far, "route", "add", "2001:db8:1::/64", "via", "2001:db8:2::1");
      await ip(a, "address", "add", "2001:db8:2::1/64", "dev", "eth1", "nodad");
      await must(["ip", "netns", "exec", a.namespace, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
      await a.start(kind, text(150, ["use_vmac"], { name: "V6", vrid: 52, addresses: ["2001:db8:1::1/64"] }));
      await a.addresses.added("2001:db8:1::1", { within: 15_000 });
      const ping = await far.run(["ping", "-c", "3", "-i", "0.5", "-W", "2", "2001:db8:1::9"]);
      assert.equal(ping.code, 0, ping.stdout);
    },
  };
}

function ipv6(pair: Pair): Case {
  return {
    name: "IPv6: advertisements and VIPs on 00:00:5e:00:02:VRID",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const wire = await lab.sniff("lan");
      const config = (priority: number) =>
        text(priority, ["use_vmac"], { name: "V6", vrid: 52, addresses: [`${VIP6}/64`, "2001:db8::100/64"] });
      const first = await a.start(pair.first, config(150));
      await b.start(pair.second, config(100));
      const taken = await a.addresses.added("2001:db8::100", { within: 15_000 });
      assert.equal(taken.interface, "vrrp.52");
      const advert = await wire.advert(({ sourceMac }) => sourceMac === VMAC6, {
        within: 15_000,
        what: "an advertisement from the virtual address",
      });
      assert.deepEqual([advert.destination, advert.ttl, advert.version], ["ff02::12", 255, 3]);
      assert.match(advert.source, /^fe80::/);
      assert.deepEqual(advert.complaints, []);
      await must([
        "ip",
        "-n",
        lab.node("client").namespace,
        "address",
        "add",
        "2001:db8::9/64",
        "dev",
        "eth0",
        "nodad",
      ]);
      assert.equal(await macSeen(lab, "2001:db8::100"), VMAC6);
      const stopped = now();
      await first.stop();
      await b.addresses.added("2001:db8::100", { since: stopped, within: 10_000 });
      assert.ok(!(await links(a)).has("vrrp.52"));
    },
  };
}

function transmitOnBase(pair: Pair): Case {
  return {
    name: "vmac_xmit_base: advertisements by the interface below, VIPs on the virtual one",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const wire = await lab.sniff("lan");
      const more = ["use_vmac vmac0", "vmac_xmit_base"];
      const first = await a.start(pair.first, text(150, more));
      await b.start(pair.second, text(100, more));
      const taken = await a.addresses.added(VIP, { within: 15_000 });
      assert.equal(taken.interface, "vmac0");
      const advert = await wire.advert(({ source }) => source === a.address, {
        within: 15_000,
        what: "an advertisement",
      });
      assert.equal(advert.sourceMac, a.port().mac);
      if (pair.first === "ha") assert.equal(await macSeen(lab), VMAC);
      const stopped = now();
      await first.stop();
      await handedOver(a, b, stopped);
    },
  };
}

function otherInterfaces(): Case {
  const more = [
    "use_vmac",
    "use_vmac_addr",
    "virtual_ipaddress_excluded {",
    "    10.80.1.100/24 dev eth1",
    "    2001:db8::5/64",
    "}",
  ];
  return {
    name: "the interfaces, addresses and settings are those of keepalived, and gone after a stop",
    lab: {
      a: [{ segment: "left", address: "10.80.0.1/24" }, { segment: "left2", address: null }],
      b: [{ segment: "right", address: "10.80.0.1/24" }, { segment: "right2", address: null }],
    },
    needs: ["keepalived"],
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const config = text(150, more);
      const running = [await a.start("keepalived", config), await b.start("ha", config)];
      const seen = await Promise.all([a, b].map(async (node) => {
        await node.addresses.added(VIP, { within: 15_000 });
        await node.addresses.added("2001:db8::5", { within: 15_000 });
        return await snapshot(node);
      }));
      assert.deepEqual(seen[1], seen[0]);
      for (const daemon of running) await daemon.stop();
      for (const node of [a, b]) {
        assert.deepEqual([...(await links(node)).keys()].sort(), ["eth0", "eth1", "lo"]);
      }
    },
  };
}

async function snapshot(node: Node) {
  const found = [...await links(node)].filter(([name]) => name.startsWith("vrrp"));
  const addresses = (await must(["ip", "-n", node.namespace, "-o", "address"])).split("\n")
    .flatMap((line) =>
      /^\d+: (\S+) +inet6? (10\.80\.\S+\.100|\S+|2001:\S+)/.exec(line)?.slice(1).join(" ") ?? []
    )
    .filter((line) => !line.includes("fe80::") && !line.startsWith("lo"));
  const names = ["arp_ignore", "arp_filter", "accept_local", "rp_filter", "promote_secondaries"];
  const settings = await Promise.all(
    ["eth0", "eth1", "vrrp.51", "vrrp1.51"].flatMap((name) =>
      names.map(async (setting) => `${name} ${setting} ${await sysctl(node, `ipv4/conf/${name}/${setting}`)}`)
    ),
  );
  return { links: found, addresses: addresses.sort(), settings };
}

function comesBack(): Case {
  return {
    name: "an interface that somebody deletes is made anew; one of a crash is replaced",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const daemon = await a.start("ha", text(150));
      await a.addresses.added(VIP, { within: 15_000 });
      const deleted = now();
      await must(["ip", "-n", a.namespace, "link", "del", "vrrp.51"]);
      const again = await a.addresses.added(VIP, { since: deleted, within: 10_000 });
      assert.equal(again.interface, "vrrp.51");
      assert.equal((await links(a)).get("vrrp.51")?.mac, VMAC);
      daemon.kill();
      const restarted = now();
      await a.start("ha", text(150));
      await a.addresses.added(VIP, { since: restarted, within: 15_000 });
      assert.equal(await macSeen(lab), VMAC);
    },
  };
}

function nameTaken(): Case {
  return {
    name: "a name that belongs to another interface is a FAULT that says so",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      await must([
        "ip",
        "-n",
        a.namespace,
        "link",
        "add",
        "vrrp.51",
        "type",
        "veth",
        "peer",
        "name",
        "other",
      ]);
      const daemon = await a.start("ha", text(150));
      await daemon.says(/interface vrrp\.51 cannot be made: there is an interface of that name/);
      assert.equal((await daemon.status()).state, "fault");
      await daemon.stop();
      assert.ok((await links(a)).has("vrrp.51"), "not ours to delete");
    },
  };
}

function reload(): Case {
  return {
    name: "a reload leaves the virtual interface and its VIP as they are",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const daemon = await a.start("ha", text(150));
      await a.addresses.added(VIP, { within: 15_000 });
      const index = async () =>
        JSON.parse(await must(["ip", "-n", a.namespace, "-j", "link", "show", "vrrp.51"]))[0].ifindex;
      const before = await index();
      await Deno.writeTextFile(`${daemon.directory}/keepalived.conf`, text(140));
      const at = daemon.reload();
      await daemon.says(/Reload complete/, { since: at });
      await daemon.says(/Changing effective priority from 150 to 140/, { since: at });
      assert.equal(await index(), before);
      await Deno.writeTextFile(`${daemon.directory}/keepalived.conf`, text(140, []));
      const plain = daemon.reload();
      const moved = await a.addresses.added(VIP, { since: plain, within: 15_000 });
      assert.equal(moved.interface, "eth0");
      assert.ok(!(await eventually(() => links(a), (found) => !found.has("vrrp.51"))).has("vrrp.51"));
    },
  };
}

scenarios("use_vmac", [
  ...forEachPair(endToEnd),
  ...forEachPair(ipv6),
  ...forEachPair(transmitOnBase),
  ...daemons().map(forwards),
  ...(daemons().includes("ha")
    ? [oneMac(), silentBackup(), otherInterfaces(), comesBack(), nameTaken(), reload()]
    : []),
]);
