/** What else a router depends on: interfaces, scripts, files, processes. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { block, configuration, instance, type InstanceText } from "../../lab/config_text.ts";
import type { Behaviour, Chapter } from "../behaviour.ts";
import { FILES } from "./files.ts";
import type { VrrpFrame } from "../rig/decode.ts";
import { advertFrame } from "../rig/packet.ts";
import { between, downInterval3, givesWay, HIGH, LATE, master, OFTEN, speaks, V3, VIP } from "../moves.ts";
import type { Stand } from "../rig/stand.ts";

const SCRIPTS = ["script_user root", "enable_script_security"];

/** One instance and one script that looks whether a file is there. */
async function scripted(
  stand: Stand,
  settings: readonly string[],
  changes: Partial<InstanceText> = {},
  body = 'test -e "$0.ok"',
): Promise<string> {
  const path = await stand.write("check.sh", `#!/bin/sh\n${body}\n`);
  const script = block("vrrp_script check", [`script ${path}`, ...settings]);
  const track = ["track_script {", "    check", "}"];
  return configuration(
    [script, instance({ ...V3, ...changes, more: [...(changes.more ?? []), ...track] })],
    SCRIPTS,
  );
}

/** The script succeeds from now on, or fails. */
async function verdict(stand: Stand, good: boolean): Promise<number> {
  const at = now();
  if (good) await Deno.writeTextFile(stand.path("check.sh.ok"), "");
  else await Deno.remove(stand.path("check.sh.ok"));
  return at;
}

function withPriority(stand: Stand, priority: number, since: number, within = 6_000): Promise<VrrpFrame> {
  return stand.wire.advert((frame) => frame.priority === priority, { since, within }, `priority ${priority}`);
}

/** With weights: what is advertised while the script succeeds and while it fails. */
function weighted(
  title: string,
  weight: string,
  priorities: { base: number; good: number; bad: number },
): Behaviour {
  return {
    title,
    source: "keepalived.conf(5) vrrp_script weight; RFC 9568 5.2.4",
    async run(stand) {
      await Deno.writeTextFile(stand.path("check.sh.ok"), "");
      const text = await scripted(stand, [`weight ${weight}`, "interval 1", "fall 1", "rise 1"], {
        priority: priorities.base,
      });
      await stand.start(text);
      await withPriority(stand, priorities.good, 0, 10_000);
      const failed = await verdict(stand, false);
      await withPriority(stand, priorities.bad, failed);
      const repaired = await verdict(stand, true);
      await withPriority(stand, priorities.good, repaired);
      assert.deepEqual(stand.wire.adverts(0, ({ priority }) => priority === 0), [], "no goodbye");
    },
  };
}

