/** Tracked files: how they are read, what they come to, and sync groups with trackers of their own. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { block, configuration, instance, type InstanceText } from "../../lab/config_text.ts";
import type { Behaviour } from "../behaviour.ts";
import { downInterval3, goesOn, master, speaks, V3, VIP } from "../moves.ts";
import type { VrrpFrame } from "../rig/decode.ts";
import type { Stand } from "../rig/stand.ts";

const SOURCE = "keepalived.conf(5) track_file";

/** Names of the file that is tracked and of the one that says how to read it. */
const FILE = "level";

interface FileText {
  /** Lines of the block. */
  readonly settings?: readonly string[];
  /** Behind the name in the instance's `track_file`. */
  readonly reference?: string;
  readonly keyword?: string;
  readonly changes?: Partial<InstanceText>;
}

/** One instance that tracks a file. */
function tracking(stand: Stand, text: FileText = {}): string {
  const { settings = [], reference = "", keyword = "track_file", changes = {} } = text;
  const file = block(`${keyword} ${FILE}`, [`file ${stand.path(FILE)}`, ...settings]);
  const more = ["track_file {", `    ${FILE} ${reference}`.trimEnd(), "}"];
  return configuration([file, instance({ ...V3, ...changes, more })]);
}

/** Writes the file; returns the time. */
async function say(stand: Stand, text: string): Promise<number> {
  const at = now();
  await Deno.writeTextFile(stand.path(FILE), text);
  return at;
}

function withPriority(stand: Stand, priority: number, since: number, vrid = 51): Promise<VrrpFrame> {
  return stand.wire.advert(
    (frame) => frame.priority === priority && frame.vrid === vrid,
    { since, within: 15_000 },
    `priority ${priority} of VRID ${vrid}`,
  );
}

/** What each content makes of priority 100; a number between them makes every change seen. */
const CONTENTS: readonly (readonly [string, number])[] = [
  [" 26", 126],
  ["+27", 127],
  ["0x10", 116],
  ["010", 108],
  ["33abc", 133],
  ["2.5", 102],
  ["abc", 100],
  ["28", 128],
  ["", 100],
  ["29\n", 129],
  ["\n30", 130],
  ["31 5", 131],
  ["0x", 100],
  ["32", 132],
  ["08", 100],
  ["\t34", 134],
  ["- 5", 100],
];

/** Two instances in a group; the first one has lines of its own. */
function grouped(
  stand: Stand,
  texts: {
    readonly group?: readonly string[];
    readonly member?: readonly string[];
    readonly weight?: number;
  },
): string {
  const { group = [], member = [], weight } = texts;
  const settings = weight === undefined ? [] : [`weight ${weight}`];
  const file = block(`track_file ${FILE}`, [`file ${stand.path(FILE)}`, ...settings]);
  return configuration([
    file,
    block("vrrp_sync_group G", ["group {", "    VI_1", "    VI_2", "}", ...group]),
    instance({ ...V3, more: member }),
    instance({ ...V3, name: "VI_2", vrid: 52, addresses: ["10.80.0.201/24"] }),
  ]);
}

const TRACK = ["track_file {", `    ${FILE}`, "}"];

async function faults(stand: Stand, text: string): Promise<void> {
  const at = await say(stand, text);
  await stand.addresses.removed(VIP, { since: at, within: 15_000 });
  await stand.daemons[0]!.enters("VI_1", "FAULT", { since: at });
}

async function recovers(stand: Stand, text: string): Promise<void> {
  const at = await say(stand, text);
  await stand.daemons[0]!.enters("VI_1", "BACKUP", { since: at });
  await stand.addresses.added(VIP, { since: at });
}

/** A file that faults with one content and no longer with another. */
function faulting(title: string, text: FileText, good: string, bad: readonly string[]): Behaviour {
  return {
    title,
    source: SOURCE,
    async run(stand) {
      await say(stand, good);
      await master(stand, tracking(stand, text));
      for (const content of bad) {
        await faults(stand, content);
        await recovers(stand, good);
      }
    },
  };
}

/** What a file adds with a weight. */
function adding(title: string, text: FileText, pairs: readonly (readonly [string, number])[]): Behaviour {
  return {
    title,
    source: SOURCE,
    async run(stand) {
      await say(stand, "0");
      await master(stand, tracking(stand, text));
      for (const [content, priority] of pairs) await withPriority(stand, priority, await say(stand, content));
    },
  };
}

/** What stands in the file after the start. */
function initialising(title: string, word: string, before: string | null, value: number): Behaviour {
  return {
    title,
    source: "keepalived.conf(5) track_file init_file",
    async run(stand) {
      if (before !== null) await say(stand, before);
      await master(stand, tracking(stand, { settings: [word] }));
      await withPriority(stand, 100 + value, 0);
      assert.equal((await Deno.readTextFile(stand.path(FILE))).trim(), String(value));
    },
  };
}

