/** What an advertisement looks like, octet by octet, and when it comes. */
import assert from "node:assert/strict";
import type { InstanceText } from "../../lab/config_text.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import { ADVERT2, between, hex, INTERVAL, LATE, master, speaks, v2, v3, VIP } from "../moves.ts";
import type { VrrpFrame } from "../rig/decode.ts";
import { advertFrame, type AdvertSpec, internetChecksum } from "../rig/packet.ts";
import { HOST, type Stand } from "../rig/stand.ts";

const ETHERNET = 14;

/** What the host should send, up to fields that are the sender's own. */
const EXPECTED: Partial<AdvertSpec> = {
  source: HOST.address,
  sourceMac: HOST.mac,
  priority: 100,
  minimum: 0,
};

/** A frame without IPv4 identification and header checksum, which are judged apart. */
function comparable(octets: Uint8Array): string {
  return hex(octets.slice().fill(0, ETHERNET + 4, ETHERNET + 6).fill(0, ETHERNET + 10, ETHERNET + 12));
}

async function looksLike(stand: Stand, text: string, expected: Partial<AdvertSpec>): Promise<VrrpFrame> {
  await stand.start(text);
  const advert = await speaks(stand, { within: 15_000 });
  assert.equal(comparable(advert.octets), comparable(advertFrame({ ...EXPECTED, ...expected })));
  assert.ok(advert.headerIsRight, "IPv4 header checksum");
  return advert;
}

/** An owner, so that there is no wait, with something special. */
function quickly(
  title: string,
  source: string,
  changes: Partial<InstanceText>,
  expected: Partial<AdvertSpec>,
  remark?: string,
): Behaviour {
  const version2 = changes.version === 2;
  const text = (version2 ? v2 : v3)({ state: "MASTER", priority: 255, ...changes });
  return {
    title,
    source,
    ...(remark === undefined ? {} : { remark }),
    run: async (stand) =>
      void await looksLike(stand, text, { ...(version2 ? ADVERT2 : {}), priority: 255, ...expected }),
  };
}

const MANY = Array.from({ length: 20 }, (_, i) => `10.80.0.${230 - i}`);

async function keepsPace(
  stand: Stand,
  text: string,
  pace: { interval: number; count: number; off: number; longest: number },
): Promise<void> {
  const { first } = await master(stand, text);
  const { interval, count } = pace;
  const seen = await stand.wire.nextAdverts(count, first.at + 1.5 * interval, interval * count * 2 + 10_000);
  const times = seen.map(({ at }) => at);
  // Over half of them each time: an advertisement that a busy machine holds up changes few of these means.
  const half = times.length >> 1;
  const means = times.slice(half).map((at, i) => (at - times[i]!) / half).toSorted((a, b) => a - b);
  between(
    means[means.length >> 1]!,
    interval * (1 - pace.off),
    interval * (1 + pace.off),
    "mean interval, ms",
  );
  const longest = Math.max(...times.slice(1).map((at, i) => at - times[i]!));
  between(longest, interval, interval + pace.longest, "longest interval, ms");
}

