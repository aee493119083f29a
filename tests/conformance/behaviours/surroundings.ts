/** What else comes and goes with a virtual address: routes, rules, static entries, virtual hardware addresses. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { block, configuration, instance } from "../../lab/config_text.ts";
import type { Chapter } from "../behaviour.ts";
import { HIGH, master, speaks, V3, v3, VIP } from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";
import { HOST } from "../rig/stand.ts";

const VIRTUAL_MAC = "00:00:5e:00:01:33";

export const SURROUNDINGS: Chapter = {
  number: 18,
  title: "Routes, rules and virtual MAC",
  behaviours: [
    {
      title: "`virtual_routes` are there while it is master, and gone afterwards",
      source: "keepalived.conf(5) virtual_routes",
      async run(stand) {
        const more = ["virtual_routes {", "    198.51.100.0/24 via 10.80.0.100 dev eth0", "}"];
        await master(stand, v3({ more }));
        await stand.shows("route show 198.51.100.0/24", /via 10\.80\.0\.100/, "the route");
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        await stand.addresses.removed(VIP, { since: feed.lastAt });
        await stand.shows("route show 198.51.100.0/24", null, "no route");
        feed.stop();
      },
    },
    {
      title: "`virtual_rules` are there while it is master, and gone afterwards",
      source: "keepalived.conf(5) virtual_rules",
      async run(stand) {
        await master(stand, v3({ more: ["virtual_rules {", "    from 198.51.100.0/24 table 100", "}"] }));
        await stand.shows("rule show", /from 198\.51\.100\.0\/24/, "the rule");
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        await stand.addresses.removed(VIP, { since: feed.lastAt });
        await stand.shows("rule show from 198.51.100.0/24", null, "no rule");
        feed.stop();
      },
    },
    {
      title: "`static_ipaddress` is put on at the start whatever the state, and taken off at the end",
      source: "keepalived.conf(5) static_ipaddress",
      async run(stand) {
        const fixed = block("static_ipaddress", ["10.80.0.222/24 dev eth0"]);
        const daemon = await stand.start(configuration([fixed, instance(V3)]));
        await stand.addresses.added("10.80.0.222", { within: 15_000 });
        const at = daemon.terminate();
        await stand.addresses.removed("10.80.0.222", { since: at, within: 15_000 });
      },
    },
    {
      title: "`static_routes` are put in at the start whatever the state",
      source: "keepalived.conf(5) static_routes",
      async run(stand) {
        const fixed = block("static_routes", ["198.51.100.0/24 via 10.80.0.100 dev eth0"]);
        await stand.start(configuration([fixed, instance(V3)]));
        await speaks(stand, { within: 15_000 });
        await stand.shows("route show 198.51.100.0/24", /via 10\.80\.0\.100/, "the route");
      },
    },
    {
      title: "`use_vmac`: advertisements and ARP come from 00:00:5e:00:01:VRID",
      source: "RFC 9568 7.3; keepalived.conf(5) use_vmac",
      async run(stand) {
        await master(stand, v3({ more: ["use_vmac vrrp.51"] }));
        const advert = await speaks(stand, { since: now() });
        assert.deepEqual([advert.sourceMac, advert.source], [VIRTUAL_MAC, HOST.address]);
        const arp = await stand.wire.next((frame) => frame.kind === "arp" && frame.sender === VIP, {
          within: 15_000,
          what: "gratuitous ARP",
        });
        assert.ok(arp.kind === "arp");
        assert.deepEqual([arp.sourceMac, arp.senderMac], [VIRTUAL_MAC, VIRTUAL_MAC]);
      },
    },
    {
      title:
        "`use_vmac` with `vmac_xmit_base`: advertisements come from the interface, the address is on the macvlan",
      source: "keepalived.conf(5) vmac_xmit_base",
      async run(stand) {
        await master(stand, v3({ more: ["use_vmac vrrp.51", "vmac_xmit_base"] }));
        const advert = await speaks(stand, { since: now() });
        assert.deepEqual([advert.sourceMac, advert.source], [HOST.mac, HOST.address]);
        assert.equal((await stand.describe(VIP))?.interface, "vrrp.51");
      },
    },
  ],
};
