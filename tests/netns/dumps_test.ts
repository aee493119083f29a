/** The files that keepalived writes on its signals: ours beside keepalived's own, field by field. */
import assert from "node:assert/strict";
import { type DaemonKind, haCommand } from "../lab/adapter.ts";
import { elapse } from "../lab/clock.ts";
import { block, configuration, instance } from "../lab/config_text.ts";
import type { Daemon } from "../lab/daemon.ts";
import type { Node } from "../lab/node.ts";
import { type Case, scenarios } from "../lab/scenario.ts";

const VIP = "10.80.0.100";
const SIGRTMIN_2 = 36;
const SIGRTMAX_1 = 63;

const FILES = ["keepalived.data", "keepalived.stats", "keepalived.json"];

/** Everything that the files speak of, on one interface. */
const CONFIG = configuration([
  block("vrrp_script good", ['script "/bin/true"', "interval 1"]),
  instance({
    priority: 150,
    version: 3,
    interval: 0.1,
    addresses: [`${VIP}/24 brd 10.80.0.255 label eth0:1`, "10.80.0.101"],
    more: [
      block("virtual_ipaddress_excluded", [
        "fd00:80::100/64",
        "fd00:80::101",
        "fd00:80:1::102/64 noprefixroute preferred_lft 900",
      ]),
      block("track_script", ["good"]),
      'notify_master "/bin/true master"',
      'notify "/bin/true any"',
      "garp_master_delay 3",
      "preempt_delay 2",
    ],
  }),
  instance({
    name: "VI_2",
    vrid: 52,
    priority: 150,
    version: 3,
    interval: 0.1,
    addresses: ["10.80.0.102/24", "10.80.1.102"],
    more: ["use_vmac", "vmac_xmit_base"],
  }),
], ["enable_script_security", "script_user root"]);

interface Dump {
  readonly data: Readonly<Record<string, unknown>>;
  readonly stats: Readonly<Record<string, unknown>>;
}

/** Starts a daemon, makes it write its files and hands out their texts. */
async function dumpsOf(node: Node, kind: DaemonKind): Promise<readonly string[]> {
  const folder = await Deno.makeTempDir({ prefix: "ha-dumps-" });
  try {
    const daemon = await node.start(kind, CONFIG, { env: { TMPDIR: folder } });
    await node.addresses.added(VIP, { within: 15_000 });
    for (const name of ["VI_1", "VI_2"]) await daemon.enters(name, "MASTER");
    const written = kind === "ha" ? `${daemon.directory}/run` : folder;
    await askByRealTimeSignal(daemon);
    daemon.process.signal("SIGUSR1");
    daemon.process.signal("SIGUSR2");
    const texts = await Promise.all(FILES.map((name) => whole(`${written}/${name}`)));
    assert.equal((await daemon.stop()).code, 0);
    return texts;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The runtime knows no real-time signals. */
async function askByRealTimeSignal(daemon: Daemon, signal = SIGRTMIN_2): Promise<void> {
  const args = ["-c", `kill -${signal} ${daemon.process.pid}`];
  assert.ok((await new Deno.Command("/bin/sh", { args }).output()).success);
}

/** Looks, 100 ms apart, at which a file must be the same to count as written to its end. */
const STEADY = 6;

/**
 * A file's text once it is there and does not grow any more; ours comes by rename, keepalived writes the text files in
 * place, and may have to wait for a processor in the midst of it.
 */
async function whole(path: string): Promise<string> {
  const limit = performance.now() + 15_000;
  for (let [before, same] = ["", 0]; performance.now() < limit;) {
    const text = await Deno.readTextFile(path).catch(() => "");
    same = text !== "" && text === before ? same + 1 : 0;
    if (same === STEADY) return text;
    before = text;
    await elapse(100);
  }
  assert.fail(`no whole ${path} within 15 s`);
}

/** What keepalived 2.2.7 does not have yet, what we hide, and what is a moment or a count of its own. */
const OWN = /^(last_transition|auth_data|auth_ext_\w+|advert_(sent|rcvd)|script\w*|track_script|wantstate)$/;

function comparable(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !OWN.test(name)));
}

