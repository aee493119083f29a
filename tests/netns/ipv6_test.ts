/** IPv6: election, addresses, neighbour advertisements, duplicate detection, as keepalived has them. */
import assert from "node:assert/strict";
import { must } from "../../cli/demo/command.ts";
import { now } from "../lab/clock.ts";
import { configuration, instance, type InstanceText } from "../lab/config_text.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, daemons, forEachPair, type Pair, scenarios } from "../lab/scenario.ts";
import type { Packet } from "../lab/tcpdump.ts";
import { advertsFrom, LAN } from "./pair.ts";

const LINK_LOCAL = "fe80::100";
const GLOBAL = "2001:db8::100";
const LONE = "2001:db8::101";
const EXCLUDED = "10.80.0.100";

/** ms; three intervals of a second and the skew, with room for a busy machine. */
const TAKEOVER = 10_000;

function config6(priority: number, more: Partial<InstanceText> = {}): string {
  return configuration([instance({
    name: "V6",
    priority,
    addresses: [`${LINK_LOCAL}/64`, `${GLOBAL}/64`, LONE],
    ...more,
    more: ["virtual_ipaddress_excluded {", `    ${EXCLUDED}/24`, "}", ...(more.more ?? [])],
  })]);
}

/** The node's own link-local address, once duplicate detection has let it through. */
async function linkLocal(node: Node): Promise<string> {
  const [first] = await readyAddresses(node);
  if (first !== undefined) return first;
  const change = await node.addresses.next(
    (item) => item.what === "added" && item.address.startsWith("fe80::") && !item.rest.includes("tentative"),
    { within: 10_000, what: "a link-local address" },
  );
  return change.address;
}

async function readyAddresses(node: Node): Promise<string[]> {
  const text = await must([
    "ip",
    "-n",
    node.namespace,
    "-6",
    "-o",
    "address",
    "show",
    "dev",
    "eth0",
    "-tentative",
  ]);
  return [...text.matchAll(/inet6 (fe80::[0-9a-f:]+)/g)].map((match) => match[1]!);
}

/** The interface line of one address as `ip` prints it. */
async function addressLine(node: Node, address: string): Promise<string> {
  const text = await must(["ip", "-n", node.namespace, "-o", "address"]);
  return text.split("\n").find((line) => line.includes(` ${address}/`)) ?? "";
}

/** The first neighbour advertisement of a node for an address. */
async function neighbourAdvertisement(lab: Lab, node: Node, address: string): Promise<string> {
  const { text } = await lab.sniffers[0]!.next(
    ({ sourceMac, text }) =>
      sourceMac === node.port().mac && text.includes("neighbor advertisement") &&
      text.includes(`tgt is ${address},`),
    { within: 15_000, what: `a neighbour advertisement for ${address}` },
  );
  return text;
}

function endToEnd(pair: Pair): Case {
  return {
    name: "ff02::12 from the link-local address, VIPs, announcements, take-over and return",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      await must(["ip", "netns", "exec", a.namespace, "sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
      const [ownA] = await Promise.all([linkLocal(a), linkLocal(b)]);
      const wire = await lab.sniff("lan");
      const started = now();
      const first = await a.start(pair.first, config6(150));
      await b.start(pair.second, config6(100));
      for (const address of [LINK_LOCAL, GLOBAL, LONE, EXCLUDED]) {
        await a.addresses.added(address, { within: TAKEOVER });
      }
      const advert = await wire.advert(({ source }) => source === ownA, {
        since: started,
        within: 15_000,
        what: "a's advertisement",
      });
      assert.equal(advert.destination, "ff02::12");
      assert.deepEqual([advert.version, advert.ttl, advert.tos, advert.priority], [3, 255, 0xc0, 150]);
      assert.deepEqual(advert.addresses, [LINK_LOCAL, GLOBAL, LONE]);
      assert.deepEqual(advert.complaints, []);
      await announced(lab, a);
      assert.match(await addressLine(a, LINK_LOCAL), /\/64 scope link.* nodad/);
      assert.match(await addressLine(a, LONE), /\/128 scope global.* nodad.* deprecated|deprecated.* nodad/);
      assert.match(await addressLine(a, EXCLUDED), /10\.80\.0\.100\/24 .*scope global/);

      const stopped = now();
      await first.stop();
      await b.addresses.added(GLOBAL, { since: stopped, within: TAKEOVER });
      for (const address of [LINK_LOCAL, LONE, EXCLUDED]) assert.equal(await addressLine(a, address), "");
      const again = now();
      await a.start(pair.first, config6(150));
      await b.addresses.removed(GLOBAL, { since: again, within: TAKEOVER });
      await a.addresses.added(GLOBAL, { since: again, within: TAKEOVER });
    },
  };
}

/** Neighbour advertisements with override and, as the node forwards, router flag; ARP for the excluded address. */
async function announced(lab: Lab, node: Node): Promise<void> {
  const wire = lab.sniffers[0]!;
  const { mac } = node.port();
  const isArp = (packet: Packet) => packet.kind === "arp" && packet.gratuitousFor === EXCLUDED;
  await wire.next((packet) => isArp(packet) && packet.sourceMac === mac, {
    within: 15_000,
    what: "a gratuitous ARP for the excluded address",
  });
  for (const address of [LINK_LOCAL, GLOBAL, LONE]) {
    const text = await neighbourAdvertisement(lab, node, address);
    assert.match(text, /> 33:33:00:00:00:01, .*hlim 255.*> ff02::1:/);
    assert.match(text, /Flags \[router, override\]/);
  }
}

function tentativeStart(): Case {
  return {
    name: "a source under duplicate detection is waited for, without FAULT",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      await linkLocal(a);
      const settings = ["accept_dad=1", "dad_transmits=3"].map((each) => `net.ipv6.conf.eth0.${each}`);
      const sysctl = ["sysctl", "-qw", ...settings];
      await must(["ip", "netns", "exec", a.namespace, ...sysctl]);
      const down = now();
      await must(["ip", "-n", a.namespace, "link", "set", "eth0", "down"]);
      await must(["ip", "-n", a.namespace, "link", "set", "eth0", "up"]);
      const daemon = await a.start("ha", config6(150));
      await daemon.says(/Startup complete/);
      await a.addresses.next(
        (item) =>
          item.address.startsWith("fe80::") && item.what === "added" && !item.rest.includes("tentative"),
        { since: down, within: 10_000, what: "the end of duplicate detection" },
      );
      const backup = await daemon.enters("V6", "BACKUP");
      // Three probes a second apart, and a second after the last one.
      assert.ok(backup.at - down > 2_500, "BACKUP before the source was ready");
      await a.addresses.added(GLOBAL, { within: TAKEOVER });
      assert.deepEqual(daemon.log.lines(/FAULT/), []);
    },
  };
}

