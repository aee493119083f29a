/** Sync groups: instances that change state together. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { block, configuration, instance, type InstanceText } from "../../lab/config_text.ts";
import type { Chapter } from "../behaviour.ts";
import { ADVERT, advertFrame, type AdvertSpec } from "../rig/packet.ts";
import { downInterval3, LATE, OFTEN, V3, VIP } from "../moves.ts";
import type { Stand } from "../rig/stand.ts";

const VIP_INSIDE = "10.80.1.200";

/** A group of an instance on each of two links. */
function pair(changes: Partial<InstanceText> = {}, group: readonly string[] = []): string {
  return configuration([
    block("vrrp_sync_group G1", ["group {", "    OUT", "    IN", "}", ...group]),
    instance({ ...V3, ...changes, name: "OUT" }),
    instance({
      ...V3,
      ...changes,
      name: "IN",
      interface: "eth1",
      vrid: 52,
      addresses: [`${VIP_INSIDE}/24`],
    }),
  ]);
}

/** A peer on the second link. */
const INSIDE: Partial<AdvertSpec> = {
  source: "10.80.1.100",
  sourceMac: "02:00:00:00:01:64",
  vrid: 52,
  addresses: [VIP_INSIDE],
};

async function mastersBoth(stand: Stand, text: string): Promise<void> {
  await stand.start(text);
  await Promise.all([VIP, VIP_INSIDE].map((vip) => stand.addresses.added(vip, { within: 15_000 })));
}

function losesBoth(stand: Stand, since: number): Promise<unknown> {
  return Promise.all([VIP, VIP_INSIDE].map((vip) => stand.addresses.removed(vip, { since, within: 15_000 })));
}