const dumps: Case = {
  name: "SIGUSR1, SIGUSR2 and SIGRTMIN+2 write what keepalived writes",
  lab: { a: ["lan"], b: ["other"] },
  needs: ["keepalived"],
  async run(lab) {
    const [theirData, theirStats, theirJson] = await dumpsOf(lab.node("a"), "keepalived");
    const [ourData, ourStats, ourJson] = await dumpsOf(lab.node("b"), "ha");
    const theirs = JSON.parse(theirJson!) as readonly Dump[];
    const ours = JSON.parse(ourJson!) as readonly Dump[];
    assert.equal(ours.length, theirs.length);
    for (const [i, our] of ours.entries()) {
      const their = theirs[i]!;
      assert.deepEqual(comparable(our.stats), comparable(their.stats));
      assert.deepEqual(comparable(our.data), comparable(their.data));
      assert.deepEqual(Object.keys(our.data).filter((name) => name in their.data), Object.keys(their.data));
    }
    // Where keepalived lists its sockets it names interfaces once more.
    const interfaces = (text: string) => text.match(/^ {3}Interface = .*$/gm)?.slice(0, ours.length);
    assert.deepEqual(interfaces(ourData!), interfaces(theirData!));
    const names = (text: string) => text.split("\n").map((line) => line.replace(/[:=].*/, ""));
    assert.deepEqual(names(ourStats!), names(theirStats!));
    const known = new Set(names(theirData!).map((name) => name.trim()));
    const unknown = names(ourData!).filter((name) => !known.has(name.trim()) && /^ {1,3}[A-Z]/.test(name));
    assert.deepEqual(unknown, [], "no line that keepalived does not have");
  },
};

/** What the counters say before and after SIGRTMAX-1. */
async function clearedBy(node: Node, kind: DaemonKind): Promise<readonly string[]> {
  const folder = await Deno.makeTempDir({ prefix: "ha-dumps-" });
  try {
    const daemon = await node.start(kind, CONFIG, { env: { TMPDIR: folder } });
    await node.addresses.added(VIP, { within: 15_000 });
    await daemon.enters("VI_1", "MASTER");
    const file = `${kind === "ha" ? `${daemon.directory}/run` : folder}/keepalived.stats`;
    await askByRealTimeSignal(daemon, SIGRTMAX_1);
    const before = await whole(file);
    await Deno.remove(file);
    daemon.process.signal("SIGUSR2");
    const after = await whole(file);
    assert.equal((await daemon.stop()).code, 0);
    return [before, after].map((text) => /Became master: (\d+)/.exec(text)![1]!);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const cleared: Case = {
  name: "SIGRTMAX-1 writes the counters and begins at 0 again, as with keepalived",
  lab: { a: ["lan"], b: ["other"] },
  needs: ["keepalived"],
  async run(lab) {
    assert.deepEqual(await clearedBy(lab.node("a"), "keepalived"), ["1", "0"]);
    assert.deepEqual(await clearedBy(lab.node("b"), "ha"), ["1", "0"]);
  },
};

const marked: Case = {
  name: "data_use_instance puts the instance's name into that of keepalived.data",
  lab: { a: ["lan"], b: ["other"] },
  needs: ["keepalived"],
  async run(lab) {
    const text = `instance blue\n${CONFIG.replace("global_defs {", "global_defs {\n data_use_instance")}`;
    for (const [name, kind] of [["a", "keepalived"], ["b", "ha"]] as const) {
      const node = lab.node(name);
      const daemon = await node.start(kind, text, { env: { TMPDIR: node.path(".") } });
      await daemon.enters("VI_1", "MASTER");
      daemon.process.signal("SIGUSR1");
      await whole(`${kind === "ha" ? `${daemon.directory}/run` : node.path(".")}/keepalived.blue.data`);
      assert.equal((await daemon.stop()).code, 0);
    }
  },
};

const numbers: Case = {
  name: "--signum names the signals that keepalived --signum names",
  lab: { a: ["lan"] },
  needs: ["keepalived"],
  async run(lab) {
    const a = lab.node("a");
    for (const name of ["STOP", "RELOAD", "DATA", "STATS", "STATS_CLEAR", "JSON", "NOTHING"]) {
      const theirs = await a.run(["keepalived", `--signum=${name}`]);
      const ours = await a.run([...haCommand(), "keepalived", `--signum=${name}`]);
      assert.deepEqual([ours.code, ours.stdout], [theirs.code, theirs.stdout], name);
    }
  },
};

scenarios("the files of keepalived's signals", [dumps, cleared, marked, numbers]);
