/** What goes over the wire: decoded by tcpdump, and octet by octet what keepalived sends. */
import assert from "node:assert/strict";
import type { DaemonKind } from "../lab/adapter.ts";
import { configuration, instance, type InstanceText } from "../lab/config_text.ts";
import type { Lab } from "../lab/lab.ts";
import { comparableIpv4, isGratuitousArp, isVrrpIpv4, readPcap } from "../lab/pcap.ts";
import { commandExists } from "../lab/requirements.ts";
import { type Case, daemons, scenarios } from "../lab/scenario.ts";
import type { VrrpPacket } from "../lab/tcpdump.ts";
import { VIP } from "./pair.ts";

/** An instance whose packets are looked at, and the words that tcpdump has for them. */
interface Variant {
  readonly name: string;
  readonly text: InstanceText;
  readonly globals?: readonly string[];
  readonly expected: RegExp;
}

const unicast = ["unicast_src_ip 10.80.0.1", "unicast_peer {", "    10.80.0.2", "    10.80.0.3", "}"];

/** Owners, so that each is a master at once. */
const VARIANTS: readonly Variant[] = [
  {
    name: "v2 without authentication",
    text: { priority: 255, addresses: [VIP] },
    expected:
      /VRRPv2, Advertisement, vrid 51, prio 255, authtype none, intvl 1s, length 20, addrs: 10\.80\.0\.100$/,
  },
  {
    name: "v2 PASS, password of 4",
    text: { priority: 255, addresses: [VIP], password: "1111" },
    expected: /prio 255, authtype simple, intvl 1s, length 20, addrs: 10\.80\.0\.100 auth "1111"$/,
  },
  {
    name: "v2 PASS, password of 9, several addresses, unicast",
    text: {
      priority: 255,
      addresses: [VIP, "10.80.0.101/24", "10.80.7.7/16"],
      password: "sunshine9",
      more: unicast,
    },
    expected:
      /authtype simple, intvl 1s, length 28, addrs\(3\): 10\.80\.0\.100,10\.80\.0\.101,10\.80\.7\.7 auth "sunshine"$/,
  },
  {
    name: "v2 advert_int 3, another multicast group",
    text: { priority: 255, interval: 3, addresses: [VIP] },
    globals: ["vrrp_mcast_group4 230.0.0.0"],
    expected: /> 230\.0\.0\.0: .*vrid 51, prio 255, authtype none, intvl 3s/,
  },
  {
    name: "v3",
    text: { priority: 255, version: 3, interval: 0.01, vrid: 255, addresses: [VIP] },
    expected: /VRRPv3, Advertisement, vrid 255, prio 255, intvl 1cs, length 12, addrs: 10\.80\.0\.100$/,
  },
  {
    name: "v3 several addresses, unicast",
    text: {
      priority: 255,
      version: 3,
      interval: 0.5,
      vrid: 1,
      addresses: [VIP, "10.80.0.101"],
      more: unicast,
    },
    expected:
      /VRRPv3, Advertisement, vrid 1, prio 255, intvl 50cs, length 16, addrs\(2\): 10\.80\.0\.100,10\.80\.0\.101$/,
  },
];

/** What one daemon puts on the wire from start to stop, without what differs from run to run. */
async function recordRun(lab: Lab, kind: DaemonKind, variant: Variant) {
  const a = lab.node("a");
  const wire = await lab.sniff("lan");
  const more = [...(variant.text.more ?? []), "garp_master_delay 0"];
  const text = configuration([instance({ ...variant.text, state: "MASTER", more })], variant.globals ?? []);
  const daemon = await a.start(kind, text);
  const first = await wire.advert(() => true, { within: 15_000, what: "an advertisement" });
  await a.addresses.added(VIP, { within: 15_000 });
  await wire.next((packet) => packet.kind === "arp" && packet.gratuitousFor === VIP, {
    within: 15_000,
    what: "a gratuitous ARP",
  });
  await daemon.stop();
  const goodbye = await wire.advert((packet) => packet.priority === 0, {
    within: 15_000,
    what: "priority 0",
  });
  await wire[Symbol.asyncDispose]();
  const frames = readPcap(await Deno.readFile(wire.file)).map((frame) => frame.octets);
  return { first, goodbye, adverts: wire.adverts(), frames };
}

type Recorded = Awaited<ReturnType<typeof recordRun>>;

