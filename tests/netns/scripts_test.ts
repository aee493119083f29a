/** Scripts: who is called with what and in which order, and what a tracked script does to its instance. */
import assert from "node:assert/strict";
import type { DaemonKind } from "../lab/adapter.ts";
import { now } from "../lab/clock.ts";
import { block, configuration, instance } from "../lab/config_text.ts";
import type { LineLog } from "../lab/event_log.ts";
import { recorder } from "../lab/example.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, daemons, scenarios } from "../lab/scenario.ts";
import { VIP } from "./pair.ts";

const LAN = { a: ["lan"] };
const SECURE = ["script_user root", "enable_script_security"];

/** Lines of all notify words, each with a mark of its own. */
function notifyWords(script: string, mark: string): string[] {
  return [
    ...["master", "backup", "fault", "stop"].map((state) => `notify_${state} "${script} ${mark} ${state}"`),
    `notify "${script} ${mark} any"`,
  ];
}

/** keepalived starts the two scripts of a transition together, so their lines may come in either order. */
function transitions(kind: DaemonKind, log: LineLog, perTransition: number): string[][] {
  const lines = log.items.map((line) => line.text.replace(/^notify /, ""));
  const groups: string[][] = [];
  for (let i = 0; i < lines.length; i += perTransition) groups.push(lines.slice(i, i + perTransition));
  return kind === "ha" ? groups : groups.map((group) => group.sort());
}

function wholeLife(kind: DaemonKind): Case {
  return {
    name: `notify scripts of an instance through BACKUP, MASTER, FAULT and STOP, ${kind}`,
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const log = await recorder(a, "notify");
      const more = notifyWords(a.path("notify"), "VI");
      const text = instance({ priority: 100, version: 3, interval: 0.1, addresses: [VIP], more });
      const daemon = await a.start(kind, configuration([text], SECURE));
      await log.line(/any INSTANCE VI_1 MASTER 100$/, { within: 15_000 });
      const cut = await a.cut("carrier");
      await log.line(/any INSTANCE VI_1 FAULT 100$/, { since: cut, within: 15_000 });
      const back = await a.restore();
      await log.line(/any INSTANCE VI_1 MASTER 100$/, { since: back, within: 15_000 });
      const stopped = daemon.terminate();
      await log.line(/any INSTANCE VI_1 STOP 100$/, { since: stopped, within: 15_000 });
      await log.line(/VI stop$/, { since: stopped, within: 15_000 });
      const both = (state: string) => {
        const pair = [`VI ${state.toLowerCase()}`, `VI any INSTANCE VI_1 ${state} 100`];
        return kind === "ha" ? pair : pair.sort();
      };
      const expected = ["BACKUP", "MASTER", "FAULT", "BACKUP", "MASTER", "STOP"].map(both);
      assert.deepEqual(transitions(kind, log, 2), expected);
    },
  };
}

function groupNotify(kind: DaemonKind): Case {
  return {
    name: `notify scripts of a sync group: GROUP, its name and priority 0, ${kind}`,
    lab: { a: ["lan", "wan"] },
    async run(lab) {
      const a = lab.node("a");
      const log = await recorder(a, "notify");
      const member = (name: string, device: string, vrid: number, address: string) =>
        instance({
          name,
          interface: device,
          vrid,
          priority: 100,
          version: 3,
          interval: 0.1,
          addresses: [address],
        });
      const group = block("vrrp_sync_group G", [
        "group {",
        "    ONE",
        "    TWO",
        "}",
        ...notifyWords(a.path("notify"), "G"),
      ]);
      const blocks = [
        group,
        member("ONE", "eth0", 1, "10.80.0.100"),
        member("TWO", "eth1", 2, "10.80.1.100"),
      ];
      const daemon = await a.start(kind, configuration(blocks, SECURE));
      await log.line(/any GROUP G MASTER 0$/, { within: 15_000 });
      const cut = await a.cut("carrier", "wan");
      await log.line(/any GROUP G FAULT 0$/, { since: cut, within: 15_000 });
      assert.deepEqual(await a.foreignAddresses(), []);
      await daemon.stop();
      await log.line(/any GROUP G STOP 0$/, { since: cut, within: 15_000 });
      await log.line(/G stop$/, { since: cut, within: 15_000 });
      const both = (state: string) => {
        const pair = [`G ${state.toLowerCase()}`, `G any GROUP G ${state} 0`];
        return kind === "ha" ? pair : pair.sort();
      };
      assert.deepEqual(transitions(kind, log, 2), ["BACKUP", "MASTER", "FAULT", "STOP"].map(both));
    },
  };
}

/** A script that succeeds while a file exists. */
async function fileScript(node: Node, words: readonly string[]) {
  const file = await node.write("alive", "");
  const lines = [`script "/usr/bin/test -e ${file}"`, "interval 1", ...words];
  return { file, text: block("vrrp_script alive", lines) };
}

