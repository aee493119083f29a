/** How a daemon's process and its threads are called, scheduled and limited, and what a reload and a stop wait for. */
import assert from "node:assert/strict";
import { now } from "../lab/clock.ts";
import { type Case, scenarios } from "../lab/scenario.ts";
import { advertsFrom } from "../netns/pair.ts";
import { config, endsCleanly, exists, LAN, master, VIP } from "./life.ts";

const scheduled: Case = {
  name:
    "the engine thread is scheduled as vrrp_rt_priority and vrrp_cpu_affinity say, and no other thread is",
  lab: LAN,
  async run(lab) {
    const words = "vrrp_rt_priority 20\n vrrp_cpu_affinity 0\n vrrp_no_swap";
    const { a, daemon } = await master(lab, config().replace("global_defs {", `global_defs {\n ${words}`));
    const threads = [...Deno.readDirSync(`/proc/${daemon.process.pid}/task`)].map(({ name }) => {
      const folder = `/proc/${daemon.process.pid}/task/${name}`;
      // The 41st field is the policy, the 40th the real-time priority (proc(5)); the name before them may have blanks.
      const fields = Deno.readTextFileSync(`${folder}/stat`).replace(/^.*\) /, "").split(" ");
      const [, processors] = /^Cpus_allowed_list:\s*(\S+)$/m.exec(Deno.readTextFileSync(`${folder}/status`))!;
      return { policy: Number(fields[38]), priority: Number(fields[37]), processors };
    });
    const realTime = threads.filter(({ priority }) => priority > 0);
    assert.deepEqual(realTime, [{ policy: 2, priority: 20, processors: "0" }]);
    assert.match(Deno.readTextFileSync(`/proc/${daemon.process.pid}/status`), /^VmLck:\s+[1-9]/m);
    await endsCleanly(a, daemon);
  },
};

/** The threads of a process, by name and real-time priority. */
function threadsOf(pid: number): readonly { readonly name: string; readonly priority: number }[] {
  return [...Deno.readDirSync(`/proc/${pid}/task`)].map(({ name: thread }) => {
    const text = Deno.readTextFileSync(`/proc/${pid}/task/${thread}/stat`);
    const [, name, fields] = /^\d+ \((.*)\) (.*)/s.exec(text)!;
    return { name: name!, priority: Number(fields!.split(" ")[37]) };
  });
}

const named: Case = {
  name: "process_name is the name of the process, vrrp_process_name that of the engine thread",
  lab: LAN,
  async run(lab) {
    const words = "process_name router-a\n vrrp_process_name router-a-vrrp";
    const { a, daemon } = await master(lab, config().replace("global_defs {", `global_defs {\n ${words}`));
    const { pid } = daemon.process;
    assert.equal(Deno.readTextFileSync(`/proc/${pid}/comm`), "router-a\n");
    assert.equal(threadsOf(pid).filter(({ name }) => name === "router-a-vrrp").length, 1);
    await endsCleanly(a, daemon);
  },
};

const raised: Case = {
  name: "max_auto_priority raises the priority of the engine thread when its timers are late, up to that",
  lab: LAN,
  async run(lab) {
    const words = "max_auto_priority 2\n min_auto_priority_delay 100000";
    const { a, daemon } = await master(lab, config().replace("global_defs {", `global_defs {\n ${words}`));
    const highest = () => Math.max(...threadsOf(daemon.process.pid).map(({ priority }) => priority));
    // A starved machine may have raised it already; never above what is allowed.
    for (let round = 0; round < 3; round++) {
      await daemon.ask({ command: "debug.stall", ms: 400 });
      await daemon.ask({ command: "status" });
    }
    await daemon.says(/Timer was \d+\.\d+ s late: real-time priority of the engine thread is 2 now/);
    assert.equal(highest(), 2);
    await endsCleanly(a, daemon);
  },
};

const locked: Case = {
  name: "with vrrp_no_swap it lives on where the runtime gives memory back",
  lab: LAN,
  async run(lab) {
    const text = config().replace("global_defs {", "global_defs {\n vrrp_no_swap");
    // The binary runs with such flags: then V8 gives pages back soon, as it does after days without them.
    const env = {
      DENO_V8_FLAGS: "--optimize-for-size,--max-semi-space-size=2,--gc-memory-reducer-start-delay-ms=100",
    };
    const { a, daemon } = await master(lab, text, [], env);
    const wire = await lab.sniff("lan");
    for (let round = 0; round < 3; round++) {
      const from = daemon.reload();
      for (let request = 0; request < 4; request++) await daemon.ask({ command: "status" });
      await advertsFrom(wire, a, from, 10);
    }
    await endsCleanly(a, daemon);
  },
};

const limited: Case = {
  name: "vrrp_rlimit_rttime ends a real-time engine thread that does not sleep any more",
  lab: LAN,
  async run(lab) {
    const words = "vrrp_rt_priority 1\n vrrp_rlimit_rttime 10000";
    const { a, daemon } = await master(lab, config().replace("global_defs {", `global_defs {\n ${words}`));
    await daemon.ask({ command: "debug.stall", ms: 300_000 });
    const ended = await daemon.process.endsWithin(30_000);
    assert.match(String(ended?.signal), /^SIG(XCPU|KILL)$/);
    await a.addresses.removed(VIP, { within: 10_000 });
  },
};

const guardedReload: Case = {
  name: "reload_check_config refuses any finding, reload_time_file reloads at its time",
  lab: LAN,
  async run(lab) {
    const node = lab.node("a");
    const [findings, when, marker] = ["findings", "when", "marker"].map((name) => node.path(name));
    const words =
      `reload_check_config ${findings}\n reload_time_file ${when}\n reload_file ${marker}\n vrrp_skip_check_adv_addr`;
    const text = (more: string) => config().replace("global_defs {", `global_defs {\n ${words}\n ${more}`);
    const { a, daemon } = await master(lab, text(""));
    const file = `${daemon.directory}/keepalived.conf`;
    Deno.writeTextFileSync(file, text("vrrp_garp_interval 0"));
    Deno.writeTextFileSync(marker!, "");
    daemon.reload();
    await daemon.says(
      /Keeping the old configuration: New config failed validation, see .*findings for details/,
    );
    assert.match(Deno.readTextFileSync(findings!), /vrrp_garp_interval/);
    assert.equal(exists(marker!), false);
    Deno.writeTextFileSync(file, text("").replace(`${VIP}/24`, `${VIP}/24\n10.80.0.101/24`));
    const from = now();
    Deno.writeTextFileSync(when!, new Date(Date.now() + 5000).toISOString().slice(11, 19) + "Z");
    await daemon.says(/Scheduling reload for /);
    await a.addresses.added("10.80.0.101", { since: from, within: 20_000 });
    assert.equal(exists(when!), false);
    await endsCleanly(a, daemon);
  },
};

const patience: Case = {
  name: "child_wait_time is how long a stop waits for an engine thread that does not answer",
  lab: LAN,
  async run(lab) {
    const { a, daemon } = await master(lab, `child_wait_time 1\n${config()}`);
    await daemon.ask({ command: "debug.stall", ms: 60_000 });
    const at = daemon.terminate();
    const [line] = await Promise.all([
      daemon.says(/Removing VIPs from the main thread as the engine thread does not answer/),
      a.addresses.removed(VIP, { since: at, within: 10_000 }),
    ]);
    assert.ok(line.at - at >= 900, `${line.at - at} ms`);
    await daemon.process.ended;
    assert.deepEqual(await a.foreignAddresses(), []);
  },
};

scenarios("the process of a daemon", [scheduled, named, raised, locked, limited, guardedReload, patience]);
