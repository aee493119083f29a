/** Named pipes: the lines of a life, beside keepalived's. */
import assert from "node:assert/strict";
import type { DaemonKind } from "../lab/adapter.ts";
import { block, configuration, instance } from "../lab/config_text.ts";
import { type Case, scenarios } from "../lab/scenario.ts";
import { VIP } from "./pair.ts";

function life(word: "vrrp_notify_fifo" | "notify_fifo", kind: DaemonKind): Case {
  return {
    name: `${word}: transitions, priorities, and all states again after a reload, ${kind}`,
    lab: { a: ["lan", "wan"] },
    needs: kind === "keepalived" ? ["keepalived"] : [],
    async run(lab) {
      const a = lab.node("a");
      const pipe = a.path("pipe");
      const alive = await a.write("alive", "");
      const reader = a.spawn(["sh", "-c", `mkfifo ${pipe}; echo made; while cat ${pipe}; do :; done`], {
        name: "reader",
      });
      await reader.stdout.line(/made/, { within: 10_000 });
      const usual = { priority: 100, version: 3, interval: 0.1 } as const;
      const script = block("vrrp_script alive", [
        `script "/usr/bin/test -e ${alive}"`,
        "interval 1",
        "weight -30",
      ]);
      const group = block("vrrp_sync_group G", ["group {", "    VI_2", "}"]);
      const more = ["track_script {", "    alive", "}"];
      const config = configuration([
        script,
        group,
        instance({ ...usual, addresses: [VIP], more }),
        instance({ ...usual, name: "VI_2", interface: "eth1", vrid: 52, addresses: ["10.80.1.100"] }),
      ], [
        "script_user root",
        "enable_script_security",
        `${word} ${pipe}`,
        "vrrp_notify_priority_changes on",
        "fifo_write_vrrp_states_on_reload",
      ]);
      const daemon = await a.start(kind, config);
      const line = (text: string, since = 0) =>
        reader.stdout.next((each) => each.text === text, { within: 15_000, what: text, since });
      await line('INSTANCE "VI_1" MASTER 100');
      await line('GROUP "G" MASTER 0');
      await Deno.remove(alive);
      await line('INSTANCE "VI_1" MASTER_PRIORITY 70');
      const reloaded = daemon.reload();
      await line('GROUP "G" MASTER 0', reloaded);
      await a.cut("carrier", "wan");
      await line('GROUP "G" FAULT 0');
      daemon.terminate();
      for (const last of STOPPED) await line(last);
      const told = reader.stdout.items.map(({ text }) => text).filter((text) => text !== "made");
      assert.deepEqual(inOrder(told), [
        ...['GROUP "G" BACKUP 0', 'INSTANCE "VI_1" BACKUP 100', 'INSTANCE "VI_2" BACKUP 100'],
        ...['GROUP "G" MASTER 0', 'INSTANCE "VI_1" MASTER 100', 'INSTANCE "VI_2" MASTER 100'],
        'INSTANCE "VI_1" MASTER_PRIORITY 70',
        ...(kind === "ha" ? STATES : STATES_OF_KEEPALIVED),
        ...['GROUP "G" FAULT 0', 'INSTANCE "VI_2" FAULT 100'],
        ...STOPPED,
      ]);
    },
  };
}

/** The end, in any order. */
const STOPPED = ['GROUP "G" STOP 0', 'INSTANCE "VI_1" STOP 70', 'INSTANCE "VI_2" STOP 100'];

/** After the reload. */
const STATES = ['GROUP "G" MASTER 0', 'INSTANCE "VI_1" MASTER 70', 'INSTANCE "VI_2" MASTER 100'];

/** keepalived 2.2.7 leaves out the instances, and tells a change of priority that is none, in a state that is none. */
const STATES_OF_KEEPALIVED = ['INSTANCE "VI_1" BACKUP_PRIORITY 70', 'GROUP "G" MASTER 0'];

/** Lines of one transition sorted: instances and their group come in either order. */
function inOrder(lines: readonly string[]): string[] {
  const groups: string[][] = [];
  let last = "";
  for (const line of lines) {
    const [state] = /[A-Z_]+ \d+$/.exec(line)![0].split(" ");
    const kind = state!;
    if (kind === last) groups.at(-1)!.push(line);
    else groups.push([line]);
    last = kind;
  }
  return groups.flatMap((group) => group.sort());
}

scenarios("named pipes", [
  life("vrrp_notify_fifo", "ha"),
  life("vrrp_notify_fifo", "keepalived"),
  life("notify_fifo", "ha"),
  life("notify_fifo", "keepalived"),
]);
