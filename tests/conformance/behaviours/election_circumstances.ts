/** Learned intervals, owners, ties that change, many at once, the way back from FAULT. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance } from "../../lab/config_text.ts";
import type { Behaviour } from "../behaviour.ts";
import {
  backup,
  between,
  downInterval3,
  givesWay,
  goesOn,
  HIGH,
  INTERVAL,
  LATE,
  LOW,
  master,
  middlePause,
  OFTEN,
  skew3,
  speaks,
  takesOver,
  V3,
  v3,
  VIP,
} from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";
import { EQUAL, follows, stays, yields } from "./election_moves.ts";

/** How often a takeover is measured that is a matter of some ms. */
const FAST_ROUNDS = 5;

/** ms in which a backup would have taken over more than once. */
const NEVER = 4 * downInterval3(100);

/** Under which circumstances all that holds, too. */
export const CIRCUMSTANCES: readonly Behaviour[] = [
  {
    title: "Version 3: a backup learns a longer interval from the master and waits by it",
    source: "RFC 9568 6.1 (Active_Adver_Interval), 6.4.2",
    run: (stand) => follows(stand, v3(), { ...HIGH, interval: 40 }, downInterval3(100, 400)),
  },
  {
    title: "Version 3: a backup learns a shorter interval from the master and waits by it",
    source: "RFC 9568 6.1, 6.4.2",
    run: (stand) => follows(stand, v3({ interval: 1 }), { ...HIGH, interval: 20 }, downInterval3(100, 200)),
  },
  {
    title: "Version 3: having learned another interval, it advertises its own as master",
    source: "RFC 9568 6.1 (Advertisement_Interval)",
    async run(stand) {
      const { feed } = await backup(stand, v3(), { ...HIGH, interval: 40 });
      await takesOver(stand, feed.stop(), downInterval3(100, 400));
      const seen = await stand.wire.nextAdverts(6, 0);
      assert.equal(seen[0]!.interval, INTERVAL / 10);
      between(middlePause(seen), INTERVAL - 50, INTERVAL + 150, "pause, ms");
    },
  },
  {
    title: "The skew after a goodbye is of the learned interval",
    source: "RFC 9568 6.4.2",
    async run(stand) {
      const { feed } = await backup(stand, v3({ priority: 1 }), { ...HIGH, interval: 60 });
      feed.stop();
      const said = stand.wire.say({ ...HIGH, interval: 60, priority: 0 });
      await takesOver(stand, said, skew3(1, 600));
    },
  },
  {
    title: "An owner does not give way to priority 254",
    source: "RFC 9568 6.4.3",
    run: (stand) => stays(stand, v3({ state: "MASTER", priority: 255 }), { ...HIGH, priority: 254 }),
  },
  {
    title: "Of two owners the one with the lower address gives way",
    source: "RFC 9568 6.4.3; keepalived",
    async run(stand) {
      await master(stand, v3({ state: "MASTER", priority: 255 }));
      const said = stand.wire.say({ ...HIGH, priority: 255 });
      await stand.addresses.removed(VIP, { since: said, within: 15_000 });
    },
  },
  {
    title: "Of two owners the one with the higher address stays",
    source: "RFC 9568 6.4.3; keepalived",
    remark: "keepalived 2.2.7 lowers itself to 254 and then gives way",
    run: (stand) => stays(stand, v3({ state: "MASTER", priority: 255 }), { ...LOW, priority: 255 }),
  },
  {
    title: "Priority 1 and 254 differ in nothing else: 254 in a packet beats 253",
    source: "RFC 9568 5.2.4",
    run: (stand) => yields(stand, v3({ priority: 253 }), { ...LOW, priority: 254 }),
  },
  {
    title: "Two better masters at once: it follows either and takes over after the last word of both",
    source: "RFC 9568 6.4.2",
    async run(stand) {
      const other = stand.wire.feed(advertFrame({ ...LOW, priority: 150 }), OFTEN);
      const { feed } = await backup(stand, v3());
      feed.stop();
      await other.sends(15);
      assert.deepEqual(stand.wire.adverts(), []);
      await takesOver(stand, other.stop(), downInterval3(100));
    },
  },
  {
    title: "`down_timer_adverts 5`: five intervals instead of three",
    source: "keepalived.conf(5) down_timer_adverts",
    run: (stand) => follows(stand, v3({ more: ["down_timer_adverts 5"] }), HIGH, 5 * INTERVAL + skew3(100)),
  },
  {
    title: "A backup that hears a master once in 2.5 intervals stays backup",
    source: "RFC 9568 6.4.2",
    async run(stand) {
      const feed = stand.wire.feed(advertFrame({ ...HIGH, interval: 20 }), INTERVAL * 2.5);
      const daemon = await stand.start(v3());
      await daemon.enters("VI_1", "BACKUP");
      await feed.sends(6);
      assert.deepEqual(stand.wire.adverts(), []);
      feed.stop();
    },
  },
  {
    title: "Nobody else is there: a master stays master",
    source: "RFC 9568 6.4.3",
    async run(stand) {
      await master(stand, v3());
      const since = now();
      await speaks(stand, { since: since + NEVER, within: NEVER + LATE + 1_000 });
      await goesOn(stand, since);
    },
  },
  {
    title: "At 10 ms a backup takes over after 3 intervals and the skew, to 15 ms",
    source: "RFC 9568 6.1",
    alone: true,
    async run(stand) {
      const frame = advertFrame({ ...HIGH, interval: 1 });
      const waits: number[] = [];
      const voices = [stand.wire.feed(frame, 4)];
      const daemon = await stand.start(v3({ interval: 0.01 }));
      await daemon.enters("VI_1", "BACKUP");
      // A pause of this machine makes one takeover late, or early where it held up the peer's voice.
      for (let round = 0; round < FAST_ROUNDS; round++) {
        const feed = voices.pop() ?? stand.wire.feed(frame, 4);
        await feed.sends(100);
        const last = feed.stop();
        waits.push((await speaks(stand, { since: last })).at - last);
      }
      const middle = waits.toSorted((a, b) => a - b)[FAST_ROUNDS >> 1]!;
      between(middle, downInterval3(100, 10) - 3, downInterval3(100, 10) + 9, "takeover after, ms");
    },
  },
  {
    title: "`nopreempt`: back from FAULT it leaves the lower master in peace",
    source: "keepalived.conf(5) nopreempt",
    links: 2,
    async run(stand) {
      const more = ["nopreempt", "track_interface {", "    eth1", "}"];
      await master(stand, v3({ more }));
      const daemon = stand.daemons[0]!;
      await stand.ip("link set eth1 down");
      await daemon.enters("VI_1", "FAULT");
      const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 10 }), OFTEN);
      const back = now();
      await stand.ip("link set eth1 up");
      await daemon.enters("VI_1", "BACKUP", { since: back });
      await feed.sends(20);
      assert.deepEqual(stand.wire.adverts(back), []);
      feed.stop();
    },
  },
  {
    title: "Back from FAULT it preempts the lower master after the whole interval",
    source: "RFC 9568 6.4.2; keepalived",
    links: 2,
    async run(stand) {
      await master(stand, v3({ more: ["track_interface {", "    eth1", "}"] }));
      const daemon = stand.daemons[0]!;
      await stand.ip("link set eth1 down");
      await daemon.enters("VI_1", "FAULT");
      const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 10 }), OFTEN);
      const back = now();
      await stand.ip("link set eth1 up");
      const advert = await speaks(stand, { since: back });
      between(advert.at - back, downInterval3(100) - 5, downInterval3(100) + 1_000, "after the repair, ms");
      feed.stop();
    },
  },
  {
    title: "Its address changes to a higher one: ties are decided by the new one",
    source: "RFC 9568 6.4.3",
    async run(stand) {
      await stand.run(["sysctl", "-qw", "net.ipv4.conf.eth0.promote_secondaries=1"]);
      await master(stand, v3({ addresses: [`${VIP}/32`] }));
      const moved = now();
      await stand.ip("address add 10.80.0.150/24 dev eth0", "address del 10.80.0.20/24 dev eth0");
      await stand.wire.advert(({ source }) => source === "10.80.0.150", { since: moved });
      const since = now();
      for (let round = 0; round < 3; round++) {
        await speaks(stand, { since: now() });
        stand.wire.say({ ...HIGH, ...EQUAL });
      }
      await goesOn(stand, since);
    },
  },
  {
    title: "Fifty instances on one interface: all are master, all advertise in every interval",
    source: "users: 1,000 instances",
    alone: true,
    async run(stand) {
      const many = Array.from({ length: 50 }, (_, i) =>
        instance({
          ...V3,
          interval: 1,
          name: `VI_${i + 1}`,
          vrid: i + 1,
          addresses: [`10.80.9.${i + 1}/32`],
        }));
      await stand.start(configuration(many));
      await stand.addresses.added("10.80.9.50", { within: 15_000 });
      await stand.wire.advert(({ vrid }) => vrid === 50, { since: now(), within: 15_000 });
      const since = now();
      await stand.wire.advert(({ vrid, at }) => vrid === 50 && at > since + 3_000, { within: 15_000 });
      const counts = Array.from(
        many,
        (_, i) => stand.wire.adverts(since, ({ vrid }) => vrid === i + 1).length,
      );
      between(Math.min(...counts), 2, 5, "least advertisements of an instance in 3 to 4 s");
    },
  },
  {
    title: "An owner whose rival with the lower address goes on all the same gives way to it",
    source: "keepalived (the other owner: priority 254)",
    async run(stand) {
      const { first } = await master(stand, v3({ state: "MASTER", priority: 255 }));
      const feed = stand.wire.feed(advertFrame({ ...LOW, priority: 255 }), OFTEN);
      await givesWay(stand, first.at);
      feed.stop();
    },
  },
  {
    title: "An owner that gave way to another one is owner again when that one has gone",
    source: "keepalived; RFC 9568 5.2.4 (255: owner)",
    remark: "keepalived 2.2.7 stays at 254",
    async run(stand) {
      const { first } = await master(stand, v3({ state: "MASTER", priority: 255 }));
      const feed = stand.wire.feed(advertFrame({ ...LOW, priority: 255 }), OFTEN);
      await givesWay(stand, first.at);
      const since = feed.stop();
      const advert = await speaks(stand, { since, within: 15_000 });
      assert.equal(advert.priority, 255);
      await stand.addresses.added(VIP, { since });
    },
  },
  {
    title: "`vrrp_owner_ignore_adverts`: an owner does not hear another one",
    source: "keepalived.conf(5) vrrp_owner_ignore_adverts",
    remark: "keepalived 2.2.7 does not know the word",
    async run(stand) {
      await master(stand, v3({ state: "MASTER", priority: 255 }, ["vrrp_owner_ignore_adverts"]));
      const since = now();
      const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 255 }), OFTEN);
      await feed.sends(20);
      await goesOn(stand, since);
      feed.stop();
    },
  },
];
