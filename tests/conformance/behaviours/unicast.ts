/** Advertisements to named peers instead of a group. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance, type InstanceText } from "../../lab/config_text.ts";
import type { Chapter } from "../behaviour.ts";
import {
  ADVERT2,
  backup,
  downInterval3,
  entersBackup,
  givesWay,
  goesOn,
  HIGH,
  LOG_LATE,
  LOW,
  master,
  speaks,
  takesOver,
  v2,
  V3,
  v3,
  VIP,
} from "../moves.ts";
import type { Seen } from "../rig/decode.ts";
import { advertFrame, type AdvertSpec } from "../rig/packet.ts";
import { HOST, type Stand } from "../rig/stand.ts";

const FIRST = { address: "10.80.0.100", mac: "02:00:00:00:00:64" };
const SECOND = { address: "10.80.0.3", mac: "02:00:00:00:00:03" };

/** Lines that make an instance unicast with both peers. */
const UNICAST = [
  `unicast_src_ip ${HOST.address}`,
  "unicast_peer {",
  `    ${FIRST.address}`,
  `    ${SECOND.address}`,
  "}",
];

/** To us alone. */
const TO_US: Partial<AdvertSpec> = { destination: HOST.address, destinationMac: HOST.mac };

const text = (more: readonly string[] = [], changes: Partial<InstanceText> = {}) =>
  v3({ ...changes, more: [...UNICAST, ...more] });

/** The peers answer no ARP, so the host is told where they are. */
async function introduce(stand: Stand): Promise<void> {
  await stand.ip(
    ...[FIRST, SECOND].map(({ address, mac }) =>
      `neighbour replace ${address} lladdr ${mac} dev eth0 nud permanent`
    ),
  );
}

