/** How the virtual addresses stand on the interface. */
import assert from "node:assert/strict";
import { elapse, now } from "../../lab/clock.ts";
import type { InstanceText } from "../../lab/config_text.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import { backup, between, goesOn, HIGH, LATE, longestPause, master, speaks, v3, VIP } from "../moves.ts";
import type { AddressFacts } from "../rig/stand.ts";
import { advertFrame } from "../rig/packet.ts";

function stands(
  title: string,
  line: string,
  expected: Partial<AddressFacts>,
  changes: Partial<InstanceText> = {},
): Behaviour {
  return {
    title,
    source: "keepalived.conf(5) virtual_ipaddress",
    links: 2,
    async run(stand) {
      await master(stand, v3({ state: "MASTER", priority: 255, addresses: [line], ...changes }));
      const facts = await stand.describe(VIP);
      const found = Object.fromEntries(
        Object.keys(expected).map((key) => [key, facts?.[key as keyof AddressFacts]]),
      );
      assert.deepEqual(found, expected);
    },
  };
}

export const ADDRESSES: Chapter = {
  number: 14,
  title: "Virtual addresses",
  behaviours: [
    stands("With its prefix, scope global, on the instance's interface", `${VIP}/24`, {
      interface: "eth0",
      prefixlen: 24,
      scope: "global",
    }),
    stands("Without a prefix it is a /32", VIP, { prefixlen: 32 }),
    stands("`label eth0:vip`", `${VIP}/24 label eth0:vip`, { label: "eth0:vip" }),
    stands("`scope link`", `${VIP}/32 scope link`, { scope: "link" }),
    stands("`dev eth1` puts it on another interface", `${VIP}/24 dev eth1`, { interface: "eth1" }),
    stands("`brd 10.80.0.255`", `${VIP}/24 brd 10.80.0.255`, { broadcast: "10.80.0.255" }),
    {
      title: "Several addresses are added in the order in which they are written",
      source: "keepalived.conf(5) virtual_ipaddress",
      async run(stand) {
        const addresses = ["10.80.0.203/24", "10.80.0.201/24", "10.80.0.202/24"];
        await master(stand, v3({ state: "MASTER", priority: 255, addresses }), "10.80.0.203");
        await stand.addresses.added("10.80.0.202");
        const order = stand.addresses.filter((item) =>
          item.what === "added" && /\.20[123]$/.test(item.address)
        );
        assert.deepEqual(order.map(({ address }) => `${address}/24`), addresses);
      },
    },
    {
      title: "All of them go when it gives way",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        const addresses = [`${VIP}/24`, "10.80.0.201/32", "192.0.2.7/24"];
        await master(stand, v3({ addresses }));
        await stand.addresses.added("192.0.2.7");
        const feed = stand.wire.feed(
          advertFrame({ ...HIGH, addresses: [VIP, "10.80.0.201", "192.0.2.7"] }),
          60,
        );
        await Promise.all(
          [VIP, "10.80.0.201", "192.0.2.7"].map((vip) => stand.addresses.removed(vip, { within: 15_000 })),
        );
        feed.stop();
        assert.ok(stand.addresses.has("10.80.0.20"));
      },
    },
    {
      title: "An address that somebody else removes is back within a second, and it is master in the end",
      source: "keepalived (Netlink reflector reports IP removed); users_and_peers",
      async run(stand) {
        await master(stand, v3());
        const at = now();
        await stand.ip(`address del ${VIP}/24 dev eth0`);
        await stand.addresses.removed(VIP, { since: at });
        await stand.addresses.added(VIP, { since: at, within: 15_000 });
        await speaks(stand, { since: now() });
      },
    },
    {
      title:
        "An address that somebody else removes is back at once, and the others hear of nothing: no goodbye",
      source: "conntrack and clients: nobody else should notice",
      remark: "keepalived says goodbye, goes to BACKUP and comes back after the skew",
      async run(stand) {
        await master(stand, v3({ priority: 50 }));
        const at = now();
        await stand.ip(`address del ${VIP}/24 dev eth0`);
        const removed = await stand.addresses.removed(VIP, { since: at });
        const added = await stand.addresses.added(VIP, { since: at, within: 15_000 });
        between(added.at - removed.at, 0, LATE, "from removal to return, ms");
        await stand.wire.nextAdverts(4, at);
        assert.deepEqual(stand.wire.adverts(at, ({ priority }) => priority === 0), []);
      },
    },
    {
      title: "An address that is put back after somebody removed it is announced again",
      source: "RFC 9568 6.4.1",
      async run(stand) {
        await master(stand, v3({ more: ["garp_master_delay 0"] }));
        const at = now();
        await stand.ip(`address del ${VIP}/24 dev eth0`);
        await stand.wire.next((frame) => frame.kind === "arp" && frame.sender === VIP, {
          since: at,
          within: 15_000,
          what: "gratuitous ARP",
        });
      },
    },
    {
      title: "`no_track`: an address that somebody else removes stays away, and nothing else happens",
      source: "keepalived.conf(5) no_track",
      async run(stand) {
        const addresses = [`${VIP}/24`, "10.80.0.201/24 no_track"];
        await master(stand, v3({ addresses }));
        await stand.addresses.added("10.80.0.201");
        const at = now();
        await stand.ip("address del 10.80.0.201/24 dev eth0");
        await stand.addresses.removed("10.80.0.201", { since: at });
        await stand.wire.nextAdverts(12, at);
        assert.ok(!stand.addresses.has("10.80.0.201"));
        await goesOn(stand, at + 1);
      },
    },
    {
      title: "An address that is there already when it becomes master is no hindrance",
      source: "keepalived (EEXIST)",
      async run(stand) {
        const { feed } = await backup(stand, v3());
        await stand.ip(`address add ${VIP}/24 dev eth0`);
        const at = feed.stop();
        await speaks(stand, { since: at });
        await stand.wire.next((frame) => frame.kind === "arp" && frame.sender === VIP, {
          since: at,
          within: 15_000,
          what: "gratuitous ARP",
        });
        assert.ok(stand.addresses.has(VIP));
      },
    },
    {
      title: "A VIP in the middle of a hundred: all are there and announced, and no advertisement is late",
      source: "users: 80 VIPs, the second advertisement 3 s late",
      async run(stand) {
        const addresses = Array.from({ length: 100 }, (_, i) => `10.80.${2 + (i >> 6)}.${(i & 63) + 1}/32`);
        const more = ["garp_master_delay 0"];
        const { first } = await master(stand, v3({ addresses, more }), "10.80.2.1");
        await stand.addresses.added("10.80.3.36", { within: 15_000 });
        const seen = await stand.wire.nextAdverts(6, first.at);
        assert.ok(seen.every(({ count }) => count === 100));
        const longest = Math.max(...seen.slice(1).map(({ at }, i) => at - seen[i]!.at));
        between(longest, 0, longestPause(), "longest pause, ms");
        await stand.wire.next((frame) => frame.kind === "arp" && frame.sender === "10.80.3.36", {
          within: 15_000,
          what: "gratuitous ARP for the last one",
        });
      },
    },
    {
      title: "The host answers a ping to the VIP as master",
      source: "keepalived.conf(5) accept",
      async run(stand) {
        await master(stand, v3());
        await stand.ip("neighbour replace 10.80.0.100 lladdr 02:00:00:00:00:64 dev eth0 nud permanent");
        const reply = await stand.ping(VIP);
        assert.equal(reply.source, VIP);
      },
    },
    {
      title: "An address stays for as long as it is master, longer than any lifetime that it may have",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        await master(stand, v3({ state: "MASTER", priority: 255 }));
        const at = now();
        await elapse(8_000);
        await goesOn(stand, at);
      },
    },
  ],
};
