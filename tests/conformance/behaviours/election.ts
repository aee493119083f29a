/** Who becomes master, who stays, who gives way, and when. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance } from "../../lab/config_text.ts";
import type { Chapter } from "../behaviour.ts";
import {
  ADVERT2,
  backup,
  between,
  downInterval2,
  downInterval3,
  entersBackup,
  givesWay,
  goesOn,
  HIGH,
  INTERVAL,
  LATE,
  LOG_LATE,
  LOW,
  master,
  OFTEN,
  skew2,
  skew3,
  speaks,
  takesOver,
  v2,
  V3,
  v3,
  VIP,
} from "../moves.ts";
import { advertFrame, type AdvertSpec } from "../rig/packet.ts";
import { HOST, type Stand } from "../rig/stand.ts";

/** ms within which an answer is "at once": far less than the interval that it is tested with. */
const AT_ONCE = 300;

/** A master with an interval of 2 s hears a packet and answers it long before its turn. */
async function answersAtOnce(stand: Stand, peer: Partial<AdvertSpec>): Promise<void> {
  const { first } = await master(stand, v3({ priority: 254, interval: 2 }));
  const since = now();
  assert.ok(since - first.at < 1_500, "the next regular one is not near");
  const said = stand.wire.say(peer);
  const answer = await speaks(stand, { since: said, within: 3_000 });
  between(answer.at - said, 0, AT_ONCE, "answer after, ms");
  assert.deepEqual(stand.addresses.changes(VIP, since), []);
}

/** A master hears a packet and goes on as if it had not. */
async function stays(stand: Stand, text: string, peer: Partial<AdvertSpec>): Promise<void> {
  await master(stand, text);
  const since = now();
  for (let round = 0; round < 3; round++) {
    await speaks(stand, { since: now() });
    stand.wire.say(peer);
  }
  await goesOn(stand, since);
}

/** A backup follows a peer, and takes over when the peer falls silent, not before. */
async function follows(stand: Stand, text: string, peer: Partial<AdvertSpec>, wait: number): Promise<void> {
  const { feed } = await backup(stand, text, peer);
  await feed.sends(15);
  assert.deepEqual(stand.wire.adverts(), [], "silent while the peer is heard");
  await takesOver(stand, feed.stop(), wait);
}

/** A master hears a packet and gives way without a goodbye. */
async function yields(stand: Stand, text: string, peer: Partial<AdvertSpec>): Promise<void> {
  await master(stand, text);
  const feed = stand.wire.feed(advertFrame(peer), OFTEN);
  await givesWay(stand, feed.lastAt);
  assert.deepEqual(stand.wire.adverts(0, ({ priority }) => priority === 0), [], "no goodbye");
  feed.stop();
}

const EQUAL = { priority: 100 };
const NEVER = 4 * downInterval3(100);

