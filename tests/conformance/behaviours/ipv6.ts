/** The same over IPv6. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import type { InstanceText } from "../../lab/config_text.ts";
import { configuration, instance } from "../../lab/config_text.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import {
  backup,
  between,
  downInterval3,
  entersBackup,
  givesWay,
  goesOn,
  hex,
  LATE,
  LOG_LATE,
  master,
  speaks,
  takesOver,
  V3,
  v3,
  VIP6,
} from "../moves.ts";
import { advertFrame, type AdvertSpec } from "../rig/packet.ts";
import { HOST, type Stand } from "../rig/stand.ts";

const GLOBAL = "fd00:80::200";

/** A peer whose address is higher as a number; as a text fe80::3 is higher than fe80::20, and fe80::100 is lower. */
const HIGH6: Partial<AdvertSpec> = {
  source: "fe80::100",
  sourceMac: "02:00:00:00:00:64",
  destination: "ff02::12",
  addresses: [VIP6, GLOBAL],
};
const LOW6: Partial<AdvertSpec> = { ...HIGH6, source: "fe80::3", sourceMac: "02:00:00:00:00:03" };

const text = (changes: Partial<InstanceText> = {}) =>
  v3({ addresses: [`${VIP6}/64`, `${GLOBAL}/64`], ...changes });

async function announced(stand: Stand, address: string, count: number) {
  const enough = () => stand.wire.neighbours(address).length >= count;
  await stand.wire.next(enough, { within: 15_000, what: `${count} neighbour advertisements for ${address}` });
  return stand.wire.neighbours(address);
}

/** As chapter 4: the packet is refused for its fault. */
function refused(title: string, source: string, bad: Partial<AdvertSpec>): Behaviour {
  return {
    title: `Refused: ${title}`,
    source,
    async run(stand) {
      const frame = advertFrame({ ...HIGH6, ...bad });
      const feed = stand.wire.feed(frame, 60);
      const daemon = await stand.start(text());
      const at = await entersBackup(daemon);
      await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
      feed.stop();
      await stand.addresses.added(GLOBAL);
      const since = now();
      for (let round = 0; round < 3; round++) {
        await speaks(stand, { since: now() });
        stand.wire.send(frame);
      }
      await goesOn(stand, since, GLOBAL);
      await givesWay(stand, stand.wire.say(HIGH6), GLOBAL, 100);
    },
  };
}

