/** From the start of the daemon to the first word. */
import assert from "node:assert/strict";
import { configuration, instance } from "../../lab/config_text.ts";
import type { Chapter } from "../behaviour.ts";
import {
  backup,
  between,
  downInterval2,
  downInterval3,
  entersBackup,
  LATE,
  LOG_LATE,
  master,
  speaks,
  takesOver,
  V2,
  v2,
  V3,
  v3,
  VIP,
} from "../moves.ts";
import { arpRequest } from "../rig/packet.ts";
import type { Stand } from "../rig/stand.ts";

/** From entering BACKUP to the first advertisement the master-down interval goes by, and all of it since the start. */
async function waitsBeforeTheFirstWord(stand: Stand, text: string, wait: number): Promise<void> {
  const daemon = await stand.start(text);
  const at = await entersBackup(daemon);
  const first = await takesOver(stand, at, wait, { early: LOG_LATE, what: "from BACKUP to the first word" });
  between(first.at - daemon.process.startedAt, wait, wait + 10_000, "from the start, ms");
}

/** An owner speaks at once: with an interval of 3 s all others would wait 9 s. */
async function speaksAtOnce(stand: Stand, text: string): Promise<void> {
  const daemon = await stand.start(text);
  const first = await speaks(stand, { within: 15_000 });
  assert.equal(first.priority, 255);
  between(first.at - daemon.process.startedAt, 0, 6_000, "from the start to the first advertisement, ms");
  await stand.addresses.added(VIP);
}

/** A block without the line that starts with a word. */
function without(word: string, text: string): string {
  return text.split("\n").filter((line) => !line.trim().startsWith(`${word} `)).join("\n");
}