export const ADVERTISEMENT: Chapter = {
  number: 2,
  title: "Advertisement",
  behaviours: [
    {
      title: "Version 2 without authentication, octet by octet: 8 octets of zeros behind the addresses",
      source: "RFC 3768 5.1-5.3, appendix",
      run: async (stand) => void await looksLike(stand, v2(), ADVERT2),
    },
    quickly(
      "Version 2 PASS: type 1 and the password, filled up with zeros",
      "RFC 2338 5.3.6",
      { version: 2, password: "abc" },
      { authenticationType: 1, password: "abc" },
    ),
    quickly(
      "A password of 8 characters fills the field",
      "RFC 2338 5.3.10",
      { version: 2, password: "12345678" },
      { authenticationType: 1, password: "12345678" },
    ),
    quickly(
      "A longer password is cut after 8 characters",
      "keepalived.conf(5) auth_pass",
      { version: 2, password: "1234567890" },
      { authenticationType: 1, password: "12345678" },
    ),
    {
      title: "Version 3 over IPv4, octet by octet, checksum with pseudo-header",
      source: "RFC 5798 5.2.8; keepalived.conf(5) v3_checksum_as_v2",
      run: async (stand) => void await looksLike(stand, v3(), {}),
    },
    quickly(
      "`v3_checksum_as_v2` leaves the pseudo-header out",
      "RFC 9568 5.2.8; keepalived.conf(5) v3_checksum_as_v2",
      { more: ["v3_checksum_as_v2"] },
      { checksum: "plain" },
      "keepalived 2.2.7 does not know the word, later versions do",
    ),
    quickly(
      "Three addresses stand in the order in which they are written",
      "RFC 3768 5.3.8",
      { version: 2, addresses: ["10.80.0.203/24", "10.80.0.201/24", "10.80.0.202/24"] },
      { addresses: ["10.80.0.203", "10.80.0.201", "10.80.0.202"] },
    ),
    quickly(
      "Twenty addresses go into one packet of version 3",
      "RFC 9568 5.2.5, 5.2.9",
      { addresses: MANY.map((address) => `${address}/24`) },
      { addresses: MANY },
    ),
    quickly(
      "Addresses of other networks and without a prefix are advertised all the same",
      "RFC 9568 5.2.9",
      { addresses: ["192.0.2.1", "10.80.0.200/24"] },
      { addresses: ["192.0.2.1", VIP] },
    ),
    {
      title: "TTL 255, TOS 0xc0, no options, not fragmented, total length as long as the packet",
      source: "RFC 9568 5.1.1.3; keepalived",
      async run(stand) {
        await stand.start(v3({ state: "MASTER", priority: 255 }));
        const { header, ttl, tos, octets } = await speaks(stand, { within: 15_000 });
        assert.deepEqual({ ttl, tos, length: header.length }, { ttl: 255, tos: 0xc0, length: 20 });
        assert.equal(header[2]! << 8 | header[3]!, octets.length - ETHERNET);
        assert.equal((header[6]! << 8 | header[7]!) & 0x3fff, 0, "no fragment offset, no more fragments");
        assert.equal(internetChecksum(header), 0);
      },
    },
    {
      title:
        "From the interface's hardware address to 01:00:5e:00:00:12, from its primary address to 224.0.0.18",
      source: "RFC 3768 5.2.1, 5.2.2; RFC 1112 6.4",
      async run(stand) {
        await stand.ip("address add 10.80.0.19/24 dev eth0");
        await stand.start(v3({ state: "MASTER", priority: 255 }));
        const { sourceMac, destinationMac, source, destination } = await speaks(stand, { within: 15_000 });
        assert.deepEqual({ sourceMac, destinationMac, source, destination }, {
          sourceMac: HOST.mac,
          destinationMac: "01:00:5e:00:00:12",
          source: HOST.address,
          destination: "224.0.0.18",
        });
      },
    },
    quickly("Version 2 writes its interval in seconds", "RFC 3768 5.3.7", { version: 2, interval: 5 }, {
      interval: 5,
    }),
    quickly("Version 3 at 10 ms writes 1 centisecond", "RFC 9568 5.2.7", { interval: 0.01 }, { interval: 1 }),
    quickly("Version 3 at 40.95 s writes 4095", "RFC 9568 5.2.7", { interval: 40.95 }, { interval: 4095 }),
    quickly("Version 3 at 0.25 s writes 25", "RFC 9568 5.2.7", { interval: 0.25 }, { interval: 25 }),
    quickly(
      "Version 2 with a fraction of a second advertises whole seconds",
      "keepalived.conf(5) advert_int",
      { version: 2, interval: 1.4 },
      { interval: 1 },
    ),
    quickly("VRID 1", "RFC 9568 5.2.3", { vrid: 1 }, { vrid: 1 }),
    quickly("VRID 255", "RFC 9568 5.2.3", { vrid: 255 }, { vrid: 255 }),
    quickly("`mcast_src_ip` is the source address", "keepalived.conf(5) mcast_src_ip", {
      more: ["mcast_src_ip 10.80.0.77"],
    }, { source: "10.80.0.77" }),
    {
      title:
        "`vrrp_mcast_group4` is the destination, in the IP and the Ethernet header, and the group that is joined",
      source: "keepalived.conf(5) vrrp_mcast_group4",
      async run(stand) {
        const text = v3({ state: "MASTER", priority: 255 }, ["vrrp_mcast_group4 224.0.1.118"]);
        await looksLike(stand, text, { priority: 255, destination: "224.0.1.118" });
        await stand.wire.next(
          (frame) =>
            frame.kind === "membership" && frame.records.some(({ group }) => group === "224.0.1.118"),
          { within: 15_000, what: "a membership report" },
        );
      },
    },
    {
      title: "Excluded addresses are held and not advertised",
      source: "keepalived.conf(5) virtual_ipaddress_excluded",
      async run(stand) {
        const more = ["virtual_ipaddress_excluded {", "    10.80.0.210/24", "}"];
        const advert = await looksLike(stand, v3({ state: "MASTER", priority: 255, more }), {
          priority: 255,
        });
        assert.equal(advert.count, 1);
        await Promise.all([VIP, "10.80.0.210"].map((vip) => stand.addresses.added(vip)));
      },
    },
    {
      title: "Advertisements come every 0.2 s: the mean is within 2 %",
      source: "RFC 9568 6.4.3",
      run: (stand) => keepsPace(stand, v3(), { interval: INTERVAL, count: 20, off: 0.02, longest: 100 }),
    },
    {
      title: "Version 2: advertisements come every second",
      source: "RFC 3768 6.4.3",
      run: (stand) => keepsPace(stand, v2(), { interval: 1000, count: 6, off: 0.1, longest: LATE }),
    },
    {
      title: "At 10 ms, 300 advertisements come without drift: the mean interval is within 1 %",
      source: "RFC 9568 6.4.3",
      alone: true,
      remark: "keepalived starts each interval when the last one was handled, so it drifts late by about 1 %",
      run: (stand) =>
        keepsPace(stand, v3({ interval: 0.01 }), { interval: 10, count: 300, off: 0.01, longest: LATE }),
    },
    {
      title: "The IPv4 identification differs from one advertisement to the next",
      source: "RFC 6864 4",
      async run(stand) {
        await stand.start(v3({ state: "MASTER", priority: 255 }));
        const seen = await stand.wire.nextAdverts(4, 0, 15_000);
        const identifications = seen.map(({ header }) => header[4]! << 8 | header[5]!);
        assert.equal(new Set(identifications).size, 4, `identifications ${identifications}`);
      },
    },
  ],
};