export const ELECTION: Chapter = {
  number: 6,
  title: "Election",
  behaviours: [
    {
      title: "Version 3: a backup takes over 3 intervals and the skew after the last word of the master",
      source: "RFC 9568 6.1, 6.4.2",
      run: (stand) => follows(stand, v3(), HIGH, downInterval3(100)),
    },
    {
      title: "Version 2: a backup takes over 3 s and the skew after the last word of the master",
      source: "RFC 3768 6.1, 6.4.2",
      run: (stand) => follows(stand, v2({ priority: 50 }), { ...HIGH, ...ADVERT2 }, downInterval2(50)),
    },
    {
      title: "A backup follows a master of the same priority with a higher address",
      source: "RFC 9568 6.4.2",
      run: (stand) => follows(stand, v3(), { ...HIGH, ...EQUAL }, downInterval3(100)),
    },
    {
      title: "A backup follows a master of the same priority with a lower address, too",
      source: "RFC 9568 6.4.2",
      run: (stand) => follows(stand, v3(), { ...LOW, ...EQUAL }, downInterval3(100)),
    },
    {
      title: "A backup does not follow a lower priority: it takes over at its own time",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 99 }), OFTEN);
        const daemon = await stand.start(v3());
        const at = await entersBackup(daemon);
        await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
        feed.stop();
      },
    },
    {
      title: "A master that grows weaker is taken over from when the timer of its last good word runs out",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { feed } = await backup(stand, v3());
        const last = feed.lastAt;
        feed.change(advertFrame({ ...HIGH, priority: 50 }));
        await takesOver(stand, last, downInterval3(100));
        feed.stop();
      },
    },
    {
      title: "`nopreempt`: a backup follows a lower priority",
      source: "RFC 9568 6.1 (Preempt_Mode); keepalived.conf(5) nopreempt",
      run: (stand) =>
        follows(stand, v3({ more: ["nopreempt"] }), { ...HIGH, priority: 1 }, downInterval3(100)),
    },
    {
      title: "`nopreempt` with `state MASTER` is cleared: it preempts",
      source: "keepalived.conf(5) nopreempt",
      async run(stand) {
        const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 50 }), OFTEN);
        const daemon = await stand.start(v3({ state: "MASTER", more: ["nopreempt"] }));
        const at = await entersBackup(daemon);
        await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
        feed.stop();
      },
    },
    {
      title: "`nopreempt`: a goodbye is followed all the same",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { feed } = await backup(stand, v3({ more: ["nopreempt"] }), { ...HIGH, priority: 50 });
        feed.stop();
        const said = stand.wire.say({ ...HIGH, priority: 0 });
        await takesOver(stand, said, skew3(100));
      },
    },
    {
      title: "`preempt_delay`: a lower priority is followed that long, then taken over from",
      source: "keepalived.conf(5) preempt_delay",
      async run(stand) {
        const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 50 }), OFTEN);
        const daemon = await stand.start(v3({ more: ["preempt_delay 2"] }));
        const at = await entersBackup(daemon);
        const advert = await speaks(stand, { within: 15_000 });
        const least = 2_000 + downInterval3(100) - OFTEN - LOG_LATE;
        between(advert.at - at, least, least + 600, "from BACKUP to the takeover, ms");
        feed.stop();
      },
    },
    {
      title: "`preempt_delay` does not delay where no master is heard",
      source: "keepalived.conf(5) preempt_delay",
      async run(stand) {
        const daemon = await stand.start(v3({ more: ["preempt_delay 5"] }));
        const at = await entersBackup(daemon);
        await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
      },
    },
    {
      title: "Version 3: a goodbye leaves only the skew",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const { feed } = await backup(stand, v3({ interval: 0.5, priority: 50 }), { ...HIGH, interval: 50 });
        feed.stop();
        const said = stand.wire.say({ ...HIGH, interval: 50, priority: 0 });
        await takesOver(stand, said, skew3(50, 500));
      },
    },
    {
      title: "Version 2: a goodbye leaves only the skew",
      source: "RFC 3768 6.4.2",
      async run(stand) {
        const { feed } = await backup(stand, v2(), { ...HIGH, ...ADVERT2 });
        feed.stop();
        const said = stand.wire.say({ ...HIGH, ...ADVERT2, priority: 0 });
        await takesOver(stand, said, skew2(100));
      },
    },
    {
      title: "A master that hears a goodbye answers at once and stays",
      source: "RFC 9568 6.4.3",
      run: (stand) => answersAtOnce(stand, { ...HIGH, interval: 200, priority: 0 }),
    },
    {
      title: "A master that hears a lower priority answers at once and stays",
      source: "RFC 9568 6.4.3",
      run: (stand) => answersAtOnce(stand, { ...HIGH, interval: 200, priority: 50 }),
    },
    {
      title: "A master that hears its own priority from a lower address answers at once and stays",
      source: "RFC 9568 6.4.3; numeric comparison: 10.80.0.3 is lower than 10.80.0.20",
      run: (stand) => answersAtOnce(stand, { ...LOW, interval: 200, priority: 254 }),
    },
    {
      title: "`lower_prio_no_advert`: a lower priority is not answered",
      source: "keepalived.conf(5) lower_prio_no_advert",
      async run(stand) {
        await master(stand, v3({ priority: 254, interval: 2, more: ["lower_prio_no_advert"] }));
        const said = stand.wire.say({ ...HIGH, interval: 200, priority: 50 });
        await stand.wire.silent(600, "an answer", said);
      },
    },
    {
      title: "A master goes on when it hears lower priorities again and again",
      source: "RFC 9568 6.4.3",
      run: (stand) => stays(stand, v3(), { ...HIGH, priority: 99 }),
    },
    {
      title: "A master gives way to a higher priority, without a goodbye",
      source: "RFC 9568 6.4.3",
      run: (stand) => yields(stand, v3(), { ...LOW, priority: 101 }),
    },
    {
      title: "A master gives way to its own priority from a higher address",
      source: "RFC 9568 6.4.3; numeric comparison: 10.80.0.100 is higher than 10.80.0.20",
      run: (stand) => yields(stand, v3(), { ...HIGH, ...EQUAL }),
    },
    {
      title: "A master with `nopreempt` gives way to a higher priority as well",
      source: "RFC 9568 6.4.3",
      run: (stand) => yields(stand, v3({ more: ["nopreempt"] }), { ...LOW, priority: 101 }),
    },
    {
      title: "`higher_prio_send_advert`: one more advertisement before it gives way",
      source: "keepalived.conf(5) higher_prio_send_advert",
      async run(stand) {
        await master(stand, v3({ interval: 2, more: ["higher_prio_send_advert"] }));
        const said = stand.wire.say({ ...HIGH, interval: 200 });
        const answer = await speaks(stand, { since: said, within: 3_000 });
        between(answer.at - said, 0, AT_ONCE, "answer after, ms");
        await givesWay(stand, said, VIP, 200);
      },
    },
    {
      title: "Having given way, it takes over again when the better one falls silent",
      source: "RFC 9568 6.4.3, 6.4.2",
      async run(stand) {
        await master(stand, v3());
        const feed = stand.wire.feed(advertFrame(HIGH), OFTEN);
        await givesWay(stand, feed.lastAt);
        const advert = await takesOver(stand, feed.stop(), downInterval3(100));
        await stand.addresses.added(VIP, { since: advert.at - 1 });
      },
    },
    {
      title: "An advertisement with its own address as source does not move a master",
      source: "RFC 9568 6.4.3; keepalived",
      run: (stand) => stays(stand, v3(), { source: HOST.address, sourceMac: HOST.mac, priority: 100 }),
    },
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
        const [first, second] = await stand.wire.nextAdverts(2, 0);
        assert.equal(first!.interval, INTERVAL / 10);
        between(second!.at - first!.at, INTERVAL - 20, INTERVAL + 60, "pause, ms");
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
        await stand.addresses.removed(VIP, { since: said, within: 3_000 });
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
        const feed = stand.wire.feed(frame, 4);
        const daemon = await stand.start(v3({ interval: 0.01 }));
        await daemon.enters("VI_1", "BACKUP");
        await feed.sends(100);
        const last = feed.stop();
        const advert = await speaks(stand, { since: last, within: 5_000 });
        between(
          advert.at - last,
          downInterval3(100, 10) - 3,
          downInterval3(100, 10) + 15,
          "takeover after, ms",
        );
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
        await stand.wire.advert(({ vrid }) => vrid === 50, { since: now(), within: 3_000 });
        const since = now();
        await stand.wire.advert(({ vrid, at }) => vrid === 50 && at > since + 3_000, { within: 6_000 });
        const counts = Array.from(
          many,
          (_, i) => stand.wire.adverts(since, ({ vrid }) => vrid === i + 1).length,
        );
        between(Math.min(...counts), 3, 5, "least advertisements of an instance in 3 to 4 s");
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
        const advert = await speaks(stand, { since, within: 5_000 });
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
  ],
};