export const IPV6: Chapter = {
  number: 12,
  title: "IPv6",
  behaviours: [
    {
      title:
        "An advertisement octet by octet: ff02::12, hop limit 255, class 0xc0, checksum with pseudo-header",
      source: "RFC 9568 5.1.2, 5.2",
      async run(stand) {
        await stand.start(text({ state: "MASTER", priority: 255 }));
        const advert = await speaks(stand, { within: 15_000 });
        const expected = advertFrame({
          ...HIGH6,
          source: HOST.address6,
          sourceMac: HOST.mac,
          priority: 255,
          minimum: 0,
        });
        // The flow label is the sender's own.
        const comparable = (octets: Uint8Array) => hex(octets.slice().fill(0, 15, 18));
        assert.equal(comparable(advert.octets), comparable(expected));
        assert.deepEqual([advert.ttl, advert.tos, advert.checksum], [255, 0xc0, "pseudo_header"]);
        assert.equal(advert.destinationMac, "33:33:00:00:00:12");
      },
    },
    {
      title: "The source is the link-local address of the interface",
      source: "RFC 9568 5.1.2.1",
      async run(stand) {
        const { first } = await master(stand, text(), GLOBAL);
        assert.equal(first.source, HOST.address6);
      },
    },
    {
      title: "A backup joins ff02::12",
      source: "RFC 9568 6.4.1; RFC 3810",
      async run(stand) {
        await stand.start(text());
        await stand.wire.next(
          (frame) => frame.kind === "membership" && frame.records.some(({ group }) => group === "ff02::12"),
          { within: 15_000, what: "an MLD report" },
        );
      },
    },
    {
      title:
        "Unsolicited neighbour advertisement: to ff02::1, hop limit 255, override, with the link-layer address",
      source: "RFC 9568 6.4.1; RFC 4861 4.4, 7.2.6",
      async run(stand) {
        await master(stand, text(), GLOBAL);
        for (const vip of [VIP6, GLOBAL]) {
          const [first] = await announced(stand, vip, 1);
          const { destination, destinationMac, ttl, solicited, override, targetMac, checksumIsRight } =
            first!;
          assert.deepEqual({
            destination,
            destinationMac,
            ttl,
            solicited,
            override,
            targetMac,
            checksumIsRight,
          }, {
            destination: "ff02::1",
            destinationMac: "33:33:00:00:00:01",
            ttl: 255,
            solicited: false,
            override: true,
            targetMac: HOST.mac,
            checksumIsRight: true,
          });
        }
      },
    },
    {
      title: "Its router flag is not set on a host that does not forward",
      source: "RFC 4861 4.4",
      async run(stand) {
        await master(stand, text(), GLOBAL);
        const [first] = await announced(stand, GLOBAL, 1);
        assert.equal(first!.router, false);
      },
    },
    {
      title: "Its router flag is set on a host that forwards",
      source: "RFC 9568 6.4.1: R flag",
      async run(stand) {
        await stand.run(["sysctl", "-qw", "net.ipv6.conf.all.forwarding=1"]);
        await master(stand, text(), GLOBAL);
        const [first] = await announced(stand, GLOBAL, 1);
        assert.equal(first!.router, true);
      },
    },
    {
      title: "Five at once, five again after `garp_master_delay`",
      source: "keepalived.conf(5) garp_master_delay, garp_master_repeat",
      async run(stand) {
        const more = ["garp_master_delay 1"];
        const { first } = await master(stand, text({ more, state: "MASTER", priority: 255 }), GLOBAL);
        const early = await announced(stand, GLOBAL, 5);
        between(early[4]!.at - first.at, 0, LATE * 2, "end of the first burst, ms");
        const enough = () => stand.wire.neighbours(GLOBAL).length >= 10;
        await stand.wire.next(enough, { within: 15_000, what: "the second burst" });
        const all = stand.wire.neighbours(GLOBAL);
        between(all[5]!.at - all[0]!.at, 1_000 - LATE, 1_000 + LATE, "between the bursts, ms");
      },
    },
    {
      title: "Addresses are there at once: no duplicate address detection holds them back",
      source: "keepalived (nodad)",
      async run(stand) {
        await stand.run([
          "sysctl",
          "-qw",
          "net.ipv6.conf.eth0.accept_dad=1",
          "net.ipv6.conf.eth0.dad_transmits=3",
        ]);
        await master(stand, text(), GLOBAL);
        const facts = await stand.describe(GLOBAL);
        assert.ok(facts !== null && facts.tentative !== true, JSON.stringify(facts));
      },
    },
    {
      title: "A backup follows a master and takes over after 3 intervals and the skew",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { feed } = await backup(stand, text(), HIGH6);
        await feed.sends(15);
        assert.deepEqual(stand.wire.adverts(), []);
        await takesOver(stand, feed.stop(), downInterval3(100));
      },
    },
    {
      title: "A master gives way to its own priority from a higher address",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        await master(stand, text(), GLOBAL);
        await givesWay(stand, stand.wire.say({ ...HIGH6, priority: 100 }), GLOBAL, 100);
      },
    },
    {
      title: "A master does not give way to its own priority from a lower address",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        await master(stand, text(), GLOBAL);
        const since = now();
        for (let round = 0; round < 3; round++) {
          await speaks(stand, { since: now() });
          stand.wire.say({ ...LOW6, priority: 100 });
        }
        await goesOn(stand, since, GLOBAL);
      },
    },
    refused("hop limit 254", "RFC 9568 7.1", { ttl: 254 }),
    refused("a wrong checksum", "RFC 9568 7.1", { checksum: "wrong" }),
    refused("a checksum without pseudo-header", "RFC 9568 5.2.8 (IPv6: with)", { checksum: "plain" }),
    refused("another address", "RFC 9568 7.1; keepalived before 2.3.3", {
      addresses: [VIP6, "fd00:80::199"],
    }),
    refused("cut in the second address", "RFC 9568 7.1", { cut: 32 }),
    {
      title: "SIGTERM: a goodbye, and the addresses are gone",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        const { daemon } = await master(stand, text(), GLOBAL);
        const at = daemon.terminate();
        await stand.wire.advert(({ priority }) => priority === 0, { since: at, within: 15_000 });
        await Promise.all(
          [VIP6, GLOBAL].map((vip) => stand.addresses.removed(vip, { since: at, within: 15_000 })),
        );
      },
    },
    {
      title:
        "The link-local source address comes later than the daemon: master as soon as the interval has passed",
      source: "users: FAULT for ever when the address is not there at the start",
      configured: false,
      async run(stand) {
        await stand.ip("link set eth0 up");
        await stand.start(text());
        await stand.daemons[0]!.enters("VI_1", "FAULT");
        const at = now();
        await stand.ip("address add fe80::20/64 dev eth0 nodad");
        const advert = await speaks(stand, { since: at });
        between(advert.at - at, downInterval3(100) - 5, downInterval3(100) + 1_000, "after the address, ms");
      },
    },
    {
      title: "IPv4 and IPv6 instances with the same VRID run side by side on one interface",
      source: "RFC 9568 4 (one virtual router each)",
      async run(stand) {
        await stand.start(configuration([
          instance(V3),
          instance({ ...V3, name: "VI_6", addresses: [`${VIP6}/64`] }),
        ]));
        await stand.wire.advert(({ family }) => family === 4, { within: 15_000 });
        await stand.wire.advert(({ family }) => family === 6, { within: 15_000 });
        const said = stand.wire.say({});
        await stand.addresses.removed("10.80.0.200", { since: said });
        await stand.wire.advert(({ family }) => family === 6, { since: now() });
        assert.ok(stand.addresses.has(VIP6));
      },
    },
    {
      title: "An IPv4 address among the excluded ones of an IPv6 instance is held",
      source: "keepalived.conf(5) virtual_ipaddress_excluded",
      async run(stand) {
        const more = ["virtual_ipaddress_excluded {", "    10.80.0.210/24", "}"];
        await master(stand, text({ more }), GLOBAL);
        await stand.addresses.added("10.80.0.210");
      },
    },
    {
      title: "A /128 address is deprecated, so that it is no source of new connections",
      source: "keepalived.conf(5) preferred_lft",
      async run(stand) {
        await master(stand, v3({ addresses: [`${VIP6}/64`, `${GLOBAL}/128`] }), GLOBAL);
        const facts = await stand.describe(GLOBAL);
        assert.deepEqual([facts?.prefixlen, facts?.deprecated], [128, true]);
      },
    },
    {
      title: "The route of an address's network goes with the address, and the host's own stays",
      source: "what a stop leaves behind",
      async run(stand) {
        const { daemon } = await master(stand, text({ addresses: [`${VIP6}/64`, "fd00:81::1/64"] }), VIP6);
        await stand.shows("-6 route", /^fd00:81::\/64 dev eth0/m, "the route of the address");
        daemon.terminate();
        await daemon.process.endsWithin(8_000);
        const { stdout } = await stand.run(["ip", "-6", "route"]);
        assert.doesNotMatch(stdout, /fd00:81/);
        assert.match(stdout, /^fd00:80::\/64 dev eth0 proto kernel metric \d+ pref/m);
      },
    },
    {
      title: "IPv6 by unicast: every peer gets its packet",
      source: "keepalived.conf(5) unicast_peer",
      async run(stand) {
        await stand.ip("neighbour replace fd00:80::100 lladdr 02:00:00:00:00:64 dev eth0 nud permanent");
        const more = [`unicast_src_ip ${HOST.global6}`, "unicast_peer {", "    fd00:80::100", "}"];
        const { first } = await master(stand, text({ more }), GLOBAL);
        assert.deepEqual([first.source, first.destination, first.checksum], [
          HOST.global6,
          "fd00:80::100",
          "pseudo_header",
        ]);
        const said = stand.wire.say({
          ...HIGH6,
          source: "fd00:80::100",
          destination: HOST.global6,
          destinationMac: HOST.mac,
        });
        await givesWay(stand, said, GLOBAL, 100);
      },
    },
    {
      title: "Of 91 addresses it advertises 89, those that come first, and the others stand all the same",
      source: "keepalived (Number of VIPs exceeds space available in packet): 14 octets for Ethernet count",
      async run(stand) {
        const addresses = [
          `${VIP6}/64`,
          ...Array.from({ length: 90 }, (_, i) => `fd00:80::1:${(i + 1).toString(16)}/64`),
        ];
        const { first } = await master(stand, v3({ addresses, more: ["garp_master_delay 0"] }), VIP6);
        assert.equal(first.count, 89);
        assert.deepEqual(first.addresses, addresses.slice(0, 89).map((each) => each.replace("/64", "")));
        await stand.addresses.added("fd00:80::1:5a", { within: 15_000 });
      },
    },
  ],
};