export const SYNC: Chapter = {
  number: 9,
  title: "Sync groups",
  behaviours: [
    {
      title: "Both members become master at the same time",
      source: "keepalived.conf(5) vrrp_sync_group",
      links: 2,
      async run(stand) {
        await stand.start(pair());
        const [out, inside] = await Promise.all(
          stand.wires.map((wire) => wire.advert(({ priority }) => priority === 100, { within: 15_000 })),
        );
        assert.ok(Math.abs(out!.at - inside!.at) < LATE, `${Math.abs(out!.at - inside!.at)} ms apart`);
        await Promise.all([VIP, VIP_INSIDE].map((vip) => stand.addresses.added(vip)));
      },
    },
    {
      title: "As long as one member hears a better master, no member becomes master",
      source: "keepalived.conf(5) vrrp_sync_group",
      links: 2,
      async run(stand) {
        const feed = stand.wires[1]!.feed(advertFrame({ ...ADVERT, ...INSIDE }), OFTEN);
        const daemon = await stand.start(pair());
        await daemon.enters("OUT", "BACKUP");
        await stand.wire.silent(downInterval3(100) * 3, "a word of the other member", 0);
        assert.ok(!stand.addresses.has(VIP));
        const silent = feed.stop();
        await Promise.all([VIP, VIP_INSIDE].map((vip) => stand.addresses.added(vip, { since: silent })));
      },
    },
    {
      title: "One member gives way to a higher priority: both are backup",
      source: "keepalived.conf(5) vrrp_sync_group",
      links: 2,
      async run(stand) {
        await mastersBoth(stand, pair());
        const feed = stand.wires[1]!.feed(advertFrame({ ...ADVERT, ...INSIDE }), OFTEN);
        await losesBoth(stand, feed.lastAt);
        await stand.wire.silent(downInterval3(100) * 2, "a word of the other member", now() + 5);
        feed.stop();
      },
    },
    {
      title: "The link of one member goes down: FAULT for both, with a goodbye on the other link",
      source: "keepalived.conf(5) vrrp_sync_group",
      links: 2,
      async run(stand) {
        await mastersBoth(stand, pair());
        const daemon = stand.daemons[0]!;
        const cut = now();
        await stand.ip("link set eth1 down");
        await stand.wire.advert(({ priority }) => priority === 0, { since: cut, within: 15_000 }, "goodbye");
        await losesBoth(stand, cut);
        await Promise.all(["OUT", "IN"].map((name) => daemon.enters(name, "FAULT", { since: cut })));
      },
    },
    {
      title: "The link comes back: both are master again",
      source: "keepalived.conf(5) vrrp_sync_group",
      links: 2,
      async run(stand) {
        await mastersBoth(stand, pair());
        const cut = now();
        await stand.ip("link set eth1 down");
        await losesBoth(stand, cut);
        const back = now();
        await stand.ip("link set eth1 up");
        await Promise.all([VIP, VIP_INSIDE].map((vip) => stand.addresses.added(vip, { since: back })));
      },
    },
    {
      title: "A goodbye to one member: the group takes over as a whole once both peers are silent",
      source: "keepalived.conf(5) vrrp_sync_group",
      links: 2,
      async run(stand) {
        const outside = stand.wire.feed(advertFrame(), OFTEN);
        const inside = stand.wires[1]!.feed(advertFrame({ ...ADVERT, ...INSIDE }), OFTEN);
        const daemon = await stand.start(pair());
        await Promise.all(["OUT", "IN"].map((name) => daemon.enters(name, "BACKUP")));
        await outside.sends(3);
        outside.stop();
        inside.stop();
        const said = stand.wire.say({ priority: 0 });
        stand.wires[1]!.say({ ...INSIDE, priority: 0 });
        await Promise.all(
          [VIP, VIP_INSIDE].map((vip) => stand.addresses.added(vip, { since: said, within: 15_000 })),
        );
      },
    },
    {
      title: "Group scripts: BACKUP and MASTER, once each, with `GROUP NAME STATE 0`",
      source: "keepalived.conf(5) vrrp_sync_group notify",
      links: 2,
      async run(stand) {
        const path = await stand.write("notify.sh", `#!/bin/sh\necho "$@" >> ${stand.path("said")}\n`);
        const text = pair({}, [`notify ${path}`, `notify_master "${path} the group is master"`]);
        await stand.start(text.replace("router_id lab", "router_id lab\n    script_user root"));
        await Promise.all([VIP, VIP_INSIDE].map((vip) => stand.addresses.added(vip, { within: 15_000 })));
        const said = await stand.lines("said", 3);
        assert.deepEqual(said.toSorted(), ["GROUP G1 BACKUP 0", "GROUP G1 MASTER 0", "the group is master"]);
      },
    },
    {
      title: "SIGTERM: a goodbye on each link and no address left",
      source: "RFC 9568 6.4.3 (Shutdown event)",
      links: 2,
      async run(stand) {
        await mastersBoth(stand, pair());
        const at = stand.daemons[0]!.terminate();
        await Promise.all(
          stand.wires.map((wire) =>
            wire.advert(({ priority }) => priority === 0, { since: at, within: 15_000 }, "goodbye")
          ),
        );
        await losesBoth(stand, at);
      },
    },
    {
      title: "In a group a weighted tracked interface counts as one without weight",
      source: "keepalived.conf(5) sync_group_tracking_weight",
      remark: "keepalived 2.2.7 says that it ignores the weight, and goes on using it",
      links: 3,
      async run(stand) {
        await mastersBoth(stand, pair({ more: ["track_interface {", "    eth2 weight -10", "}"] }));
        const cut = now();
        await stand.ip("link set eth2 down");
        await losesBoth(stand, cut);
      },
    },
    {
      title: "A reload that puts a master into a group with one that hears a master: nobody stays master",
      source: "keepalived.conf(5) vrrp_sync_group",
      links: 2,
      async run(stand) {
        const feed = stand.wires[1]!.feed(advertFrame({ ...ADVERT, ...INSIDE, priority: 200 }), 60);
        await stand.start(pair().replace(/^vrrp_sync_group[^]*?^}$/m, ""));
        await stand.addresses.added(VIP, { within: 15_000 });
        const at = await stand.reload(pair());
        await stand.addresses.removed(VIP, { since: at, within: 15_000 });
        feed.stop();
        const since = now();
        await Promise.all(
          [VIP, VIP_INSIDE].map((vip) => stand.addresses.added(vip, { since, within: 15_000 })),
        );
      },
    },
    {
      title: "A reload that changes nothing: the group's scripts are not called again",
      source: "keepalived(8) SIGHUP",
      links: 2,
      async run(stand) {
        const path = await stand.write("notify.sh", `#!/bin/sh\necho "$@" >> ${stand.path("said")}\n`);
        const text = pair({}, [`notify ${path}`]).replace(
          "router_id lab",
          "router_id lab\n    script_user root",
        );
        await mastersBoth(stand, text);
        await stand.lines("said", 2);
        const at = await stand.reload(text);
        await stand.wire.nextAdverts(8, at);
        assert.equal((await stand.lines("said", 2)).length, 2);
      },
    },
  ],
};