/** With `reverse` in `track_script`. */
function reversed(title: string, weight: string, priorities: { good: number; bad: number }): Behaviour {
  return {
    title,
    source: "keepalived.conf(5) track_script reverse",
    async run(stand) {
      await Deno.writeTextFile(stand.path("check.sh.ok"), "");
      const text = (await scripted(stand, ["interval 1", "fall 1", "rise 1"])).replace(
        /track_script \{\n\s+check\n/,
        `track_script {\n    check weight ${weight} reverse\n`,
      );
      await stand.start(text);
      await withPriority(stand, priorities.good, 0, 10_000);
      await withPriority(stand, priorities.bad, await verdict(stand, false));
    },
  };
}

/** With `reverse` in `track_interface`. */
function reversedInterface(
  title: string,
  weight: string,
  priorities: { good: number; bad: number },
): Behaviour {
  return {
    title,
    source: "keepalived.conf(5) track_interface reverse",
    links: 2,
    async run(stand) {
      await trackedInterface(stand, `eth1 weight ${weight} reverse`);
      await withPriority(stand, priorities.good, 0);
      const cut = now();
      await stand.ip("link set eth1 down");
      await withPriority(stand, priorities.bad, cut);
    },
  };
}

async function trackedInterface(stand: Stand, tracking: string): Promise<void> {
  const more = ["track_interface {", `    ${tracking}`, "}"];
  await master(stand, configuration([instance({ ...V3, more })]));
}

const ON_ETH1 = { links: 2 } as const;

export const TRACKING: Chapter = {
  number: 8,
  title: "Tracking",
  behaviours: [
    {
      title: "`track_interface` without weight, interface goes down: goodbye, VIP gone, FAULT",
      source: "keepalived.conf(5) track_interface",
      ...ON_ETH1,
      async run(stand) {
        await trackedInterface(stand, "eth1");
        const cut = now();
        await stand.ip("link set eth1 down");
        await stand.wire.advert(({ priority }) => priority === 0, { since: cut, within: 15_000 }, "goodbye");
        await stand.addresses.removed(VIP, { since: cut, within: 15_000 });
        await stand.daemons[0]!.enters("VI_1", "FAULT", { since: cut });
        await stand.wire.silent(downInterval3(100) * 2, "a word in FAULT", now());
      },
    },
    {
      title: "`track_interface` without weight, interface comes back: master after the interval",
      source: "keepalived.conf(5) track_interface",
      ...ON_ETH1,
      async run(stand) {
        await trackedInterface(stand, "eth1");
        await stand.ip("link set eth1 down");
        await stand.daemons[0]!.enters("VI_1", "FAULT");
        const back = now();
        await stand.ip("link set eth1 up");
        const advert = await speaks(stand, { since: back });
        between(advert.at - back, downInterval3(100) - 5, downInterval3(100) + 1_000, "after the repair, ms");
      },
    },
    {
      title: "`track_interface` with a negative weight: the priority is lowered while it is down",
      source: "keepalived.conf(5) track_interface weight",
      ...ON_ETH1,
      async run(stand) {
        await trackedInterface(stand, "eth1 weight -30");
        const cut = now();
        await stand.ip("link set eth1 down");
        await withPriority(stand, 70, cut);
        const back = now();
        await stand.ip("link set eth1 up");
        await withPriority(stand, 100, back);
        assert.ok(stand.addresses.has(VIP));
      },
    },
    {
      title: "`track_interface` with a positive weight: the priority is raised while it is up",
      source: "keepalived.conf(5) track_interface weight",
      ...ON_ETH1,
      async run(stand) {
        await trackedInterface(stand, "eth1 weight 20");
        await withPriority(stand, 120, 0);
        const cut = now();
        await stand.ip("link set eth1 down");
        await withPriority(stand, 100, cut);
      },
    },
    {
      title: "A tracked interface that is down at the start: FAULT",
      source: "keepalived.conf(5) track_interface",
      ...ON_ETH1,
      async run(stand) {
        await stand.ip("link set eth1 down");
        const more = ["track_interface {", "    eth1", "}"];
        const daemon = await stand.start(configuration([instance({ ...V3, more })]));
        await daemon.enters("VI_1", "FAULT");
        await stand.wire.silent(downInterval3(100) * 2, "a word in FAULT", 0);
      },
    },
    {
      title: "Script without weight fails: goodbye, VIP gone, FAULT",
      source: "keepalived.conf(5) vrrp_script",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        await master(stand, await scripted(stand, ["interval 1", "fall 1"]));
        const failed = await verdict(stand, false);
        await stand.wire.advert(
          ({ priority }) => priority === 0,
          { since: failed, within: 15_000 },
          "goodbye",
        );
        await stand.addresses.removed(VIP, { since: failed, within: 15_000 });
        await stand.daemons[0]!.enters("VI_1", "FAULT", { since: failed });
      },
    },
    {
      title: "Script without weight succeeds again: backup, then master after the whole interval",
      source: "keepalived.conf(5) vrrp_script",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        await master(stand, await scripted(stand, ["interval 1", "fall 1", "rise 1"]));
        const failed = await verdict(stand, false);
        const daemon = stand.daemons[0]!;
        await daemon.enters("VI_1", "FAULT", { since: failed });
        const repaired = await verdict(stand, true);
        await daemon.enters("VI_1", "BACKUP", { since: repaired });
        const advert = await speaks(stand, { since: repaired });
        const least = downInterval3(100);
        between(advert.at - repaired, least, least + 1_000 + LATE * 2, "after the repair, ms");
      },
    },
    weighted("Script weight -40: 100 while it succeeds, 60 while it fails", "-40", {
      base: 100,
      good: 100,
      bad: 60,
    }),
    weighted("Script weight 40: 140 while it succeeds, 100 while it fails", "40", {
      base: 100,
      good: 140,
      bad: 100,
    }),
    weighted("A script's weight of 300 is more than there is, and counts as 253", "300", {
      base: 50,
      good: 254,
      bad: 50,
    }),
    {
      title: "`track_script` with a weight of 300, which is none: that of the script",
      source: "keepalived (weight must be between -253 and 253, ignoring)",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        const text = await scripted(stand, ["interval 1", "fall 1", "weight 20"]);
        await stand.start(text.replace(/^( +)check$/m, "$1check weight 300"));
        await withPriority(stand, 120, 0, 10_000);
        const failed = await verdict(stand, false);
        await withPriority(stand, 100, failed);
      },
    },
    {
      title: "`track_interface` with a weight of 300, which is none: FAULT while it is down",
      source: "keepalived (weight must be between -253 and 253, ignoring)",
      links: 2,
      async run(stand) {
        await trackedInterface(stand, "eth1 weight 300");
        const cut = now();
        await stand.ip("link set eth1 down");
        await stand.addresses.removed(VIP, { since: cut, within: 3_000 });
        await stand.daemons[0]!.enters("VI_1", "FAULT", { since: cut });
      },
    },
    weighted("The priority stays at 1 at least", "-253", { base: 100, good: 100, bad: 1 }),
    weighted("The priority stays at 254 at most", "253", { base: 100, good: 254, bad: 100 }),
    {
      title: "Weights do not change the priority of an owner",
      source: "keepalived.conf(5) priority",
      async run(stand) {
        const text = await scripted(stand, ["weight -100", "interval 1", "fall 1"], {
          state: "MASTER",
          priority: 255,
        });
        const { first } = await master(stand, text);
        const seen = await stand.wire.nextAdverts(12, first.at);
        assert.ok(seen.every(({ priority }) => priority === 255));
      },
    },
    {
      title: "`fall 3`: two failures in a row change nothing, the third does",
      source: "keepalived.conf(5) vrrp_script fall",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        const body = 'date +%s.%N >> "$0.runs"; test -e "$0.ok"';
        const text = await scripted(stand, ["weight -40", "interval 1", "fall 3"], {}, body);
        await master(stand, text);
        const failed = await verdict(stand, false);
        const lowered = await withPriority(stand, 60, failed);
        between(lowered.at - failed, 2_000 - LATE, 3_000 + LATE * 4, "from the failure to the third one, ms");
      },
    },
    {
      title: "`rise 3`: two successes in a row change nothing, the third does",
      source: "keepalived.conf(5) vrrp_script rise",
      async run(stand) {
        const text = await scripted(stand, ["weight -40", "interval 1", "fall 1", "rise 3"]);
        await stand.start(text);
        await withPriority(stand, 60, 0, 10_000);
        const repaired = await verdict(stand, true);
        const raised = await withPriority(stand, 100, repaired);
        between(
          raised.at - repaired,
          2_000 - LATE,
          3_000 + LATE * 4,
          "from the repair to the third success, ms",
        );
      },
    },
    {
      title: "Until a script without weight has answered for the first time, the instance waits",
      source: "keepalived",
      async run(stand) {
        const text = await scripted(stand, ["interval 5", "timeout 4"], {}, "sleep 2; exit 0");
        const daemon = await stand.start(text);
        const first = await speaks(stand, { within: 15_000 });
        const least = 2_000 + downInterval3(100);
        between(first.at - daemon.process.startedAt, least, least + 3_000, "from the start, ms");
      },
    },
    {
      title: "A script that runs longer than its timeout has failed",
      source: "keepalived.conf(5) vrrp_script timeout",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        const body = 'test -e "$0.ok" || sleep 30';
        const text = await scripted(stand, ["weight -40", "interval 1", "timeout 1", "fall 1"], {}, body);
        await master(stand, text);
        const failed = await verdict(stand, false);
        const lowered = await withPriority(stand, 60, failed, 9_000);
        between(lowered.at - failed, 1_000 - LATE, 9_000, "from the hanging run to the verdict, ms");
      },
    },
    {
      title: "A script that dies of a signal has failed",
      source: "keepalived.conf(5) vrrp_script",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        const body = 'test -e "$0.ok" || kill -9 $$';
        await master(stand, await scripted(stand, ["weight -40", "interval 1", "fall 1"], {}, body));
        await withPriority(stand, 60, await verdict(stand, false));
      },
    },
    {
      title: "`init_fail`: it counts as failed until `rise` successes",
      source: "keepalived.conf(5) vrrp_script init_fail",
      remark: "keepalived 2.2.7 takes the first success",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        const text = await scripted(stand, ["weight -40", "interval 1", "rise 3", "init_fail"]);
        await stand.start(text);
        const low = await withPriority(stand, 60, 0, 10_000);
        await withPriority(stand, 100, low.at);
      },
    },
    reversed("Script `weight 30 reverse`: 70 while it succeeds, 100 while it fails", "30", {
      good: 70,
      bad: 100,
    }),
    reversed("Script `weight -30 reverse`: 100 while it succeeds, 130 while it fails", "-30", {
      good: 100,
      bad: 130,
    }),
    reversedInterface("Interface `weight 30 reverse`: 70 while it is up, 100 while it is down", "30", {
      good: 70,
      bad: 100,
    }),
    reversedInterface("Interface `weight -30 reverse`: 100 while it is up, 130 while it is down", "-30", {
      good: 100,
      bad: 130,
    }),
    {
      title: "A weight in `track_script` overrides that of the script",
      source: "keepalived.conf(5) track_script weight",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        const text = (await scripted(stand, ["weight 10", "interval 1", "fall 1"])).replace(
          /track_script \{\n\s+check\n/,
          "track_script {\n    check weight 50\n",
        );
        await stand.start(text);
        await withPriority(stand, 150, 0, 10_000);
      },
    },
    {
      title: "A priority lowered below the peer's hands over: it gives way to the peer's next word",
      source: "RFC 9568 6.4.3",
      async run(stand) {
        await Deno.writeTextFile(stand.path("check.sh.ok"), "");
        await master(stand, await scripted(stand, ["weight -40", "interval 1", "fall 1"]));
        await withPriority(stand, 60, await verdict(stand, false));
        const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 90 }), OFTEN);
        await givesWay(stand, feed.lastAt);
        feed.stop();
      },
    },
    {
      title: "A priority raised above the master's takes over from it",
      source: "RFC 9568 6.4.2",
      async run(stand) {
        const text = await scripted(stand, ["weight 100", "interval 1", "fall 1", "rise 1"]);
        const feed = stand.wire.feed(advertFrame({ ...HIGH, priority: 150 }), OFTEN);
        const daemon = await stand.start(text);
        await daemon.enters("VI_1", "BACKUP");
        await feed.sends(15);
        assert.deepEqual(stand.wire.adverts(), []);
        await verdict(stand, true);
        const advert = await speaks(stand);
        assert.equal(advert.priority, 200);
        feed.stop();
      },
    },
    {
      title: "`track_file` with a weight adds what the file says times the weight",
      source: "keepalived.conf(5) track_file",
      async run(stand) {
        const file = stand.path("level");
        await Deno.writeTextFile(file, "0");
        const tracked = block("track_file level", [`file ${file}`, "weight 1"]);
        const more = ["track_file {", "    level", "}"];
        await master(stand, configuration([tracked, instance({ ...V3, more })]));
        for (const [content, priority] of [["25", 125], ["-60", 40], ["0", 100]] as const) {
          const at = now();
          await Deno.writeTextFile(file, content);
          await withPriority(stand, priority, at);
        }
      },
    },
    {
      title: "`track_file` with weight 0: FAULT while the file does not say 0",
      source: "keepalived.conf(5) track_file",
      async run(stand) {
        const file = stand.path("level");
        await Deno.writeTextFile(file, "0");
        const tracked = block("track_file level", [`file ${file}`, "weight 0"]);
        const more = ["track_file {", "    level", "}"];
        await master(stand, configuration([tracked, instance({ ...V3, more })]));
        const at = now();
        await Deno.writeTextFile(file, "1");
        await stand.addresses.removed(VIP, { since: at, within: 15_000 });
        await stand.daemons[0]!.enters("VI_1", "FAULT", { since: at });
        const back = now();
        await Deno.writeTextFile(file, "0");
        await stand.addresses.added(VIP, { since: back });
      },
    },
    ...FILES,
  ],
};