export const START: Chapter = {
  number: 1,
  title: "Start",
  behaviours: [
    {
      title: "Version 2 backup with priority 100 waits 3 × 1 s + 156/256 s before its first advertisement",
      source: "RFC 3768 6.1, 6.4.1",
      run: (stand) => waitsBeforeTheFirstWord(stand, v2(), downInterval2(100)),
    },
    {
      title: "`state MASTER` does not skip the wait",
      source: "keepalived.conf(5) state; RFC 3768 6.4.1",
      run: (stand) =>
        waitsBeforeTheFirstWord(stand, v2({ state: "MASTER", priority: 200 }), downInterval2(200)),
    },
    {
      title: "Version 3 backup waits 3 intervals and the skew of its interval",
      source: "RFC 9568 6.1, 6.4.1",
      run: (stand) => waitsBeforeTheFirstWord(stand, v3(), downInterval3(100)),
    },
    {
      title: "Version 3 with priority 1 waits almost a whole interval more than with priority 254",
      source: "RFC 9568 6.1",
      async run(stand) {
        await waitsBeforeTheFirstWord(
          stand,
          v3({ priority: 1, interval: 0.5 }),
          downInterval3(1, 500),
        );
      },
    },
    {
      title: "Version 3 with priority 254 waits 3 intervals and hardly any skew",
      source: "RFC 9568 6.1",
      run: (stand) =>
        waitsBeforeTheFirstWord(stand, v3({ priority: 254, interval: 0.5 }), downInterval3(254, 500)),
    },
    {
      title: "The address owner (priority 255, `state MASTER`) speaks at once",
      source: "RFC 9568 6.4.1",
      run: (stand) => speaksAtOnce(stand, v2({ state: "MASTER", priority: 255, interval: 3 })),
    },
    {
      title: "Priority 255 without a `state` is the owner, too",
      source: "keepalived.conf(5) state",
      run: (stand) => speaksAtOnce(stand, without("state", v3({ priority: 255, interval: 3 }))),
    },
    {
      title: "`state MASTER` without a priority has priority 255",
      source: "keepalived.conf(5) priority",
      run: (stand) => speaksAtOnce(stand, without("priority", v3({ state: "MASTER", interval: 3 }))),
    },
    {
      title: "`state BACKUP` without a priority has priority 100",
      source: "keepalived.conf(5) priority",
      async run(stand) {
        await stand.start(without("priority", v3()));
        assert.equal((await speaks(stand, { within: 15_000 })).priority, 100);
      },
    },
    {
      title: "Without `version` and `advert_int` it is version 2 at 1 s",
      source: "keepalived.conf(5) vrrp_version, advert_int",
      async run(stand) {
        await stand.start(without("version", without("advert_int", v2())));
        const [first, second] = await stand.wire.nextAdverts(2, 0, 15_000);
        assert.deepEqual([first!.version, first!.interval], [2, 1]);
        between(second!.at - first!.at, 1000 - LATE, 1000 + LATE, "pause, ms");
      },
    },
    {
      title: "`vrrp_version 3` in `global_defs` holds for instances that name none",
      source: "keepalived.conf(5) vrrp_version",
      async run(stand) {
        const block = without("version", instance(V3));
        await stand.start(configuration([block], ["vrrp_version 3"]));
        const first = await speaks(stand, { within: 15_000 });
        assert.deepEqual([first.version, first.interval], [3, 20]);
      },
    },
    {
      title: "`vrrp_startup_delay` holds back all that",
      source: "keepalived.conf(5) vrrp_startup_delay",
      async run(stand) {
        const daemon = await stand.start(v3({}, ["vrrp_startup_delay 2"]));
        const first = await speaks(stand, { within: 15_000 });
        const least = 2000 + downInterval3(100);
        between(first.at - daemon.process.startedAt, least, least + 4_000, "from the start, ms");
      },
    },
    {
      title: "A backup joins 224.0.0.18 on its interface before it takes over",
      source: "RFC 3768 6.4.1; RFC 3376 4.2",
      async run(stand) {
        await stand.start(v3());
        const first = await speaks(stand, { within: 15_000 });
        const joins = stand.wire.memberships("224.0.0.18", [2, 4]);
        assert.ok(joins.length > 0 && joins[0]!.at < first.at, "joined before the first advertisement");
      },
    },
    {
      title:
        "While a better master is heard a backup says nothing, holds no address and answers no ARP for it",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        await backup(stand, v3());
        const asker = { mac: "02:00:00:00:00:64", address: "10.80.0.100" };
        stand.wire.send(arpRequest(asker, VIP));
        await stand.wire.never(
          (frame) => frame.kind === "vrrp" || (frame.kind === "arp" && frame.sender === VIP),
          1_500,
          "a word of a backup",
          0,
        );
        assert.ok(!stand.addresses.has(VIP));
      },
    },
    {
      title: "On takeover the advertisement comes first, then the address, then gratuitous ARP",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { first } = await master(stand, v3());
        const announced = await stand.wire.next(
          (frame) => frame.kind === "arp" && frame.sender === VIP,
          { within: 15_000, what: "gratuitous ARP" },
        );
        assert.ok(first.at <= announced.at, "advertisement before ARP");
        between(announced.at - first.at, 0, LATE, "from the advertisement to ARP, ms");
      },
    },
    {
      title: "Several instances on one interface run side by side, each with its own VRID",
      source: "RFC 9568 4.2",
      async run(stand) {
        await stand.start(configuration([
          instance(V3),
          instance({ ...V2, name: "VI_2", vrid: 52, addresses: ["10.80.0.202/24"] }),
        ]));
        await stand.wire.advert(({ vrid, version }) => vrid === 51 && version === 3, { within: 15_000 });
        await stand.wire.advert(({ vrid, version }) => vrid === 52 && version === 2, { within: 15_000 });
        await Promise.all([VIP, "10.80.0.202"].map((vip) => stand.addresses.added(vip)));
      },
    },
    {
      title: "Version 2 at 2 s waits 3 × 2 s and a skew that is still a fraction of one second",
      source: "RFC 3768 6.1 (Skew_Time)",
      run: (stand) =>
        waitsBeforeTheFirstWord(stand, v2({ priority: 10, interval: 2 }), downInterval2(10, 2000)),
    },
  ],
};