/** The different packets in order of their first appearance: advertisements, goodbyes, gratuitous ARPs. */
function distinct(run: Recorded): string[] {
  const wanted = run.frames.filter((octets) => isVrrpIpv4(octets) || isGratuitousArp(octets));
  return [...new Set(wanted.map((octets) => isGratuitousArp(octets) ? hex(octets) : comparableIpv4(octets)))];
}

const hex = (octets: Uint8Array) => [...octets].map((octet) => octet.toString(16).padStart(2, "0")).join("");

function wellFormed(packet: VrrpPacket): void {
  assert.deepEqual(packet.complaints, [], packet.text);
  assert.equal(packet.tos, 0xc0, packet.text);
  assert.equal(packet.ttl, 255, packet.text);
  assert.match(packet.text, /flags \[none\]/);
}

function decoded(variant: Variant, kind: DaemonKind): Case {
  return {
    name:
      `tcpdump decodes every packet of ${kind} without complaint, and they are keepalived's: ${variant.name}`,
    lab: { a: ["lan"], b: ["lan"], c: ["lan"] },
    async run(lab) {
      const run = await recordRun(lab, kind, variant);
      assert.match(run.first.text, variant.expected);
      run.adverts.forEach(wellFormed);
      assert.deepEqual(
        [...new Set(run.adverts.map((packet) => packet.priority))],
        [255, 0],
        "adverts, and at last one goodbye",
      );
      const afterGoodbye = run.adverts.filter((packet) => packet.at > run.goodbye.at);
      assert.ok(afterGoodbye.every((packet) => packet.priority === 0), "nothing after the goodbye");
      if (kind === "keepalived" || !commandExists("keepalived")) return;
      const theirs = await recordRun(lab, "keepalived", variant);
      assert.deepEqual(distinct(run), distinct(theirs), "octets of ha (left) and keepalived (right)");
    },
  };
}

function identification(kind: DaemonKind): Case {
  return {
    name: `the IP identification counts up from packet to packet, ${kind}`,
    lab: { a: ["lan"] },
    async run(lab) {
      const wire = await lab.sniff("lan");
      const text = instance({ priority: 255, version: 3, interval: 0.05, state: "MASTER", addresses: [VIP] });
      await lab.node("a").start(kind, configuration([text]));
      const ids: number[] = [];
      for (let since = 0; ids.length < 4;) {
        const advert = await wire.advert(() => true, { since, within: 15_000, what: "an advertisement" });
        ids.push(advert.id!);
        since = advert.at + 0.001;
      }
      assert.deepEqual(ids.map((id) => id - ids[0]!), [0, 1, 2, 3]);
    },
  };
}

function bursts(kind: DaemonKind): Case {
  return {
    name:
      `gratuitous ARP: five at once after the first advertisement, five more after garp_master_delay, ${kind}`,
    lab: { a: ["lan"] },
    async run(lab) {
      const wire = await lab.sniff("lan");
      const more = ["garp_master_delay 1"];
      const text = instance({
        priority: 255,
        version: 3,
        interval: 0.1,
        state: "MASTER",
        addresses: [VIP],
        more,
      });
      await lab.node("a").start(kind, configuration([text]));
      const advert = await wire.advert(() => true, { within: 15_000, what: "an advertisement" });
      const later = await wire.next((packet) => packet.kind === "arp" && packet.gratuitousFor === VIP, {
        since: advert.at + 500,
        within: 15_000,
        what: "the second burst",
      });
      // Ten advertisements later there would have been a third one.
      const end = await wire.advert(() => true, {
        since: later.at + 1_100,
        within: 15_000,
        what: "an advertisement",
      });
      const times = wire.gratuitousArps(VIP).filter((packet) => packet.at < end.at).map((packet) =>
        packet.at
      );
      assert.equal(times.length, 10);
      assert.ok(times.every((time) => time > advert.at), "the advertisement goes first");
      // A second, less what a busy machine may hold up the end of the first burst; within a burst there is no pause.
      const pauses = times.slice(1).map((time, i) => time - times[i]!);
      const longest = Math.max(...pauses);
      assert.equal(pauses.indexOf(longest), 4, `two bursts of five: ${pauses.map(Math.round)}`);
      assert.ok(longest > 400 && longest < 5_000, `second burst after ${longest} ms`);
    },
  };
}

scenarios("packets on the wire", [
  ...VARIANTS.flatMap((variant) => daemons().map((kind) => decoded(variant, kind))),
  ...daemons().map(identification),
  ...daemons().map(bursts),
]);
