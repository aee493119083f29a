/** The interface goes, its address goes: FAULT, and the way back. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import type { Chapter } from "../behaviour.ts";
import { INTERFACES } from "./interfaces.ts";
import {
  backup,
  between,
  downInterval3,
  goesOn,
  HIGH,
  INTERVAL,
  LOG_LATE,
  master,
  middlePause,
  speaks,
  takesOver,
  v3,
  VIP,
} from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";
import type { Stand } from "../rig/stand.ts";

/** ms until the daemon must have seen what the kernel said. */
const SOON = 1_500;

/** The VIP goes soon after `since`. */
async function losesAddress(stand: Stand, since: number): Promise<void> {
  await stand.addresses.removed(VIP, { since, within: SOON });
}

/** It comes back as backup and as master after a whole master-down interval. */
async function comesBack(stand: Stand, since: number): Promise<void> {
  const advert = await speaks(stand, { since, within: 10_000 });
  between(
    advert.at - since,
    downInterval3(100) - 5,
    downInterval3(100) + SOON,
    "from the repair to the first word, ms",
  );
  await stand.addresses.added(VIP, { since: advert.at - 1 });
}

export const FAULT: Chapter = {
  number: 7,
  title: "Interface and address",
  behaviours: [
    {
      title: "Interface down as master: the VIP is taken off at once, the state is FAULT",
      source: "RFC 9568 6.4.3 (Shutdown event); keepalived",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const cut = now();
        await stand.ip("link set eth0 down");
        await losesAddress(stand, cut);
        await daemon.enters("VI_1", "FAULT", { since: cut });
      },
    },
    {
      title: "Interface up again: backup first, master after the whole master-down interval",
      source: "RFC 9568 6.4.1; keepalived",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        await stand.ip("link set eth0 down");
        await daemon.enters("VI_1", "FAULT");
        const up = now();
        await stand.ip("link set eth0 up");
        await comesBack(stand, up);
      },
    },
    {
      title:
        "Carrier lost as master: FAULT and the VIP is gone; carrier back: master again after the interval",
      source: "keepalived (IFF_RUNNING)",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const cut = await stand.wire.carrier(false);
        await losesAddress(stand, cut);
        await daemon.enters("VI_1", "FAULT", { since: cut });
        const back = await stand.wire.carrier(true);
        await comesBack(stand, back);
      },
    },
    {
      title: "Carrier lost as backup: FAULT, and silence for as long as it lasts",
      source: "keepalived (IFF_RUNNING)",
      async run(stand) {
        const { daemon, feed } = await backup(stand, v3());
        feed.stop();
        const cut = await stand.wire.carrier(false);
        await daemon.enters("VI_1", "FAULT", { since: cut });
        await stand.wire.silent(downInterval3(100) * 2);
        assert.ok(!stand.addresses.has(VIP));
      },
    },
    {
      title: "Started while the interface is down: FAULT; master after it came up and the interval passed",
      source: "keepalived",
      configured: false,
      async run(stand) {
        const daemon = await stand.start(v3());
        await daemon.enters("VI_1", "FAULT");
        const up = now();
        await stand.configure(0);
        await comesBack(stand, up);
      },
    },
    {
      title: "Started without an address on the interface: FAULT until there is one",
      source: "keepalived (no IPv4 address for interface)",
      configured: false,
      async run(stand) {
        await stand.ip("link set eth0 up");
        const daemon = await stand.start(v3());
        await daemon.enters("VI_1", "FAULT");
        await stand.wire.silent(downInterval3(100) + 500);
        const at = now();
        await stand.ip("address add 10.80.0.20/24 dev eth0");
        await comesBack(stand, at);
      },
    },
    {
      title: "The only address of the interface is removed: FAULT; it comes back: master again",
      source: "keepalived (no IPv4 address for interface)",
      async run(stand) {
        const { daemon } = await master(stand, v3({ addresses: [`${VIP}/32`] }));
        const cut = now();
        await stand.ip("address del 10.80.0.20/24 dev eth0");
        await daemon.enters("VI_1", "FAULT", { since: cut });
        await losesAddress(stand, cut);
        const at = now();
        await stand.ip("address add 10.80.0.20/24 dev eth0");
        await comesBack(stand, at);
      },
    },
    {
      title: "The address is removed and another one is there: it goes on with that one as source",
      source: "keepalived",
      async run(stand) {
        await stand.ip("address add 10.80.7.7/24 dev eth0");
        await master(stand, v3());
        const cut = now();
        await stand.ip("address del 10.80.0.20/24 dev eth0");
        const moved = await stand.wire.advert(({ source }) => source === "10.80.7.7", {
          since: cut,
          within: 15_000,
        });
        await stand.wire.nextAdverts(5, moved.at);
        assert.ok(
          stand.addresses.has(VIP),
          "the VIP is there, although the kernel took it off with the primary",
        );
      },
    },
    {
      title: "`dont_track_primary`: the interface goes down and up without FAULT",
      source: "keepalived.conf(5) dont_track_primary",
      async run(stand) {
        const { daemon } = await master(stand, v3({ more: ["dont_track_primary"] }));
        const cut = await stand.wire.carrier(false);
        const back = await stand.wire.carrier(true);
        const advert = await speaks(stand, { since: back, within: INTERVAL * 5 });
        assert.ok(advert.at - back < INTERVAL * 3);
        assert.deepEqual(daemon.log.lines(/FAULT/, cut), []);
        assert.ok(stand.addresses.has(VIP));
      },
    },
    {
      title: "A carrier that blinks ends in master, with the VIP and one set of advertisements",
      source: "keepalived",
      async run(stand) {
        await master(stand, v3());
        for (let round = 0; round < 3; round++) {
          await stand.wire.carrier(false);
          await stand.wire.carrier(true);
        }
        const back = now();
        const seen = await stand.wire.nextAdverts(6, back, 10_000);
        between(middlePause(seen.slice(1)), INTERVAL * 0.7, INTERVAL * 1.5, "middle pause, ms");
        assert.ok(stand.addresses.has(VIP));
      },
    },
    {
      title: "Another interface that goes down does not matter",
      source: "keepalived",
      links: 2,
      async run(stand) {
        await master(stand, v3());
        const since = now();
        await stand.ip("link set eth1 down");
        await stand.wire.nextAdverts(5, since);
        assert.deepEqual(stand.addresses.changes(VIP, since), []);
      },
    },
    {
      title: "The interface is deleted and made anew: with `dynamic_interfaces` it is master again",
      source: "keepalived.conf(5) dynamic_interfaces",
      links: 2,
      async run(stand) {
        const globals = ["dynamic_interfaces"];
        const text = v3({ interface: "eth1", addresses: ["10.80.1.200/24"] }, globals);
        const daemon = await stand.start(text);
        const wire = stand.wires[1]!;
        await wire.advert(() => true, { within: 15_000 });
        await stand.addresses.added("10.80.1.200");
        await stand.ip("link del eth1");
        await daemon.enters("VI_1", "FAULT");
        const fresh = await stand.replaceLink(1);
        await fresh.advert(({ priority }) => priority === 100, { within: 15_000 });
        await stand.addresses.added("10.80.1.200", { since: fresh.madeAt });
      },
    },
    {
      title: "Started without the interface: with `dynamic_interfaces` it waits for it",
      source: "keepalived.conf(5) dynamic_interfaces",
      async run(stand) {
        const text = v3({ interface: "eth1", addresses: ["10.80.1.200/24"] }, ["dynamic_interfaces"]);
        const daemon = await stand.start(text);
        await daemon.enters("VI_1", "FAULT");
        const fresh = await stand.replaceLink(1);
        await fresh.advert(({ priority }) => priority === 100, { within: 15_000 });
        await stand.addresses.added("10.80.1.200", { since: fresh.madeAt });
      },
    },
    {
      title: "`track_src_ip`: FAULT while the configured source address is not on this host",
      source: "keepalived.conf(5) track_src_ip",
      remark: "keepalived 2.2.7 does not look at the start",
      async run(stand) {
        const daemon = await stand.start(v3({ more: ["mcast_src_ip 10.80.0.77", "track_src_ip"] }));
        await daemon.enters("VI_1", "FAULT");
        const at = now();
        await stand.ip("address add 10.80.0.77/24 dev eth0");
        const advert = await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
        assert.equal(advert.source, "10.80.0.77");
      },
    },
    {
      title: "`unicast_src_ip` that this host does not have: FAULT, since no peer could be heard",
      source: "keepalived (entering FAULT state (src address not configured))",
      async run(stand) {
        const more = ["unicast_src_ip 10.80.0.77", "unicast_peer {", "    10.80.0.100", "}"];
        const daemon = await stand.start(v3({ more }));
        await daemon.enters("VI_1", "FAULT");
        await stand.wire.never(({ kind }) => kind === "vrrp", 1_500, "an advertisement");
      },
    },
    {
      title: "`unicast_src_ip` that comes later, goes and comes again: FAULT as long as it is not there",
      source: "keepalived.conf(5) unicast_src_ip",
      remark: "keepalived 2.2.7 stays in FAULT until it is started again",
      async run(stand) {
        await stand.ip("neighbour replace 10.80.0.100 lladdr 02:00:00:00:00:64 dev eth0 nud permanent");
        const more = ["unicast_src_ip 10.80.0.77", "unicast_peer {", "    10.80.0.100", "}"];
        const daemon = await stand.start(v3({ more }));
        await daemon.enters("VI_1", "FAULT");
        const came = now();
        await stand.ip("address add 10.80.0.77/24 dev eth0");
        const advert = await takesOver(stand, came, downInterval3(100), { early: LOG_LATE });
        assert.equal(advert.source, "10.80.0.77");
        await stand.addresses.added(VIP, { since: came });
        const went = now();
        await stand.ip("address del 10.80.0.77/24 dev eth0");
        await stand.addresses.removed(VIP, { since: went, within: 3_000 });
        const again = now();
        await stand.ip("address add 10.80.0.77/24 dev eth0");
        await stand.addresses.added(VIP, { since: again, within: 6_000 });
      },
    },
    {
      title: "After the interface came back packets are heard again: it follows a better master",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        await stand.ip("link set eth0 down");
        await daemon.enters("VI_1", "FAULT");
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        const back = now();
        await stand.ip("link set eth0 up");
        await daemon.enters("VI_1", "BACKUP", { since: back });
        await feed.sends(25);
        assert.deepEqual(stand.wire.adverts(back), []);
        await takesOver(stand, feed.stop(), downInterval3(100));
      },
    },
    {
      title: "A second address on the interface comes and goes: nothing happens",
      source: "keepalived",
      async run(stand) {
        await master(stand, v3());
        const since = now();
        await stand.ip("address add 10.80.0.21/24 dev eth0");
        await stand.wire.nextAdverts(3, now());
        await stand.ip("address del 10.80.0.21/24 dev eth0");
        await stand.wire.nextAdverts(3, now());
        await goesOn(stand, since);
        assert.ok(stand.wire.adverts(since).every(({ source }) => source === "10.80.0.20"));
      },
    },
    ...INTERFACES,
  ],
};
