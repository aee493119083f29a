/** SIGHUP: another configuration without a stop. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance, type InstanceText } from "../../lab/config_text.ts";
import type { Chapter } from "../behaviour.ts";
import {
  backup,
  between,
  downInterval3,
  goesOn,
  HIGH,
  INTERVAL,
  longestPause,
  master,
  middlePause,
  PUNCTUAL,
  speaks,
  V3,
  v3,
  VIP,
} from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";
import type { Stand } from "../rig/stand.ts";

const SECOND = "10.80.0.201";

/** Reloads as master and judges that nobody outside noticed; gives the time of the reload. */
async function quietly(stand: Stand, text: string): Promise<number> {
  const at = await stand.reload(text);
  const daemon = stand.daemons[0]!;
  await daemon.says(/Reload complete|Reload finished|reload complete/i, { since: at });
  const seen = await stand.wire.nextAdverts(5, at);
  const before = stand.wire.adverts(at - 2 * INTERVAL).filter((advert) => advert.at < seen[0]!.at);
  const times = [...before, ...seen].map((advert) => advert.at);
  between(
    Math.max(...times.slice(1).map((time, i) => time - times[i]!)),
    0,
    longestPause(),
    "longest pause, ms",
  );
  assert.deepEqual(stand.wire.adverts(at, ({ priority }) => priority === 0), [], "no goodbye");
  return at;
}

const other = (changes: Partial<InstanceText> = {}): string =>
  instance({ ...V3, name: "VI_2", vrid: 52, addresses: ["10.80.0.202/24"], ...changes });

export const RELOAD: Chapter = {
  number: 13,
  title: "Reload",
  behaviours: [
    {
      title: "Nothing changed: a master stays master, its address is not touched, no advertisement is late",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, v3());
        const at = await quietly(stand, v3());
        assert.deepEqual(stand.addresses.changes(VIP, at), []);
      },
    },
    {
      title: "Nothing changed: a backup stays backup and goes on following the master",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        const { feed } = await backup(stand, v3());
        const at = await stand.reload(v3());
        await stand.daemons[0]!.says(/Reload complete|Reload finished/i, { since: at });
        await feed.sends(20);
        assert.deepEqual(stand.wire.adverts(), []);
        const silent = feed.stop();
        const advert = await speaks(stand, { since: silent });
        between(
          advert.at - silent,
          downInterval3(100) - 5,
          downInterval3(100) + PUNCTUAL,
          "takeover after, ms",
        );
      },
    },
    {
      title: "An address is added: it is put on, advertised and announced; the other one is not touched",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, v3());
        const at = await quietly(stand, v3({ addresses: [`${VIP}/24`, `${SECOND}/24`] }));
        await stand.addresses.added(SECOND, { since: at });
        await stand.wire.advert(({ count }) => count === 2, { since: at });
        await stand.wire.next((frame) => frame.kind === "arp" && frame.sender === SECOND, {
          since: at,
          within: 15_000,
          what: "gratuitous ARP",
        });
        assert.deepEqual(stand.addresses.changes(VIP, at), []);
      },
    },
    {
      title:
        "An address is removed: it is taken off and not advertised any more; the other one is not touched",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, v3({ addresses: [`${VIP}/24`, `${SECOND}/24`] }));
        const at = await quietly(stand, v3());
        await stand.addresses.removed(SECOND, { since: at });
        await stand.wire.advert(({ count }) => count === 1, { since: at });
        assert.deepEqual(stand.addresses.changes(VIP, at), []);
      },
    },
    {
      title: "The priority changes: it is advertised at once",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, v3());
        const at = await quietly(stand, v3({ priority: 180 }));
        await stand.wire.advert(({ priority }) => priority === 180, { since: at, within: 15_000 });
        assert.deepEqual(stand.addresses.changes(VIP, at), []);
      },
    },
    {
      title: "The interval changes: it is advertised and kept",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, v3());
        const at = await stand.reload(v3({ interval: 0.5 }));
        const changed = await stand.wire.advert(({ interval }) => interval === 50, { since: at });
        const seen = await stand.wire.nextAdverts(6, changed.at + 1);
        between(middlePause(seen), 400, 700, "pause, ms");
        assert.ok(stand.addresses.has(VIP));
      },
    },
    {
      title: "An instance is removed: goodbye and its address is gone; the other one goes on",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, configuration([instance(V3), other()]));
        await stand.addresses.added("10.80.0.202");
        const at = await stand.reload(v3());
        await stand.wire.advert(({ vrid, priority }) => vrid === 52 && priority === 0, {
          since: at,
          within: 15_000,
        });
        await stand.addresses.removed("10.80.0.202", { since: at });
        await stand.wire.nextAdverts(4, now());
        assert.ok(stand.addresses.has(VIP));
        assert.deepEqual(stand.addresses.changes(VIP, at), []);
      },
    },
    {
      title: "An instance is added: it starts as any other; the one that was there goes on",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, v3());
        const at = await quietly(stand, configuration([instance(V3), other()]));
        const first = await stand.wire.advert(({ vrid }) => vrid === 52, { since: at });
        between(first.at - at, downInterval3(100), downInterval3(100) + 2_000, "from the reload, ms");
        await stand.addresses.added("10.80.0.202", { since: at });
        assert.deepEqual(stand.addresses.changes(VIP, at), []);
      },
    },
    {
      title: "An instance gets another name: it stays master",
      source: "keepalived(8) SIGHUP (VRID, family and interface are its identity)",
      async run(stand) {
        await master(stand, v3());
        const at = await quietly(stand, v3({ name: "VI_NEW" }));
        assert.deepEqual(stand.addresses.changes(VIP, at), []);
      },
    },
    {
      title: "A file that cannot be parsed changes nothing: it goes on as before",
      source: "users: a typo takes the firewall down",
      remark: "keepalived 2.2.7 ends, and leaves the address behind; `reload_check_config` is its remedy",
      async run(stand) {
        await master(stand, v3());
        const at = await stand.reload("vrrp_instance VI_1 {\n    virtual_router_id 999\n");
        await stand.wire.nextAdverts(10, at);
        await goesOn(stand, at);
        const { priority, addresses } = stand.wire.adverts(at).at(-1)!;
        assert.deepEqual([priority, addresses], [100, [VIP]]);
      },
    },
    {
      title: "Five reloads in a row: master all the time",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, v3());
        const since = now();
        for (let round = 0; round < 5; round++) await quietly(stand, v3());
        await goesOn(stand, since);
      },
    },
    {
      title: "After a reload packets are still heard: it gives way to a higher priority",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        await master(stand, v3());
        const at = await quietly(stand, v3());
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        await stand.addresses.removed(VIP, { since: at, within: 15_000 });
        feed.stop();
      },
    },
    {
      title: "`nopreempt` is added to a backup: it follows a lower priority from then on",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        const { feed } = await backup(stand, v3());
        const at = await stand.reload(v3({ more: ["nopreempt"] }));
        await stand.daemons[0]!.says(/Reload complete|Reload finished/i, { since: at });
        feed.change(advertFrame({ ...HIGH, priority: 10 }));
        await feed.sends(25);
        assert.deepEqual(stand.wire.adverts(), []);
        feed.stop();
      },
    },
  ],
};