function linkLocalTwice(pair: Pair): Case {
  const more = ["virtual_ipaddress_excluded {", `    ${LINK_LOCAL}/64 dev eth1`, "}"];
  return {
    name: "the same link-local VIP on two interfaces",
    lab: { a: ["lan", "inside"], b: ["lan", "inside"] },
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      await Promise.all([linkLocal(a), linkLocal(b)]);
      const text = (priority: number) =>
        configuration([instance({ name: "V6", priority, addresses: [`${LINK_LOCAL}/64`], more })]);
      const [first] = await Promise.all([a.start(pair.first, text(150)), b.start(pair.second, text(100))]);
      const held = async (node: Node) => {
        const lines = await must(["ip", "-n", node.namespace, "-o", "address"]);
        return lines.split("\n").filter((line) => line.includes(`${LINK_LOCAL}/64`)).map((line) =>
          line.split(/\s+/)[1]
        );
      };
      await a.addresses.next((item) => item.address === LINK_LOCAL && item.interface === "eth1", {
        within: TAKEOVER,
        what: "the VIP on eth1",
      });
      assert.deepEqual(await held(a), ["eth0", "eth1"]);
      const stopped = now();
      await first.stop();
      assert.deepEqual(await held(a), []);
      await b.addresses.next(
        (item) => item.address === LINK_LOCAL && item.interface === "eth1" && item.what === "added",
        { since: stopped, within: TAKEOVER, what: "the VIP on b's eth1" },
      );
      assert.deepEqual(await held(b), ["eth0", "eth1"]);
    },
  };
}

function unicast(pair: Pair, name: string, addressOf: (node: Node) => Promise<string>): Case {
  return {
    name: `unicast between ${name} addresses`,
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const [ownA, ownB] = await Promise.all([addressOf(a), addressOf(b)]);
      const wire = await lab.sniff("lan");
      const peer = (own: string, other: string) => [
        `unicast_src_ip ${own}`,
        "unicast_peer {",
        `    ${other}`,
        "}",
      ];
      const first = await a.start(pair.first, config6(150, { more: peer(ownA, ownB) }));
      await b.start(pair.second, config6(100, { more: peer(ownB, ownA) }));
      const taken = await a.addresses.added(GLOBAL, { within: TAKEOVER });
      const advert = await wire.advert(({ source }) => source === ownA, {
        since: taken.at - 1000,
        within: 15_000,
        what: "a's advertisement",
      });
      assert.equal(advert.destination, ownB);
      await advertsFrom(wire, { name: "a", address: ownA } as Node, advert.at, 6);
      assert.ok(!b.addresses.has(GLOBAL), "b hears a");
      const stopped = now();
      await first.stop();
      await b.addresses.added(GLOBAL, { since: stopped, within: TAKEOVER });
    },
  };
}

async function globalAddress(node: Node): Promise<string> {
  const own = `2001:db8::${node.name === "a" ? 1 : 2}`;
  await must(["ip", "-n", node.namespace, "address", "add", `${own}/64`, "dev", "eth0", "nodad"]);
  await linkLocal(node);
  return own;
}

scenarios("IPv6", [
  ...forEachPair(endToEnd),
  ...forEachPair(linkLocalTwice),
  ...forEachPair((pair) => unicast(pair, "link-local", linkLocal)),
  ...forEachPair((pair) => unicast(pair, "global", globalAddress)),
  ...(daemons().includes("ha") ? [tentativeStart()] : []),
]);
