/** The edges of a daemon's life: the scripts before and after it, signals during them, and what dies with its engine. */
import assert from "node:assert/strict";
import { type Case, scenarios } from "../lab/scenario.ts";
import { config, endsCleanly, exists, isGone, LAN, master, script, until, VIP } from "./life.ts";

const lifeScripts: Case = {
  name: "startup_script runs before the first advertisement, shutdown_script after everything has ended",
  lab: LAN,
  async run(lab) {
    const a = lab.node("a");
    const told = a.path("told");
    const look = "ip -4 -br address show dev eth0 | tr -s ' '";
    const before = await script(a, "before", `echo "startup $(${look})" >> ${told}`);
    const after = await script(a, "after", `echo "shutdown $(${look})" >> ${told}; exit 3`);
    const text = config().replace(
      "global_defs {",
      `global_defs {\n startup_script "${before}"\n shutdown_script "${after}"`,
    );
    const { daemon } = await master(lab, text);
    assert.equal((await daemon.stop()).code, 0);
    const lines = Deno.readTextFileSync(told).trim().split("\n");
    assert.deepEqual(lines.map((line) => [line.split(" ")[0], line.includes(VIP)]), [
      ["startup", false],
      ["shutdown", false],
    ]);
    await daemon.says(/shutdown_script .*after exited with status 3/);
  },
};

const lifeScriptsInterrupted: Case = {
  name: "SIGTERM ends a startup_script and leaves no file, a second SIGINT ends a shutdown_script",
  lab: LAN,
  async run(lab) {
    const a = lab.node("a");
    const slow = await script(a, "slow", `trap '' TERM; echo $$ > ${a.path("slow.pid")}; sleep 300`);
    const pidOf = () => Number(Deno.readTextFileSync(a.path("slow.pid")));
    const textWith = (what: string) =>
      config().replace("global_defs {", `global_defs {\n ${what} "${slow}"\n ${what}_timeout 300`);
    const first = await a.start("ha", textWith("startup_script"));
    await until("the script for the start runs", () => exists(a.path("slow.pid")));
    first.terminate();
    assert.equal((await first.process.ended).code, 0);
    assert.deepEqual([...Deno.readDirSync(`${first.directory}/run`)], []);
    await until("the script is gone", () => isGone(pidOf()));
    Deno.removeSync(a.path("slow.pid"));
    const { daemon } = await master(lab, textWith("shutdown_script"));
    daemon.process.signal("SIGINT");
    await until("the script for the end runs", () => exists(a.path("slow.pid")));
    daemon.process.signal("SIGINT");
    assert.equal((await daemon.process.ended).code, 0);
    await until("the script is gone", () => isGone(pidOf()));
  },
};

const earlyReload: Case = {
  name: "a SIGHUP during the start is heeded once it is over",
  lab: LAN,
  async run(lab) {
    const a = lab.node("a");
    const go = a.path("go");
    const wait = await script(a, "wait", `touch ${a.path("waits")}; until [ -e ${go} ]; do sleep 0.05; done`);
    const text = (vip: string) =>
      config([], [vip]).replace("global_defs {", `global_defs {\n startup_script "${wait}"`);
    const daemon = await a.start("ha", text(`${VIP}/24`));
    await until("the script waits", () => exists(a.path("waits")));
    Deno.writeTextFileSync(`${daemon.directory}/keepalived.conf`, text("10.80.0.101/24"));
    const from = daemon.reload();
    await until("it has heard it", () => !isPending(daemon.process.pid, 1));
    Deno.writeTextFileSync(go, "");
    await daemon.says(/Reload complete/);
    await a.addresses.added("10.80.0.101", { since: from, within: 20_000 });
    await endsCleanly(a, daemon);
  },
};

const deadEngine: Case = {
  name: "a daemon whose engine dies removes the named pipe that it made, and ends the reader",
  lab: LAN,
  async run(lab) {
    const a = lab.node("a");
    const [pipe, reader] = [a.path("pipe"), a.path("reader.pid")];
    const slow = await script(a, "reader", `echo $$ > ${reader}; exec sleep 300`);
    const words = `global_defs {\n vrrp_notify_fifo ${pipe}\n vrrp_notify_fifo_script ${slow}`;
    const { daemon } = await master(lab, config().replace("global_defs {", words));
    await until("the reader runs", () => exists(reader) && Deno.readTextFileSync(reader) !== "");
    await daemon.ask({ command: "debug.crash" }).catch(() => {});
    assert.equal((await daemon.process.ended).code, 70);
    assert.ok(!exists(pipe), "the pipe is there");
    const pid = Number(Deno.readTextFileSync(reader));
    await until("the reader is gone", () => isGone(pid));
  },
};

/** Whether a signal waits for a process. */
function isPending(pid: number, signal: number): boolean {
  const [, mask] = /^ShdPnd:\s*([0-9a-f]+)$/m.exec(Deno.readTextFileSync(`/proc/${pid}/status`))!;
  return (BigInt(`0x${mask}`) >> BigInt(signal - 1) & 1n) === 1n;
}

scenarios("the edges of a daemon's life", [lifeScripts, lifeScriptsInterrupted, earlyReload, deadEngine]);