async function trackedMaster(lab: Lab, kind: DaemonKind, words: readonly string[]) {
  const a = lab.node("a");
  const { file, text } = await fileScript(a, words);
  const wire = await lab.sniff("lan");
  const more = ["track_script {", "    alive", "}"];
  const router = instance({ priority: 100, version: 3, interval: 0.1, addresses: [VIP], more });
  const daemon = await a.start(kind, configuration([text, router], SECURE));
  await a.addresses.added(VIP, { within: 15_000 });
  return { a, file, wire, daemon };
}

function negativeWeight(kind: DaemonKind): Case {
  return {
    name: `weight -30: what is advertised goes down when the script fails, and up again, ${kind}`,
    lab: LAN,
    async run(lab) {
      const { file, wire, daemon } = await trackedMaster(lab, kind, ["weight -30", "fall 3", "rise 1"]);
      const failed = now();
      await Deno.remove(file);
      const lower = await wire.advert((packet) => packet.priority === 70, {
        since: failed,
        within: 15_000,
        what: "priority 70",
      });
      await daemon.says(/VRRP_Script\(alive\) failed \(exited with status 1\)/, { since: failed });
      // Two seconds, less what a run that began before may have been late; the first failure alone comes within one.
      assert.ok(lower.at - failed > 1_200, "one failure of three does not count");
      const repaired = now();
      await Deno.writeTextFile(file, "");
      await wire.advert((packet) => packet.priority === 100, {
        since: repaired,
        within: 15_000,
        what: "priority 100",
      });
      await daemon.says(/VRRP_Script\(alive\) succeeded/, { since: repaired });
    },
  };
}

function positiveWeight(kind: DaemonKind): Case {
  return {
    name: `weight 30: added while the script succeeds, ${kind}`,
    lab: LAN,
    async run(lab) {
      const { file, wire } = await trackedMaster(lab, kind, ["weight 30"]);
      await wire.advert((packet) => packet.priority === 130, { within: 15_000, what: "priority 130" });
      const failed = now();
      await Deno.remove(file);
      await wire.advert((packet) => packet.priority === 100, {
        since: failed,
        within: 15_000,
        what: "priority 100",
      });
    },
  };
}

function noWeight(kind: DaemonKind): Case {
  return {
    name: `without weight: FAULT with priority 0 while the script fails, ${kind}`,
    lab: LAN,
    async run(lab) {
      const { a, file, wire, daemon } = await trackedMaster(lab, kind, ["fall 1", "rise 1"]);
      const failed = now();
      await Deno.remove(file);
      await daemon.enters("VI_1", "FAULT", { since: failed });
      await wire.advert((packet) => packet.priority === 0, {
        since: failed,
        within: 15_000,
        what: "priority 0",
      });
      await a.addresses.removed(VIP, { since: failed, within: 15_000 });
      const repaired = now();
      await Deno.writeTextFile(file, "");
      await daemon.enters("VI_1", "BACKUP", { since: repaired });
      await a.addresses.added(VIP, { since: repaired, within: 15_000 });
    },
  };
}

function hanging(kind: DaemonKind): Case {
  return {
    name: `a script that hangs is killed with its children, and counts as failed, ${kind}`,
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const pidFile = await a.write("child.pid", "");
      const started = await a.spawn(["tail", "-n", "+1", "-F", pidFile], { name: "pids" });
      const script = await a.write("hang", `#!/bin/sh\nsleep 600 &\necho $! >> ${pidFile}\nwait\n`, 0o755);
      const track = block("vrrp_script hang", [
        `script "${script}"`,
        "interval 30",
        "timeout 1",
        "weight -10",
      ]);
      const more = ["track_script {", "    hang", "}"];
      const router = instance({ priority: 100, version: 3, interval: 0.1, addresses: [VIP], more });
      const daemon = await a.start(kind, configuration([track, router], SECURE));
      const child = await started.stdout.line(/^\d+$/, { within: 10_000 });
      await daemon.says(/VRRP_Script\(hang\) timed_out/);
      await gone(Number(child.text), 15_000);
    },
  };
}

/** Waits until a process is no more, which no event tells. */
async function gone(pid: number, within: number): Promise<void> {
  const deadline = now() + within;
  while (await Deno.stat(`/proc/${pid}`).then(() => true, () => false)) {
    if (now() > deadline) throw new Error(`Cannot see the end of process ${pid} within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function insecure(kind: DaemonKind): Case {
  return {
    name: `enable_script_security: a script that everybody could change is not run as root, ${kind}`,
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const log = await recorder(a, "open/notify");
      await Deno.chmod(a.path("open/notify"), 0o777);
      const more = [`notify_backup "${a.path("open/notify")} insecure"`];
      const router = instance({ priority: 100, version: 3, interval: 0.1, addresses: [VIP], more });
      const daemon = await a.start(kind, configuration([router], SECURE));
      await daemon.says(/(Unsafe permissions found for script|others than root can change) .*open\/notify/);
      await a.addresses.added(VIP, { within: 15_000 });
      assert.deepEqual(log.items, []);
    },
  };
}

const each = (make: (kind: DaemonKind) => Case) => daemons().map(make);

scenarios("scripts", [
  ...each(wholeLife),
  ...each(groupNotify),
  ...each(negativeWeight),
  ...each(positiveWeight),
  ...each(noWeight),
  ...each(hanging),
  ...each(insecure),
]);
