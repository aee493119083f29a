/** Settings for all instances, and configurations that are odd but legal. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance } from "../../lab/config_text.ts";
import type { Chapter } from "../behaviour.ts";
import {
  ADVERT2,
  backup,
  between,
  downInterval3,
  entersBackup,
  givesWay,
  goesOn,
  HIGH,
  LOG_LATE,
  LOW,
  master,
  speaks,
  takesOver,
  v2,
  V3,
  v3,
  VIP,
} from "../moves.ts";
import { advertFrame, arpRequest } from "../rig/packet.ts";
import { HOST } from "../rig/stand.ts";
import { AT_ONCE } from "./election_moves.ts";

const PEER = { mac: "02:00:00:00:00:64", address: "10.80.0.100" };

export const SETTINGS: Chapter = {
  number: 20,
  title: "Settings",
  behaviours: [
    {
      title: "`vrrp_lower_prio_no_advert` in `global_defs`: a lower priority is not answered",
      source: "keepalived.conf(5) vrrp_lower_prio_no_advert",
      async run(stand) {
        await master(stand, v3({ priority: 254, interval: 2 }, ["vrrp_lower_prio_no_advert true"]));
        await speaks(stand, { since: now() });
        const said = stand.wire.say({ ...HIGH, interval: 200, priority: 50 });
        await stand.wire.silent(600, "an answer", said);
      },
    },
    {
      title: "`vrrp_higher_prio_send_advert` in `global_defs`: one more advertisement before it gives way",
      source: "keepalived.conf(5) vrrp_higher_prio_send_advert",
      async run(stand) {
        await master(stand, v3({ interval: 2 }, ["vrrp_higher_prio_send_advert true"]));
        await speaks(stand, { since: now() });
        const said = stand.wire.say({ ...HIGH, interval: 200 });
        const answer = await speaks(stand, { since: said, within: 15_000 });
        between(answer.at - said, 0, AT_ONCE, "answer after, ms");
      },
    },
    {
      title: "A lower priority is answered with five gratuitous ARPs where nothing is written",
      source: "keepalived.conf(5) garp_lower_prio_repeat",
      async run(stand) {
        await master(stand, v3({ more: ["garp_master_delay 0"] }));
        const said = stand.wire.say({ ...HIGH, priority: 50 });
        const enough = () => stand.wire.gratuitous(VIP, said).length >= 5;
        await stand.wire.next(enough, { since: said, within: 15_000, what: "five gratuitous ARPs" });
      },
    },
    {
      title: "Priority 255 with `state BACKUP` waits as any backup does",
      source: "keepalived.conf(5) state",
      async run(stand) {
        const daemon = await stand.start(v3({ state: "BACKUP", priority: 255 }));
        const first = await takesOver(stand, await entersBackup(daemon), downInterval3(255), {
          early: LOG_LATE,
        });
        assert.equal(first.priority, 255);
      },
    },
    {
      title: "The configured source address decides ties",
      source: "RFC 9568 6.4.3; keepalived.conf(5) mcast_src_ip",
      async run(stand) {
        await master(stand, v3({ more: ["mcast_src_ip 10.80.0.150"] }));
        const since = now();
        for (let round = 0; round < 3; round++) {
          await speaks(stand, { since: now() });
          stand.wire.say({ ...HIGH, priority: 100 });
        }
        await goesOn(stand, since);
      },
    },
    {
      title: "`track_interface` with the instance's own interface does no harm",
      source: "keepalived",
      async run(stand) {
        const { daemon } = await master(stand, v3({ more: ["track_interface {", "    eth0", "}"] }));
        const cut = now();
        await stand.ip("link set eth0 down");
        await daemon.enters("VI_1", "FAULT", { since: cut });
        await stand.ip("link set eth0 up");
        await stand.addresses.added(VIP, { since: now() });
      },
    },
    {
      title: "`vrrp_strict` with version 2: authentication is left out",
      source: "keepalived.conf(5) vrrp_strict; RFC 3768 5.3.6",
      async run(stand) {
        await stand.start(v2({ password: "secret" }, ["vrrp_strict"]));
        const advert = await speaks(stand, { within: 15_000 });
        assert.deepEqual([advert.payload[4], [...advert.trailer].every((octet) => octet === 0)], [0, true]);
      },
    },
    {
      title: "`vrrp_strict`: a lower priority is not answered",
      source: "keepalived.conf(5) vrrp_strict; RFC 9568 6.4.3",
      async run(stand) {
        await master(stand, v3({ priority: 254, interval: 2 }, ["vrrp_strict"]));
        const said = stand.wire.say({ ...HIGH, interval: 200, priority: 50 });
        await stand.wire.silent(600, "an answer", said);
      },
    },
    {
      title: "`vrrp_strict`: who is not the owner does not answer a ping to the VIP, but answers ARP for it",
      source: "RFC 9568 6.1 (Accept_Mode), 6.4.3; keepalived.conf(5) vrrp_strict",
      async run(stand) {
        await stand.ip("neighbour replace 10.80.0.100 lladdr 02:00:00:00:00:64 dev eth0 nud permanent");
        await master(stand, v3({}, ["vrrp_strict"]));
        const asked = stand.wire.send(arpRequest(PEER, VIP));
        await stand.wire.next(
          (frame) => frame.kind === "arp" && frame.operation === 2 && frame.sender === VIP,
          {
            since: asked,
            within: 15_000,
            what: "an ARP reply",
          },
        );
        await assert.rejects(() => stand.ping(VIP, 2_000));
        await stand.ping(HOST.address);
      },
    },
    {
      title: "`no_accept`: packets to the VIP are dropped, ARP for it is answered",
      source: "RFC 9568 6.1 (Accept_Mode); keepalived.conf(5) no_accept",
      async run(stand) {
        await stand.ip("neighbour replace 10.80.0.100 lladdr 02:00:00:00:00:64 dev eth0 nud permanent");
        await master(stand, v3({ more: ["no_accept"] }));
        await assert.rejects(() => stand.ping(VIP, 2_000));
        await stand.ping(HOST.address);
      },
    },
    {
      title: "`no_accept` leaves nothing behind in the firewall",
      source: "keepalived.conf(5) no_accept",
      async run(stand) {
        const { daemon } = await master(stand, v3({ more: ["no_accept"] }));
        await daemon.stop();
        const rules = (await stand.run(["nft", "list", "ruleset"])).stdout;
        assert.ok(!rules.includes(VIP), rules);
      },
    },
    {
      title: "`accept` under `vrrp_strict`: a ping to the VIP is answered",
      source: "keepalived.conf(5) accept",
      async run(stand) {
        await stand.ip("neighbour replace 10.80.0.100 lladdr 02:00:00:00:00:64 dev eth0 nud permanent");
        await master(stand, v3({ more: ["accept"] }, ["vrrp_strict"]));
        await stand.ping(VIP);
      },
    },
    {
      title: "`preempt_delay` with `state MASTER` is cleared: it takes over at its time",
      source: "keepalived.conf(5) preempt_delay",
      async run(stand) {
        const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 50 }), 60);
        const daemon = await stand.start(v3({ state: "MASTER", more: ["preempt_delay 5"] }));
        const at = await entersBackup(daemon);
        await takesOver(stand, at, downInterval3(100), { early: LOG_LATE });
        feed.stop();
      },
    },
    {
      title: "`unicast_peer` with `min_ttl`: a packet that came too far is refused",
      source: "keepalived.conf(5) unicast_peer min_ttl",
      async run(stand) {
        await stand.ip(`neighbour replace ${PEER.address} lladdr ${PEER.mac} dev eth0 nud permanent`);
        const more = [
          `unicast_src_ip ${HOST.address}`,
          "unicast_peer {",
          `    ${PEER.address} min_ttl 250`,
          "}",
        ];
        await master(stand, v3({ more }));
        const to = { ...HIGH, destination: HOST.address, destinationMac: HOST.mac };
        const since = now();
        for (let round = 0; round < 3; round++) {
          await speaks(stand, { since: now() });
          stand.wire.say({ ...to, ttl: 249 });
        }
        await goesOn(stand, since);
        await givesWay(stand, stand.wire.say({ ...to, ttl: 250 }), VIP, 100);
      },
    },
    {
      title: "`vrrp_check_unicast_src` in `global_defs`: a host that is no peer is not believed",
      source: "keepalived.conf(5) vrrp_check_unicast_src",
      async run(stand) {
        await stand.ip(`neighbour replace ${PEER.address} lladdr ${PEER.mac} dev eth0 nud permanent`);
        const more = [`unicast_src_ip ${HOST.address}`, "unicast_peer {", `    ${PEER.address}`, "}"];
        await master(stand, v3({ more }, ["vrrp_check_unicast_src"]));
        const to = { ...LOW, destination: HOST.address, destinationMac: HOST.mac };
        const since = now();
        for (let round = 0; round < 3; round++) {
          await speaks(stand, { since: now() });
          stand.wire.say(to);
        }
        await goesOn(stand, since);
      },
    },
    {
      title: "`vrrp_skip_check_adv_addr` in `global_defs`: the master's list is not compared again",
      source: "keepalived.conf(5) vrrp_skip_check_adv_addr",
      async run(stand) {
        const { feed } = await backup(stand, v3({}, ["vrrp_skip_check_adv_addr"]));
        feed.change(advertFrame({ ...HIGH, addresses: ["10.80.0.199"] }));
        await feed.sends(25);
        assert.deepEqual(stand.wire.adverts(), []);
        feed.stop();
      },
    },
    {
      title: "A typo in one word is reported, and the rest of the file is in force",
      source: "users: config errors",
      async run(stand) {
        const daemon = await stand.start(v3({ more: ["garp_master_dealy 3"] }));
        await daemon.says(/garp_master_dealy/);
        await stand.addresses.added(VIP, { within: 15_000 });
      },
    },
    {
      title: "The words of the stock file that are out of range do not keep it from running",
      source: "keepalived's own sample: vrrp_garp_interval 0, vrrp_gna_interval 0",
      async run(stand) {
        await master(
          stand,
          v3({}, ["vrrp_garp_interval 0", "vrrp_gna_interval 0", "vrrp_skip_check_adv_addr"]),
        );
      },
    },
    {
      title: "An instance for an interface that does not exist: the daemon does not run, with an exit code",
      source: "keepalived(8) (exit codes)",
      async run(stand) {
        const daemon = await stand.start(v3({ interface: "eth7" }));
        const status = await daemon.process.endsWithin(8_000);
        assert.ok(status !== null && status.code !== 0, `it ended with ${status?.code}`);
      },
    },
    {
      title: "Comments, tabs, one-line blocks and quoted words are understood",
      source: "keepalived.conf(5)",
      async run(stand) {
        const text = configuration([instance(V3)])
          .replace("vrrp_instance VI_1 {", '! a comment\nvrrp_instance "VI_1" {  # another')
          .replace(/virtual_ipaddress \{\s*(\S+)\s*\}/, "virtual_ipaddress { $1 }")
          .replace("    priority", "\t\tpriority");
        await master(stand, text);
      },
    },
    {
      title: "Version 2 with a password follows a peer that has the same password",
      source: "RFC 2338 7.1",
      async run(stand) {
        const good = { ...HIGH, ...ADVERT2, authenticationType: 1, password: "secret" };
        const { feed } = await backup(stand, v2({ password: "secret" }), good);
        await feed.sends(70);
        assert.deepEqual(stand.wire.adverts(), []);
        feed.stop();
      },
    },
  ],
};
