/** Gratuitous ARP: how the LAN learns where an address is now. */
import assert from "node:assert/strict";
import { elapse } from "../../lab/clock.ts";
import type { Chapter } from "../behaviour.ts";
import { advertFrame, arpRequest } from "../rig/packet.ts";
import {
  backup,
  between,
  givesWay,
  HIGH,
  INTERVAL,
  LATE,
  LOW,
  master,
  middlePause,
  v3,
  VIP,
  VIP6,
} from "../moves.ts";
import { HOST, hostMac, type Stand } from "../rig/stand.ts";

const SECOND = "10.80.0.201";
const EXCLUDED = "10.80.0.210";

/** Waits until that many announcements of an address came since a time; gives their times. */
async function announcements(stand: Stand, count: number, since: number, within: number, vip = VIP) {
  const enough = () => stand.wire.gratuitous(vip, since).length >= count;
  await stand.wire.next(enough, { since, within, what: `${count} gratuitous ARPs for ${vip}` });
  return stand.wire.gratuitous(vip, since).map(({ at }) => at);
}

/** No more of them for a time. */
function noMore(stand: Stand, milliseconds: number, since: number, vip = VIP): Promise<void> {
  const more = (frame: { kind: string }) => frame.kind === "arp" && "sender" in frame && frame.sender === vip;
  return stand.wire.never(more, milliseconds, "one more gratuitous ARP", since);
}

const settings = (...more: string[]) => v3({ state: "MASTER", priority: 255, more });
const A_LITTLE = 0.01;

/** Announcements come in a burst of `first`, and `pause` later in one of `second`, and no more. */
async function bursts(
  stand: Stand,
  text: string,
  first: number,
  pause: number,
  second: number,
): Promise<void> {
  const { first: advert } = await master(stand, text);
  const early = await announcements(stand, first, advert.at, 2_000);
  between(early[first - 1]! - advert.at, 0, LATE * 2, "end of the first burst, ms");
  const late = await announcements(stand, first + second, advert.at, pause + 3_000);
  between(late[first]! - early[0]!, pause - LATE, pause + LATE, "pause between the bursts, ms");
  await noMore(stand, 700, late.at(first + second - 1)! + A_LITTLE);
}