/** Behaviours of tracked files; part of the chapter on tracking. */
export const FILES: readonly Behaviour[] = [
  adding(
    "A file is read as a number with blanks, sign and base before it and anything behind it",
    {},
    CONTENTS,
  ),
  {
    title: "A number in a file beyond 32 bits is passed over: the one before it goes on counting",
    source: "keepalived",
    async run(stand) {
      await say(stand, "0");
      const { daemon } = await master(stand, tracking(stand));
      await withPriority(stand, 125, await say(stand, "25"));
      const at = await say(stand, "99999999999");
      await daemon.says(/Invalid number 99999999999/, { since: at });
      await withPriority(stand, 125, now());
      await withPriority(stand, 126, await say(stand, "26"));
    },
  },
  {
    title: "A tracked file that is moved into its place is read, one that is removed says 0",
    source: SOURCE,
    async run(stand) {
      await say(stand, "1");
      await master(stand, tracking(stand));
      await withPriority(stand, 101, 0);
      const moved = now();
      await Deno.writeTextFile(stand.path("fresh"), "20");
      await Deno.rename(stand.path("fresh"), stand.path(FILE));
      await withPriority(stand, 120, moved);
      const removed = now();
      await Deno.remove(stand.path(FILE));
      await withPriority(stand, 100, removed);
    },
  },
  {
    title: "A tracked file may be missing at the start: it says 0, and is read when it is made",
    source: SOURCE,
    async run(stand) {
      const { first } = await master(stand, tracking(stand));
      assert.equal(first.priority, 100);
      await withPriority(stand, 115, await say(stand, "15"));
    },
  },
  {
    title: "What is written into a tracked file counts when the file is closed",
    source: "keepalived",
    async run(stand) {
      await say(stand, "1");
      await master(stand, tracking(stand));
      await withPriority(stand, 101, 0);
      const opened = now();
      {
        using file = await Deno.open(stand.path(FILE), { write: true, truncate: true });
        await file.write(new TextEncoder().encode("40"));
        await stand.wire.nextAdverts(4, now());
      }
      await withPriority(stand, 140, opened);
      const seen = stand.wire.adverts(opened).map(({ priority }) => priority);
      assert.deepEqual([...new Set(seen)], [101, 140]);
    },
  },
  adding("`track_file` with weight 2 adds twice what the file says", { settings: ["weight 2"] }, [
    ["1", 102],
    ["-5", 90],
    [
      "3",
      106,
    ],
  ]),
  adding("`track_file` with weight 2 reverse subtracts", { settings: ["weight 2 reverse"] }, [
    ["1", 98],
    ["-5", 110],
  ]),
  adding("A weight behind the name in the instance overrides that of the file", { reference: "weight -3" }, [
    ["1", 97],
    ["-5", 115],
  ]),
  adding("What a file adds ends at priority 254, whatever it says", {}, [["254", 254], ["5", 105], [
    "300",
    254,
  ]]),
  faulting("A file that comes to -254 or less is a FAULT, with any weight", {}, "-253", ["-254", "-300"]),
  faulting("`weight 254`: the file can say -1 for FAULT", { settings: ["weight 254"] }, "0", ["-1"]),
  faulting("`weight 0 reverse`: FAULT while the file says 0", { settings: ["weight 0 reverse"] }, "-5", [
    "0",
    "abc",
  ]),
  {
    title: "A file of weight 0 that does not say 0 at the start: FAULT, not a word",
    source: SOURCE,
    async run(stand) {
      await say(stand, "1");
      const daemon = await stand.start(tracking(stand, { settings: ["weight 0"] }));
      await daemon.enters("VI_1", "FAULT");
      await stand.wire.silent(downInterval3(100) * 2, "a word in FAULT", 0);
      await recovers(stand, "0");
    },
  },
  {
    title: "`weight 0 reverse` and no file at the start: FAULT until it says something",
    source: SOURCE,
    async run(stand) {
      const daemon = await stand.start(tracking(stand, { settings: ["weight 0 reverse"] }));
      await daemon.enters("VI_1", "FAULT");
      await recovers(stand, "1");
    },
  },
  initialising("`init_file 7` makes a file that is missing", "init_file 7", null, 7),
  initialising("`init_file 7` leaves a file that is there as it is", "init_file 7", "12", 12),
  initialising("`init_file 7 overwrite` writes over a file that is there", "init_file 7 overwrite", "12", 7),
  {
    title: "`vrrp_track_file`, the old spelling, does the same",
    source: SOURCE,
    async run(stand) {
      await say(stand, "0");
      await master(stand, tracking(stand, { keyword: "vrrp_track_file" }));
      await withPriority(stand, 125, await say(stand, "25"));
    },
  },
  {
    title: "Sync group without `sync_group_tracking_weight`: a member's file of weight 1 is one of weight 0",
    source: "keepalived.conf(5) track_file",
    async run(stand) {
      await say(stand, "0");
      const { daemon } = await master(stand, grouped(stand, { member: TRACK }));
      const at = await say(stand, "5");
      await daemon.enters("VI_1", "FAULT", { since: at });
      await daemon.enters("VI_2", "FAULT", { since: at });
      await recovers(stand, "0");
    },
  },
  {
    title: "Sync group without `sync_group_tracking_weight`: a member's file of weight 2 is not tracked",
    source: "keepalived.conf(5) track_file",
    async run(stand) {
      await say(stand, "0");
      await master(stand, grouped(stand, { member: TRACK, weight: 2 }));
      const at = await say(stand, "-200");
      await goesOn(stand, at);
      assert.ok(stand.wire.adverts(at).every(({ priority }) => priority === 100));
    },
  },
  {
    title:
      "Sync group with `sync_group_tracking_weight`: a member's file changes the priority of that member alone",
    source: "keepalived.conf(5) sync_group_tracking_weight",
    async run(stand) {
      await say(stand, "0");
      const text = grouped(stand, { group: ["sync_group_tracking_weight"], member: TRACK, weight: 2 });
      await master(stand, text);
      const at = await say(stand, "5");
      await withPriority(stand, 110, at, 51);
      await withPriority(stand, 100, now(), 52);
    },
  },
  {
    title: "A file that the sync group tracks changes the priority of all members, and faults all",
    source: "keepalived.conf(5) vrrp_sync_group track_file",
    async run(stand) {
      await say(stand, "0");
      const { daemon } = await master(stand, grouped(stand, { group: TRACK, weight: 2 }));
      const at = await say(stand, "5");
      await withPriority(stand, 110, at, 51);
      await withPriority(stand, 110, at, 52);
      const faulty = await say(stand, "-200");
      await daemon.enters("VI_1", "FAULT", { since: faulty });
      await daemon.enters("VI_2", "FAULT", { since: faulty });
      await recovers(stand, "0");
    },
  },
  {
    title: "Of a file that member and sync group track the group's weight counts",
    source: "keepalived",
    async run(stand) {
      await say(stand, "0");
      const group = ["sync_group_tracking_weight", "track_file {", `    ${FILE} weight 3`, "}"];
      await master(stand, grouped(stand, { group, member: TRACK, weight: 2 }));
      const at = await say(stand, "5");
      await withPriority(stand, 115, at, 51);
      await withPriority(stand, 115, at, 52);
    },
  },
  {
    title: "Sync group with an owner: what the group tracks has no weight",
    source: "keepalived",
    async run(stand) {
      await say(stand, "0");
      const text = grouped(stand, { group: TRACK, weight: 2 }).replace(
        /(virtual_router_id 52\n\s+priority) 100/,
        "$1 255",
      );
      const { daemon } = await master(stand, text);
      const at = await say(stand, "5");
      await daemon.enters("VI_1", "FAULT", { since: at });
      await daemon.enters("VI_2", "FAULT", { since: at });
    },
  },
  {
    title: "Reload with another weight: a MASTER stays MASTER, its next word has the new priority",
    source: "keepalived",
    async run(stand) {
      await say(stand, "10");
      await master(stand, tracking(stand));
      await withPriority(stand, 110, 0);
      const at = await stand.reload(tracking(stand, { settings: ["weight 3"] }));
      await withPriority(stand, 130, at);
      await goesOn(stand, at);
    },
  },
  {
    title: "Reload that adds a tracker and takes it away again: a MASTER stays MASTER, its priority follows",
    source: "keepalived",
    async run(stand) {
      await say(stand, "10");
      const plain = configuration([instance(V3)]);
      await master(stand, plain);
      const added = await stand.reload(tracking(stand));
      await withPriority(stand, 110, added);
      const removed = await stand.reload(plain);
      await withPriority(stand, 100, removed);
      await goesOn(stand, removed);
      await speaks(stand, { since: now() });
    },
  },
  {
    title: "Reload that adds a tracker which is a FAULT: FAULT, and no longer once a reload takes it away",
    source: "keepalived",
    async run(stand) {
      await say(stand, "1");
      const plain = configuration([instance(V3)]);
      const { daemon } = await master(stand, plain);
      const added = await stand.reload(tracking(stand, { settings: ["weight 0"] }));
      await stand.addresses.removed(VIP, { since: added, within: 15_000 });
      await daemon.enters("VI_1", "FAULT", { since: added });
      const removed = await stand.reload(plain);
      await stand.addresses.added(VIP, { since: removed });
    },
  },
];
