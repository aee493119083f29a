/** What an address does when its daemon cannot do anything any more, or has slept. */
import assert from "node:assert/strict";
import { elapse, now } from "../../lab/clock.ts";
import type { Chapter } from "../behaviour.ts";
import { between, downInterval3, HIGH, INTERVAL, LATE, master, v2, v3, VIP } from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";

/** ms that the kernel lets an address live without its daemon, at least and at most. */
const LEASE = { least: 1_500, most: 6_500 };

const NO_LEASE = {
  remark: "keepalived leaves its addresses where they are: two owners until somebody notices",
};

export const BEYOND: Chapter = {
  number: 17,
  title: "Killed, frozen, starved",
  behaviours: [
    {
      title: "Killed with -9: its address goes by itself within the lease",
      source: "ha: vip_lease",
      ...NO_LEASE,
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const at = daemon.kill();
        const gone = await stand.addresses.removed(VIP, { since: at, within: LEASE.most });
        between(gone.at - at, LEASE.least, LEASE.most, "from the kill to the removal, ms");
      },
    },
    {
      title: "Frozen: its address goes by itself within the lease",
      source: "ha: vip_lease",
      ...NO_LEASE,
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const at = daemon.freeze();
        await stand.addresses.removed(VIP, { since: at, within: LEASE.most });
        daemon.thaw();
      },
    },
    {
      title: "Frozen and thawed while another one is master: not one word as master, and it is backup",
      source: "users: a machine that hung comes back and takes the address",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        daemon.freeze();
        const feed = stand.wire.feed(advertFrame(HIGH), 50);
        await elapse(4_000);
        const thawed = daemon.thaw();
        await feed.sends(20);
        assert.deepEqual(stand.wire.adverts(thawed), []);
        assert.ok(!stand.addresses.has(VIP));
        feed.stop();
      },
    },
    {
      title: "A backup that was frozen longer than its timer does not take over from a living master",
      source: "users: a stall is taken for a dead master",
      async run(stand) {
        const feed = stand.wire.feed(advertFrame(HIGH), 50);
        const daemon = await stand.start(v3());
        await daemon.enters("VI_1", "BACKUP");
        await feed.sends(3);
        daemon.freeze();
        await elapse(downInterval3(100) * 3);
        daemon.thaw();
        await feed.sends(20);
        assert.deepEqual(stand.wire.adverts(), []);
        feed.stop();
      },
    },
    {
      title: "A short freeze, half an interval, costs nothing but that one advertisement's punctuality",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        const { daemon } = await master(stand, v2());
        daemon.freeze();
        await elapse(500);
        const thawed = daemon.thaw();
        const seen = await stand.wire.nextAdverts(3, thawed);
        between(seen[0]!.at - thawed, 0, 1_000 + LATE, "from the thaw, ms");
        assert.ok(stand.addresses.has(VIP));
      },
    },
    {
      title: "`vip_lease off`: the address has no lifetime",
      source: "ha: vip_lease",
      remark: "a word of ha's own; keepalived does not know it and its addresses never have a lifetime",
      async run(stand) {
        await master(stand, v3({}, ["vip_lease off"]));
        const facts = await stand.describe(VIP);
        assert.equal(facts?.valid_life_time, 4294967295);
      },
    },
    {
      title: "The lease is renewed for as long as it is master: it never comes near its end",
      source: "ha: vip_lease",
      async run(stand) {
        await master(stand, v3());
        const end = now() + 6_000;
        for (let seen = await stand.describe(VIP); now() < end; seen = await stand.describe(VIP)) {
          assert.ok((seen?.valid_life_time ?? 0) >= 1, `valid for ${seen?.valid_life_time} s`);
          await elapse(INTERVAL);
        }
      },
    },
  ],
};