export const ANNOUNCEMENT: Chapter = {
  number: 3,
  title: "Gratuitous ARP",
  behaviours: [
    {
      title:
        "It is a broadcast ARP request whose sender and target are the VIP, from the interface's own MAC",
      source: "RFC 9568 6.4.1; RFC 5227 3; keepalived",
      async run(stand) {
        await master(stand, v3());
        await announcements(stand, 1, 0, 2_000);
        const { sourceMac, destinationMac, operation, senderMac, octets } = stand.wire.gratuitous(VIP)[0]!;
        assert.deepEqual({ sourceMac, destinationMac, operation, senderMac }, {
          sourceMac: HOST.mac,
          destinationMac: "ff:ff:ff:ff:ff:ff",
          operation: 1,
          senderMac: HOST.mac,
        });
        assert.ok(octets.length >= 42);
      },
    },
    {
      title: "Five at once, and five again after `garp_master_delay`",
      source: "keepalived.conf(5) garp_master_delay, garp_master_repeat",
      run: (stand) => bursts(stand, settings("garp_master_delay 1"), 5, 1_000, 5),
    },
    {
      title: "The second burst comes after 5 s where nothing is written",
      source: "keepalived.conf(5) garp_master_delay",
      run: (stand) => bursts(stand, settings(), 5, 5_000, 5),
    },
    {
      title: "`garp_master_delay 0`: no second burst",
      source: "keepalived.conf(5) garp_master_delay",
      async run(stand) {
        const { first } = await master(stand, settings("garp_master_delay 0"));
        const times = await announcements(stand, 5, first.at, 2_000);
        await noMore(stand, 5_500, times[4]! + A_LITTLE);
      },
    },
    {
      title: "`garp_master_repeat 2`: two in each burst",
      source: "keepalived.conf(5) garp_master_repeat",
      run: (stand) => bursts(stand, settings("garp_master_delay 1", "garp_master_repeat 2"), 2, 1_000, 2),
    },
    {
      title: "`vrrp_garp_master_repeat` and `vrrp_garp_master_delay` in `global_defs` are the defaults",
      source: "keepalived.conf(5) vrrp_garp_master_repeat",
      run: (stand) =>
        bursts(
          stand,
          v3({ state: "MASTER", priority: 255 }, ["vrrp_garp_master_repeat 3", "vrrp_garp_master_delay 1"]),
          3,
          1_000,
          3,
        ),
    },
    {
      title: "`garp_master_refresh` repeats them for as long as it is master",
      source: "keepalived.conf(5) garp_master_refresh, garp_master_refresh_repeat",
      async run(stand) {
        const more = ["garp_master_delay 0", "garp_master_refresh 1", "garp_master_refresh_repeat 2"];
        const { first } = await master(stand, settings(...more));
        const times = await announcements(stand, 5 + 2 + 2, first.at, 6_000);
        between(times[6]! - times[5]!, 0, LATE, "between the two of a refresh, ms");
        between(times[7]! - times[5]!, 1_000 - LATE, 1_000 + LATE, "between refreshes, ms");
      },
    },
    {
      title: "`garp_master_refresh` counts from the takeover: it does not wait for the second burst",
      source: "keepalived.conf(5) garp_master_refresh",
      async run(stand) {
        const { first } = await master(stand, settings("garp_master_delay 30", "garp_master_refresh 1"));
        const times = await announcements(stand, 5 + 2, first.at, 5_000);
        between(times[5]! - times[0]!, 1_000 - LATE, 1_000 + LATE, "first refresh, ms");
        between(times[6]! - times[5]!, 1_000 - LATE, 1_000 + LATE, "second refresh, ms");
      },
    },
    {
      title: "`vrrp_min_garp` sends a single one",
      source: "keepalived.conf(5) vrrp_min_garp",
      async run(stand) {
        const { first } = await master(stand, v3({ state: "MASTER", priority: 255 }, ["vrrp_min_garp"]));
        const [time] = await announcements(stand, 1, first.at, 2_000);
        await noMore(stand, 5_500, time! + A_LITTLE);
      },
    },
    {
      title: "Every address is announced, the excluded ones, too",
      source: "keepalived.conf(5) virtual_ipaddress_excluded",
      async run(stand) {
        const more = ["virtual_ipaddress_excluded {", `    ${EXCLUDED}/24`, "}"];
        const addresses = [`${VIP}/24`, `${SECOND}/24`];
        await master(stand, v3({ state: "MASTER", priority: 255, addresses, more }));
        for (const vip of [VIP, SECOND, EXCLUDED]) await announcements(stand, 5, 0, 3_000, vip);
      },
    },
    {
      title: "`vrrp_garp_interval 0.1` keeps at least 0.1 s between two of an interface",
      source: "keepalived.conf(5) vrrp_garp_interval",
      remark: "keepalived 2.2.7 sends two of the five",
      async run(stand) {
        const globals = ["vrrp_garp_interval 0.1"];
        const more = ["garp_master_delay 0"];
        const { first } = await master(stand, v3({ state: "MASTER", priority: 255, more }, globals));
        const times = await announcements(stand, 5, first.at, 4_000);
        between(middlePause(times.map((at) => ({ at }))), 95, 250, "middle pause, ms");
      },
    },
    {
      title: "A master that hears a lower priority announces again: `garp_lower_prio_repeat` times",
      source: "keepalived.conf(5) garp_lower_prio_repeat",
      async run(stand) {
        const more = ["garp_master_delay 0", "garp_lower_prio_repeat 3", "garp_lower_prio_delay 0"];
        const { first } = await master(stand, v3({ more }));
        const settled = await announcements(stand, 5, first.at, 2_000);
        const said = stand.wire.say({ ...HIGH, priority: 50 });
        const times = await announcements(stand, 3, said, 2_000);
        between(times[2]! - said, 0, LATE * 2, "after the packet, ms");
        assert.ok(settled.length === 5);
        await noMore(stand, 800, times[2]! + A_LITTLE);
      },
    },
    {
      title: "`garp_lower_prio_delay` repeats that burst once more",
      source: "keepalived.conf(5) garp_lower_prio_delay",
      async run(stand) {
        const more = ["garp_master_delay 0", "garp_lower_prio_repeat 2", "garp_lower_prio_delay 1"];
        const { first } = await master(stand, v3({ more }));
        await announcements(stand, 5, first.at, 2_000);
        const said = stand.wire.say({ ...HIGH, priority: 50 });
        const times = await announcements(stand, 4, said, 4_000);
        between(times[2]! - times[0]!, 1_000 - LATE, 1_000 + LATE, "between the bursts, ms");
      },
    },
    {
      title: "The second burst is forgotten when it stops being master",
      source: "RFC 9568 6.4.3; keepalived",
      async run(stand) {
        await master(stand, v3({ more: ["garp_master_delay 1"] }));
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        await givesWay(stand, feed.lastAt);
        await noMore(stand, 1_500, feed.lastAt - 100);
      },
    },
    {
      title: "A backup announces nothing",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { feed } = await backup(stand, v3());
        await noMore(stand, 1_000, 0);
        feed.stop();
      },
    },
    {
      title: "The master answers ARP for the VIP with its own hardware address",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        await master(stand, v3());
        const asked = stand.wire.send(arpRequest({ mac: "02:00:00:00:00:64", address: "10.80.0.100" }, VIP));
        const reply = await stand.wire.next((frame) => frame.kind === "arp" && frame.operation === 2, {
          since: asked,
          within: 15_000,
          what: "an ARP reply",
        });
        assert.ok(reply.kind === "arp");
        assert.deepEqual([reply.sender, reply.senderMac], [VIP, HOST.mac]);
      },
    },
    {
      title: "After giving way it does not answer ARP for the VIP any more",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        await master(stand, v3());
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        await givesWay(stand, feed.lastAt, VIP, INTERVAL);
        const asked = stand.wire.send(arpRequest({ mac: "02:00:00:00:00:03", address: LOW.source! }, VIP));
        await stand.wire.never(
          (frame) => frame.kind === "arp" && frame.operation === 2,
          500,
          "an ARP reply",
          asked,
        );
      },
    },
    {
      title: "An address on another interface (`dev eth1`) is announced there",
      source: "keepalived.conf(5) virtual_ipaddress dev",
      links: 2,
      async run(stand) {
        const addresses = [`${VIP}/24`, "10.80.1.201/24 dev eth1"];
        await master(stand, v3({ state: "MASTER", priority: 255, addresses }));
        const inside = stand.wires[1]!;
        await inside.next((frame) => frame.kind === "arp" && frame.sender === "10.80.1.201", {
          within: 15_000,
          what: "gratuitous ARP on the other link",
        });
        assert.equal(inside.gratuitous("10.80.1.201")[0]!.sourceMac, hostMac(1));
        assert.deepEqual(stand.wire.gratuitous("10.80.1.201"), []);
      },
    },
    {
      title: "`garp_group`: its interfaces share one pace, whatever the global one",
      source: "keepalived.conf(5) garp_group",
      remark: "keepalived 2.2.7 sends some of them",
      links: 2,
      async run(stand) {
        const more = ["garp_master_delay 0"];
        const addresses = [`${VIP}/24`, "10.80.1.201/24 dev eth1"];
        const block = ["garp_group {", " garp_interval 0.1", " interfaces {", "  eth0", "  eth1", " }", "}"];
        const text = v3({ state: "MASTER", priority: 255, more, addresses }, ["vrrp_garp_interval 3"]);
        const { first } = await master(stand, text + block.join("\n") + "\n");
        const inside = stand.wires[1]!;
        const there = () => inside.gratuitous("10.80.1.201", first.at);
        await inside.next(() => there().length >= 5, { within: 15_000, what: "five on the other link" });
        const here = await announcements(stand, 5, first.at, 4_000);
        const times = [...here, ...there().map(({ at }) => at)].sort((a, b) => a - b);
        assert.equal(times.length, 10);
        between(middlePause(times.map((at) => ({ at }))), 90, 250, "middle pause, ms");
      },
    },
    {
      title: "`garp_group` without `gna_interval` lets neighbour advertisements go at once",
      source: "keepalived.conf(5) garp_group",
      async run(stand) {
        const more = ["garp_master_delay 0"];
        const block = ["garp_group {", " garp_interval 2", " interface eth0", "}"];
        const globals = ["vrrp_gna_interval 2"];
        const text = v3({ state: "MASTER", priority: 255, more, addresses: [`${VIP6}/64`] }, globals);
        await stand.start(text + block.join("\n") + "\n");
        const isOne = (frame: { kind: string }) =>
          frame.kind === "neighbour" && "target" in frame && frame.target === VIP6;
        const five = () => stand.wire.filter(isOne).length >= 5;
        await stand.wire.next(five, { within: 15_000, what: "five neighbour advertisements" });
        const times = stand.wire.filter(isOne).map(({ at }) => at);
        between(times[4]! - times[0]!, 0, 4_000, "five of them, ms");
      },
    },
    {
      title: "`garp_extra_if all 1`: each second one address of each further interface, and none of its own",
      source: "keepalived.conf(5) garp_extra_if",
      links: 2,
      async run(stand) {
        const addresses = [`${VIP}/24`, "10.80.1.201/24 dev eth1", "10.80.1.202/24 dev eth1"];
        const more = ["garp_master_delay 0", "garp_extra_if all 1"];
        const { first } = await master(stand, v3({ state: "MASTER", priority: 255, addresses, more }));
        const inside = stand.wires[1]!;
        const there = () => inside.gratuitous("10.80.1.201", first.at + 700).map(({ at }) => at);
        await inside.next(() => there().length >= 3, { within: 15_000, what: "three on the other link" });
        const [a, b, c] = there();
        between(b! - a!, 1_000 - LATE, 1_000 + LATE, "first pause, ms");
        between(c! - b!, 1_000 - LATE, 1_000 + LATE, "second pause, ms");
        assert.deepEqual(inside.gratuitous("10.80.1.202", first.at + 700), []);
        assert.deepEqual(stand.wire.gratuitous(VIP, first.at + 700), []);
      },
    },
    {
      title: "`vrrp_garp_extra_if 1` without `all` leaves interfaces alone that are no VMAC",
      source: "keepalived.conf(5) vrrp_garp_extra_if",
      links: 2,
      async run(stand) {
        const addresses = [`${VIP}/24`, "10.80.1.201/24 dev eth1"];
        const text = v3({ state: "MASTER", priority: 255, addresses, more: ["garp_master_delay 0"] }, [
          "vrrp_garp_extra_if 1",
        ]);
        const { first } = await master(stand, text);
        await elapse(2_500);
        assert.deepEqual(stand.wires[1]!.gratuitous("10.80.1.201", first.at + 700), []);
      },
    },
    {
      title: "`vrrp_garp_extra_if 1` repeats them on the VMAC of an address on another interface",
      source: "keepalived.conf(5) vrrp_garp_extra_if",
      links: 2,
      async run(stand) {
        const addresses = [`${VIP}/24`, "10.80.1.201/24 dev eth1 use_vmac"];
        const text = v3({ state: "MASTER", priority: 255, addresses, more: ["garp_master_delay 0"] }, [
          "vrrp_garp_extra_if 1",
        ]);
        const { first } = await master(stand, text);
        const inside = stand.wires[1]!;
        const there = () => inside.gratuitous("10.80.1.201", first.at + 700);
        await inside.next(() => there().length >= 2, { within: 15_000, what: "two on the other link" });
        assert.match(there()[1]!.sourceMac, /^00:00:5e:00:01:/);
      },
    },
  ],
};
