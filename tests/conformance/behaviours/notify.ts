/** What is told to scripts and FIFOs. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance } from "../../lab/config_text.ts";
import type { Chapter } from "../behaviour.ts";
import { backup, between, HIGH, longestPause, master, V3, v3, VIP } from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";
import type { Stand } from "../rig/stand.ts";

const SCRIPTS = ["script_user root", "enable_script_security"];

/** A script that writes its name and arguments to the file `said`. */
async function script(stand: Stand, name: string): Promise<string> {
  return await stand.write(name, `#!/bin/sh\necho "${name} $@" >> ${stand.path("said")}\n`);
}

async function notified(stand: Stand, lines: readonly string[], priority = 100): Promise<string> {
  const paths = new Map<string, string>();
  for (const name of ["any", "master", "backup", "fault", "stop", "lower"]) {
    paths.set(name, await script(stand, name));
  }
  const more = lines.map((line) => line.replace(/@(\w+)/g, (_, name: string) => paths.get(name)!));
  return v3({ priority, more }, SCRIPTS);
}

export const NOTIFY: Chapter = {
  number: 15,
  title: "Notify scripts",
  behaviours: [
    {
      title: "`notify_backup` at the start, `notify_master` on takeover, once each, without arguments",
      source: "keepalived.conf(5) notify_master, notify_backup",
      async run(stand) {
        await master(stand, await notified(stand, ["notify_master @master", "notify_backup @backup"]));
        assert.deepEqual(await stand.lines("said", 2), ["backup ", "master "]);
      },
    },
    {
      title: "`notify` gets INSTANCE, the name, the state and the priority",
      source: "keepalived.conf(5) notify",
      async run(stand) {
        await master(stand, await notified(stand, ["notify @any"], 77));
        assert.deepEqual(await stand.lines("said", 2), [
          "any INSTANCE VI_1 BACKUP 77",
          "any INSTANCE VI_1 MASTER 77",
        ]);
      },
    },
    {
      title: "`notify` gets its own arguments first",
      source: "keepalived.conf(5) notify",
      async run(stand) {
        await master(stand, await notified(stand, ['notify "@any one two"']));
        assert.deepEqual(await stand.lines("said", 2), [
          "any one two INSTANCE VI_1 BACKUP 100",
          "any one two INSTANCE VI_1 MASTER 100",
        ]);
      },
    },
    {
      title: "`notify_fault` when the interface goes down, `notify_backup` when it is back",
      source: "keepalived.conf(5) notify_fault",
      async run(stand) {
        await master(stand, await notified(stand, ["notify_fault @fault", "notify_backup @backup"]));
        await stand.ip("link set eth0 down");
        await stand.lines("said", 2);
        await stand.ip("link set eth0 up");
        assert.deepEqual(await stand.lines("said", 3), ["backup ", "fault ", "backup "]);
      },
    },
    {
      title: "`notify_stop` and `notify … STOP` at the end, and they are waited for",
      source: "keepalived.conf(5) notify_stop",
      async run(stand) {
        const { daemon } = await master(stand, await notified(stand, ["notify_stop @stop", "notify @any"]));
        await stand.lines("said", 2);
        daemon.terminate();
        await daemon.process.endsWithin(8_000);
        const said = await stand.lines("said", 4);
        assert.deepEqual(said.slice(2).toSorted(), ["any INSTANCE VI_1 STOP 100", "stop "]);
      },
    },
    {
      title: "Giving way: BACKUP once",
      source: "keepalived.conf(5) notify",
      async run(stand) {
        await master(stand, await notified(stand, ["notify @any"]));
        await stand.lines("said", 2);
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        const said = await stand.lines("said", 3);
        assert.deepEqual(said.slice(2), ["any INSTANCE VI_1 BACKUP 100"]);
        feed.stop();
      },
    },
    {
      title: "`notify_master_rx_lower_pri` when a master hears a lower priority",
      source: "keepalived.conf(5) notify_master_rx_lower_pri",
      async run(stand) {
        await master(stand, await notified(stand, ["notify_master_rx_lower_pri @lower"]));
        stand.wire.say({ ...HIGH, priority: 50 });
        const [said] = await stand.lines("said", 1);
        assert.match(said!, /^lower/);
      },
    },
    {
      title: "`notify` hears of states alone, not of each lower priority",
      source: "keepalived.conf(5) notify",
      async run(stand) {
        const text = await notified(stand, ["notify @any", "notify_master_rx_lower_pri @lower"]);
        await master(stand, text);
        await stand.lines("said", 2);
        stand.wire.say({ ...HIGH, priority: 50 });
        await stand.lines("said", 3);
        const feed = stand.wire.feed(advertFrame(HIGH), 60);
        const said = await stand.lines("said", 4);
        feed.stop();
        assert.deepEqual(said.slice(2), ["lower ", "any INSTANCE VI_1 BACKUP 100"]);
      },
    },
    {
      title: "A reload that changes nothing notifies nobody",
      source: "keepalived(8) SIGHUP",
      async run(stand) {
        const text = await notified(stand, ["notify @any"]);
        await master(stand, text);
        await stand.lines("said", 2);
        const at = await stand.reload(text);
        await stand.wire.nextAdverts(8, at);
        assert.equal((await stand.lines("said", 2)).length, 2);
      },
    },
    {
      title: "A script that hangs does not delay advertisements",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        const path = await stand.write(
          "hang.sh",
          `#!/bin/sh\necho x >> ${stand.path("said")}\nexec sleep 20\n`,
        );
        await master(stand, v3({ more: [`notify_master ${path}`] }, SCRIPTS));
        await stand.lines("said", 1);
        const seen = await stand.wire.nextAdverts(10, now());
        const pauses = seen.slice(1).map(({ at }, i) => at - seen[i]!.at);
        between(Math.max(...pauses), 0, longestPause(), "longest pause, ms");
      },
    },
    {
      title: "A script that does not exist does not keep it from becoming master",
      source: "keepalived",
      async run(stand) {
        await master(stand, v3({ more: ["notify_master /nonexistent/script.sh"] }, SCRIPTS));
        assert.ok(stand.addresses.has(VIP));
      },
    },
    {
      title: '`vrrp_notify_fifo`: lines `INSTANCE "VI_1" STATE PRIORITY`',
      source: "keepalived.conf(5) vrrp_notify_fifo",
      async run(stand) {
        const fifo = stand.path("fifo");
        await stand.run(["mkfifo", "-m", "600", fifo]);
        const reader = new Deno.Command("sh", {
          args: ["-c", `exec timeout 20 cat '${fifo}' >> '${stand.path("said")}'`],
        }).spawn();
        try {
          await master(stand, v3({}, [`vrrp_notify_fifo ${fifo}`]));
          const said = await stand.lines("said", 2);
          assert.deepEqual(said, ['INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_1" MASTER 100']);
        } finally {
          stand.daemons[0]?.kill();
          reader.kill("SIGTERM");
          await reader.status;
        }
      },
    },
    {
      title: "A backup is notified as BACKUP once, however long it stays one",
      source: "keepalived.conf(5) notify",
      async run(stand) {
        const { feed } = await backup(stand, await notified(stand, ["notify @any"]));
        await feed.sends(20);
        assert.deepEqual(await stand.lines("said", 1), ["any INSTANCE VI_1 BACKUP 100"]);
        feed.stop();
      },
    },
    {
      title: "An instance that a reload takes away is told as FAULT, with a bare `notify_deleted` as DELETED",
      source: "keepalived.conf(5) notify_deleted",
      async run(stand) {
        const path = await script(stand, "any");
        const second = (name: string, vrid: number, more: readonly string[]) =>
          instance({
            ...V3,
            name,
            vrid,
            addresses: [`10.80.0.${vrid}/24`],
            more: [`notify ${path}`, ...more],
          });
        const stays = instance(V3);
        const gone = [second("VI_2", 52, []), second("VI_3", 53, ["notify_deleted"])];
        await master(stand, configuration([stays, ...gone], SCRIPTS));
        await stand.lines("said", 4);
        await stand.reload(configuration([stays], SCRIPTS));
        const said = await stand.lines("said", 6);
        assert.deepEqual(said.slice(4).sort(), [
          "any INSTANCE VI_2 FAULT 100",
          "any INSTANCE VI_3 DELETED 100",
        ]);
      },
    },
  ],
};