export const UNICAST_CHAPTER: Chapter = {
  number: 11,
  title: "Unicast",
  behaviours: [
    {
      title: "Every peer gets the advertisement, in a packet to its own IP and hardware address",
      source: "keepalived.conf(5) unicast_peer",
      async run(stand) {
        await introduce(stand);
        await master(stand, text());
        for (const { address, mac } of [FIRST, SECOND]) {
          const advert = await stand.wire.advert(({ destination }) => destination === address);
          assert.equal(advert.destinationMac, mac);
          assert.deepEqual([advert.source, advert.ttl, advert.tos], [HOST.address, 255, 0xc0]);
        }
        assert.deepEqual(stand.wire.adverts(0, ({ destination }) => destination === "224.0.0.18"), []);
      },
    },
    {
      title: "The checksum of version 3 is computed with the peer's address",
      source: "RFC 5798 5.2.8; keepalived.conf(5) unicast_peer",
      async run(stand) {
        await introduce(stand);
        await master(stand, text());
        for (const { address } of [FIRST, SECOND]) {
          const advert = await stand.wire.advert(({ destination }) => destination === address);
          assert.equal(advert.checksum, "pseudo_header");
        }
      },
    },
    {
      title: "It does not join the multicast group",
      source: "keepalived.conf(5) unicast_peer",
      async run(stand) {
        await introduce(stand);
        await master(stand, text());
        await stand.wire.nextAdverts(6, 0);
        assert.deepEqual(stand.wire.memberships("224.0.0.18", [2, 4]), []);
      },
    },
    {
      title: "A backup follows a peer that speaks to it, and takes over when it falls silent",
      source: "keepalived.conf(5) unicast_peer; RFC 9568 6.4.2",
      async run(stand) {
        await introduce(stand);
        const { feed } = await backup(stand, text(), { ...HIGH, ...TO_US });
        await feed.sends(15);
        assert.deepEqual(stand.wire.adverts(), []);
        await takesOver(stand, feed.stop(), downInterval3(100));
      },
    },
    {
      title: "A master gives way to a higher priority",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        await introduce(stand);
        await master(stand, text());
        await givesWay(stand, stand.wire.say({ ...LOW, ...TO_US }), VIP, 100);
      },
    },
    {
      title: "A multicast advertisement is not believed",
      source: "keepalived (Expected unicast packet but received multicast packet)",
      async run(stand) {
        await introduce(stand);
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        const daemon = await stand.start(text());
        const at = await entersBackup(daemon);
        await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
        feed.stop();
        await stand.addresses.added(VIP);
        const since = now();
        stand.wire.say(HIGH);
        await speaks(stand, { since });
        await goesOn(stand, since);
      },
    },
    {
      title: "A TTL of less than 255 is believed: peers may be some hops away",
      source: "keepalived.conf(5) unicast_peer, min_ttl",
      async run(stand) {
        await introduce(stand);
        await master(stand, text());
        await givesWay(stand, stand.wire.say({ ...HIGH, ...TO_US, ttl: 61 }), VIP, 100);
      },
    },
    {
      title: "`check_unicast_src`: a host that is no peer is not believed",
      source: "keepalived.conf(5) check_unicast_src",
      async run(stand) {
        await introduce(stand);
        await master(stand, text(["check_unicast_src"]));
        const since = now();
        for (let round = 0; round < 3; round++) {
          await speaks(stand, { since: now() });
          stand.wire.say({ ...TO_US, source: "10.80.0.66", sourceMac: "02:00:00:00:00:42" });
        }
        await goesOn(stand, since);
        await givesWay(stand, stand.wire.say({ ...HIGH, ...TO_US }), VIP, 100);
      },
    },
    {
      title: "`unicast_ttl 64` is the TTL of what is sent",
      source: "keepalived.conf(5) unicast_ttl",
      async run(stand) {
        await introduce(stand);
        const { first } = await master(stand, text(["unicast_ttl 64"]));
        assert.equal(first.ttl, 64);
      },
    },
    {
      title: "SIGTERM: a goodbye to every peer",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        await introduce(stand);
        const { daemon } = await master(stand, text());
        const at = daemon.terminate();
        for (const { address } of [FIRST, SECOND]) {
          await stand.wire.advert(
            ({ destination, priority }) => destination === address && priority === 0,
            { since: at, within: 15_000 },
          );
        }
      },
    },
    {
      title: "A peer that cannot be reached does not keep the other from hearing us",
      source: "keepalived.conf(5) unicast_peer",
      async run(stand) {
        await introduce(stand);
        const more = [
          `unicast_src_ip ${HOST.address}`,
          "unicast_peer {",
          "    192.0.2.99",
          `    ${SECOND.address}`,
          "}",
        ];
        await stand.start(v3({ more }));
        const seen = await stand.wire.nextAdverts(4, 0, 15_000);
        assert.ok(seen.every(({ destination }) => destination === SECOND.address));
        await stand.addresses.added(VIP);
      },
    },
    {
      title: "Version 2 with a password works by unicast, too",
      source: "keepalived.conf(5) unicast_peer, authentication",
      async run(stand) {
        await introduce(stand);
        const spec = { ...HIGH, ...TO_US, ...ADVERT2, authenticationType: 1, password: "secret" };
        const { first } = await master(stand, v2({ password: "secret", more: UNICAST }));
        assert.deepEqual([first.version, first.checksum], [2, "plain"]);
        stand.wire.say({ ...spec, password: "other" });
        await speaks(stand, { since: now() });
        await givesWay(stand, stand.wire.say(spec), VIP, 300);
      },
    },
    {
      title: "Without a virtual address: the state changes and the packets are the same, with a count of 0",
      source: "keepalived (unicast instances without VIP)",
      remark: "keepalived 2.2.7 refuses to start",
      async run(stand) {
        await introduce(stand);
        const block = instance({ ...V3, more: UNICAST }).replace(/\s+virtual_ipaddress \{[^}]*\}/, "");
        const daemon = await stand.start(configuration([block]));
        const first = await speaks(stand, { within: 15_000 });
        assert.deepEqual([first.count, first.payload.length, first.checksum], [0, 8, "pseudo_header"]);
        await daemon.enters("VI_1", "MASTER");
      },
    },
    {
      title: "After a fault it announces its own source address, so that switches know where it is again",
      source: "keepalived (unicast instances that come up)",
      async run(stand) {
        await introduce(stand);
        const daemon = await stand.start(text());
        await entersBackup(daemon);
        const cut = now();
        await stand.ip("link set eth0 down");
        await daemon.enters("VI_1", "FAULT", { since: cut });
        const back = now();
        await stand.ip("link set eth0 up");
        const own = HOST.address;
        const gratuitous = (frame: Seen) =>
          frame.kind === "arp" && frame.sender === own && frame.target === own;
        await stand.wire.next(gratuitous, {
          since: back,
          within: 15_000,
          what: "gratuitous ARP for the source address",
        });
      },
    },
    {
      title:
        "A peer of before 1.3.7, whose checksum is that of the multicast group, is believed and spoken to in its way",
      source: "keepalived.conf(5) old_unicast_checksum",
      remark: "keepalived 2.2.7 says that it does, and goes on sending the new one",
      async run(stand) {
        await introduce(stand);
        const { feed } = await backup(stand, text(), { ...HIGH, ...TO_US, checksum: "for_group" });
        await feed.sends(15);
        assert.deepEqual(stand.wire.adverts(), []);
        const advert = await takesOver(stand, feed.stop(), downInterval3(100));
        assert.equal(advert.checksum, "for_group");
      },
    },
    {
      title: "`old_unicast_checksum`: so it is from the first packet",
      source: "keepalived.conf(5) old_unicast_checksum",
      async run(stand) {
        await introduce(stand);
        const { first } = await master(stand, text(["old_unicast_checksum"]));
        assert.equal(first.checksum, "for_group");
        await givesWay(stand, stand.wire.say({ ...HIGH, ...TO_US, checksum: "for_group" }), VIP, 100);
      },
    },
    {
      title: "`old_unicast_checksum never`: such a peer is not believed",
      source: "keepalived.conf(5) old_unicast_checksum",
      async run(stand) {
        await introduce(stand);
        await master(stand, text(["old_unicast_checksum never"]));
        const since = now();
        stand.wire.say({ ...HIGH, ...TO_US, checksum: "for_group" });
        await speaks(stand, { since });
        await goesOn(stand, since);
        await givesWay(stand, stand.wire.say({ ...HIGH, ...TO_US }), VIP, 100);
      },
    },
  ],
};
