/** The lines that people search logs for. */
import { now } from "../../lab/clock.ts";
import { block, configuration, instance } from "../../lab/config_text.ts";
import type { Daemon } from "../../lab/daemon.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import { ADVERT2, backup, HIGH, LOW, master, v2, V3, v3 } from "../moves.ts";
import { advertFrame, type AdvertSpec } from "../rig/packet.ts";
import type { Stand } from "../rig/stand.ts";

/** Does something and looks for a line in the log. */
function says(
  title: string,
  pattern: RegExp,
  act: (stand: Stand) => Promise<Daemon>,
  extra: Partial<Behaviour> = {},
): Behaviour {
  return {
    title,
    source: "keepalived's log, as people search it",
    ...extra,
    async run(stand) {
      const daemon = await act(stand);
      await daemon.says(pattern, { within: 15_000 });
    },
  };
}

/** Becomes master, then hears a packet. */
const masterHears = (text: string, packet: Partial<AdvertSpec>) => async (stand: Stand): Promise<Daemon> => {
  const { daemon } = await master(stand, text);
  stand.wire.say(packet);
  return daemon;
};

/** Follows a master, then hears another packet. */
const backupHears = (text: string, packet: Partial<AdvertSpec>) => async (stand: Stand): Promise<Daemon> => {
  const good = packet.version === 2 ? { ...HIGH, ...ADVERT2 } : HIGH;
  const { daemon, feed } = await backup(stand, text, good);
  stand.wire.say(packet);
  await feed.sends(3);
  return daemon;
};

const started = async (stand: Stand): Promise<Daemon> => (await master(stand, v3())).daemon;
const V2_HIGH = { ...HIGH, ...ADVERT2 };

export const LOG: Chapter = {
  number: 19,
  title: "Log",
  behaviours: [
    says("`(VI_1) Entering BACKUP STATE` at the start", /\(VI_1\) Entering BACKUP STATE/, started),
    says(
      "`(VI_1) Receive advertisement timeout` before the takeover",
      /\(VI_1\) Receive advertisement timeout/,
      started,
    ),
    says("`(VI_1) Entering MASTER STATE`", /\(VI_1\) Entering MASTER STATE/, started),
    says("`(VI_1) setting VIPs.`", /\(VI_1\) setting VIPs\./, started),
    says(
      "`(VI_1) Sending/queueing gratuitous ARPs on eth0 for ADDRESS`",
      /\(VI_1\) Sending\/queueing gratuitous ARPs on eth0 for 10\.80\.0\.200/,
      started,
    ),
    says(
      "`Master received advert from … with higher priority …, ours …`",
      /\(VI_1\) Master received advert from 10\.80\.0\.100 with higher priority 200, ours 100/,
      masterHears(v3(), HIGH),
    ),
    says(
      "`Master received advert from … with same priority … but higher IP address than ours`",
      /\(VI_1\) Master received advert from 10\.80\.0\.100 with same priority 100 but higher IP address than ours/,
      masterHears(v3(), { ...HIGH, priority: 100 }),
    ),
    says(
      "`Received advert from … with lower priority …, ours …, forcing new election`",
      /\(VI_1\) Received advert from 10\.80\.0\.3 with lower priority 50, ours 100, forcing new election/,
      masterHears(v3(), { ...LOW, priority: 50 }),
    ),
    says(
      "`(VI_1) Backup received priority 0 advertisement`",
      /\(VI_1\) Backup received priority 0 advertisement/,
      backupHears(v3(), { ...HIGH, priority: 0 }),
    ),
    says(
      "`received lower priority (…) advert from … - discarding`",
      /\(VI_1\) received lower priority \(50\) advert from 10\.80\.0\.3 - discarding/,
      backupHears(v3(), { ...LOW, priority: 50 }),
    ),
    says(
      "`(VI_1) sent 0 priority` and `(VI_1) removing VIPs.` when stopped",
      /\(VI_1\) sent 0 priority/,
      async (stand) => {
        const { daemon } = await master(stand, v3());
        const at = daemon.terminate();
        await daemon.says(/\(VI_1\) removing VIPs\./, { since: at });
        return daemon;
      },
    ),
    says(
      "`Netlink reports eth0 down` and `Entering FAULT STATE`",
      /Netlink reports eth0 down/,
      async (stand) => {
        const { daemon } = await master(stand, v3());
        await stand.ip("link set eth0 down");
        await daemon.says(/\(VI_1\) Entering FAULT STATE/);
        return daemon;
      },
    ),
    says(
      "`(VI_1) entering FAULT state (no IPv4 address for interface)`",
      /\(VI_1\):? entering FAULT state \(no IPv4 address for interface\)/,
      async (stand) => {
        await stand.ip("link set eth0 up");
        return await stand.start(v3());
      },
      { configured: false },
    ),
    says(
      "`received an invalid passwd …`",
      /\(VI_1\) received an invalid passwd/,
      masterHears(v2({ password: "secret" }), { ...V2_HIGH, authenticationType: 1, password: "guess" }),
    ),
    says(
      "`received a 1 auth …, expecting 0`",
      /\(VI_1\) received a 1 auth.*expecting 0/,
      masterHears(v2(), { ...V2_HIGH, authenticationType: 1, password: "guess" }),
    ),
    says(
      "`invalid TTL/HL …. Received 254 and expect 255`",
      /\(VI_1\) invalid TTL\/HL.*\. Received 254 and expect 255/,
      masterHears(v3(), { ...HIGH, ttl: 254 }),
    ),
    says(
      "`wrong VRRP version from …. Received 2 and expect 3`",
      /\(VI_1\) wrong (VRRP )?version/i,
      masterHears(v3(), { ...V2_HIGH }),
    ),
    says(
      "`advertisement interval mismatch …`",
      /\(VI_1\) advertisement interval mismatch.*mine=1 sec/,
      masterHears(v2(), { ...V2_HIGH, interval: 2 }),
    ),
    says(
      "`Invalid VRRPv2 checksum …`",
      /\(VI_1\) Invalid VRRPv2 checksum/,
      masterHears(v2(), {
        ...V2_HIGH,
        checksum: "wrong",
      }),
    ),
    says(
      "`expected 1 VIPs but received 2`, in keepalived before 2.3 `unexpected ip number count 2, expected 1`",
      /\(VI_1\) (expected 1 VIPs but received 2|received an unexpected ip number count 2, expected 1)/,
      masterHears(v3(), { ...HIGH, addresses: ["10.80.0.200", "10.80.0.201"] }),
    ),
    says(
      "`ip address associated with VRID 51 not present in advert from …`",
      /\(VI_1\) ip address associated with VRID 51 not present in (MASTER )?advert/i,
      masterHears(v3(), { ...HIGH, addresses: ["10.80.0.201"] }),
    ),
    says("`VRRP_Script(check) succeeded`", /VRRP_Script\(check\) succeeded/, async (stand) => {
      const script = block("vrrp_script check", ["script /bin/true", "interval 1", "weight -10"]);
      const more = ["track_script {", "    check", "}"];
      const globals = ["script_user root", "enable_script_security"];
      return await stand.start(configuration([script, instance({ ...V3, more })], globals));
    }),
    says(
      "`Changing effective priority from 100 to 90`",
      /\(VI_1\) Changing effective priority from 100 to 90/,
      async (stand) => {
        const { daemon } = await master(
          stand,
          v3({ more: ["track_interface {", "    eth1 weight -10", "}"] }),
        );
        await stand.ip("link set eth1 down");
        return daemon;
      },
      { links: 2 },
    ),
    says("`Reloading …` after SIGHUP", /Reloading/, async (stand) => {
      const { daemon } = await master(stand, v3());
      await stand.reload(v3());
      return daemon;
    }),
    says(
      "`VRRP_Group(G1) Syncing instances to MASTER state`",
      /VRRP_Group\(G1\) Syncing instances to MASTER state/,
      async (stand) => {
        return await stand.start(configuration([
          block("vrrp_sync_group G1", ["group {", "    VI_1", "    VI_2", "}"]),
          instance(V3),
          instance({ ...V3, name: "VI_2", vrid: 52, interface: "eth1", addresses: ["10.80.1.200/24"] }),
        ]));
      },
      { links: 2 },
    ),
    says(
      "`log_unknown_vrids`: `Unknown VRID(99) received on interface(eth0)`",
      /Unknown VRID\s?\(99\) received on interface\s?\(eth0\)/,
      async (stand) => {
        const { daemon } = await master(stand, v3({}, ["log_unknown_vrids"]));
        const feed = stand.wire.feed(advertFrame({ ...HIGH, vrid: 99 }), 100);
        await feed.sends(5);
        feed.stop();
        return daemon;
      },
    ),
    {
      title: "A refused packet ten times over does not fill the log with ten lines",
      source: "users: logs full of bogus VRRP packets",
      remark: "keepalived 2.2.7 writes one for each",
      async run(stand) {
        const { daemon } = await master(stand, v3());
        const since = now();
        const feed = stand.wire.feed(advertFrame({ ...HIGH, ttl: 254 }), 250);
        await feed.sends(10);
        feed.stop();
        const lines = daemon.log.lines(/TTL/, since);
        if (lines.length < 1 || lines.length > 3) throw new Error(`${lines.length} lines about the TTL`);
      },
    },
    says(
      "The exit status of a script, from its first run on: `Script … now returning 1`",
      /Script `check` now returning 1/,
      async (stand) => {
        const script = block("vrrp_script check", ["script /bin/false", "interval 1"]);
        return await stand.start(
          configuration([script, instance({ ...V3, more: [block("track_script", ["check"])] })]),
        );
      },
    ),
  ],
};
