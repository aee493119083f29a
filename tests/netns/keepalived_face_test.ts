/** `ha` in keepalived's place: its command line, pid files, way into the background, exit codes and namespaces. */
import assert from "node:assert/strict";
import { haCommand } from "../lab/adapter.ts";
import { now } from "../lab/clock.ts";
import { configuration, instance } from "../lab/config_text.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, scenarios } from "../lab/scenario.ts";

const VIP = "10.80.0.100";
const LAN = { a: ["lan"] } as const;

const CONFIG = configuration([
  instance({ priority: 255, version: 3, interval: 0.1, addresses: [`${VIP}/24`] }),
]);

/** The words of a packager's unit, for a lab's own files. */
function usualWords(node: Node): string[] {
  const files = ["-p", node.path("main.pid"), "-r", node.path("vrrp.pid"), "-c", node.path("checkers.pid")];
  return [...haCommand(), "keepalived", "-l", "-D", "-G", "-f", node.path("keepalived.conf"), ...files];
}

async function pidOf(node: Node, name = "main.pid"): Promise<number> {
  return Number(await Deno.readTextFile(node.path(name)));
}

/** Waits until a process is gone, as its own unit would. */
async function gone(pid: number): Promise<void> {
  const limit = performance.now() + 15_000;
  const lives = async () => {
    const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "State:\tZ");
    return !/^State:\s+Z/m.test(status);
  };
  while (await lives()) {
    assert.ok(performance.now() < limit, `process ${pid} does not end`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function prepared(lab: Lab): Promise<Node> {
  const a = lab.node("a");
  await a.write("keepalived.conf", CONFIG);
  return a;
}

const background: Case = {
  name:
    "without -n it goes into the background once its pid files are written; SIGHUP and SIGTERM reach it there",
  lab: LAN,
  async run(lab) {
    const a = await prepared(lab);
    const started = now();
    const { code, stderr } = await a.run(usualWords(a));
    assert.equal(code, 0, stderr);
    const pid = await pidOf(a);
    try {
      assert.deepEqual([await pidOf(a, "vrrp.pid"), await pidOf(a, "checkers.pid")], [pid, pid]);
      assert.equal(
        await Deno.readTextFile(`/proc/${pid}/comm`),
        "keepalived\n",
        "killall keepalived finds it",
      );
      await a.addresses.added(VIP, { since: started, within: 15_000 });
      const again = await a.run(usualWords(a));
      assert.equal(again.code, 1, again.stderr);
      assert.match(again.stderr, /daemon is already running/);
      await a.write("keepalived.conf", CONFIG.replace(`${VIP}/24`, `${VIP}/24\n10.80.0.101/24`));
      const reloaded = now();
      Deno.kill(pid, "SIGHUP");
      await a.addresses.added("10.80.0.101", { since: reloaded, within: 15_000 });
    } finally {
      Deno.kill(pid, "SIGTERM");
    }
    await gone(pid);
    assert.deepEqual(await a.foreignAddresses(), []);
    await assert.rejects(Deno.stat(a.path("main.pid")), Deno.errors.NotFound);
  },
};

const refusals: Case = {
  name: "what it cannot do is one line and keepalived's exit code",
  lab: LAN,
  async run(lab) {
    const a = await prepared(lab);
    const run = (...words: string[]) => a.run([...haCommand(), "keepalived", ...words]);
    const unknown = await run("-Z");
    assert.deepEqual([unknown.code, unknown.stderr], [
      2,
      'ha: unknown option "-Z"; --help shows what there is\n',
    ]);
    const missing = await run("-G", "-f", a.path("nowhere.conf"), "-p", a.path("x.pid"));
    assert.equal(missing.code, 6);
    assert.match(missing.stderr, /^ha: Unable to find configuration file .*nowhere\.conf\n$/);
    const version = await run("-v");
    assert.equal(version.code, 0);
    assert.match(version.stderr, /^Keepalived v\d+\.\d+\.\d+ \(ha /);
    assert.equal((await run("--signum=JSON")).stdout, "36\n");
  },
};

const configTest: Case = {
  name: "-t ends with the exit code of keepalived -t",
  lab: LAN,
  needs: ["keepalived"],
  async run(lab) {
    const a = await prepared(lab);
    const bad = [
      CONFIG,
      CONFIG.replace("priority 255", "priority 999"),
      CONFIG.replace("virtual_ipaddress", "virtaul_ipaddress"),
      CONFIG.replace("priority 255", 'priority 255\nnotify_master "/bin/true"'),
    ];
    for (const [i, text] of bad.entries()) {
      const file = await a.write(`test${i}.conf`, text);
      const ours = await a.run([...haCommand(), "keepalived", "-t", "-f", file]);
      const theirs = await a.run(["keepalived", "-t", "-f", file]);
      assert.equal(ours.code, theirs.code, `${text}\n${ours.stderr}\n${theirs.stderr}`);
    }
  },
};

const namespaces: Case = {
  name: "-s and net_namespace run it in a network namespace, from outside of it",
  lab: LAN,
  async run(lab) {
    const a = await prepared(lab);
    const named = await a.write("named.conf", `net_namespace ${a.namespace}\n${CONFIG}`);
    const words = usualWords(a);
    for (const more of [["-s", a.namespace], ["-f", named]]) {
      const started = now();
      const [file, ...args] = [...words, ...more];
      const { code, stderr } = await new Deno.Command(file!, { args, stdin: "null" }).output();
      assert.equal(code, 0, new TextDecoder().decode(stderr));
      const pid = await pidOf(a);
      try {
        await a.addresses.added(VIP, { since: started, within: 15_000 });
      } finally {
        Deno.kill(pid, "SIGTERM");
      }
      await gone(pid);
      assert.deepEqual(await a.foreignAddresses(), []);
    }
  },
};

const twoOnOneHost: Case = {
  name: "instance and umask: files of its own below /run, and scripts with that mask unless -u gives another",
  lab: LAN,
  async run(lab) {
    const a = await prepared(lab);
    const name = `hatest${Deno.pid}`;
    const script = await a.write("mask", `#!/bin/sh\numask >> ${a.path("masks")}\n`, 0o755);
    const words = `instance ${name}\nglobal_defs {\n umask IWGRP|IRWXO\n}\n`;
    const text = CONFIG.replace("priority 255", `priority 255\n notify_master "${script}"`);
    await a.write("keepalived.conf", words + text);
    const pidFile = `/run/keepalived/keepalived_${name}.pid`;
    for (const [more, mask] of [[[], "0027"], [["-u", "077"], "0077"]] as const) {
      const command = [...haCommand(), "keepalived", "-G", "-f", a.path("keepalived.conf"), ...more];
      const started = now();
      const { code, stderr } = await a.run(command);
      assert.equal(code, 0, stderr);
      const pid = Number(await Deno.readTextFile(pidFile));
      try {
        await a.addresses.added(VIP, { since: started, within: 15_000 });
        assert.ok((await Deno.stat(`/run/ha-${name}/control.sock`)).isSocket);
        await says(a, "masks", mask);
      } finally {
        Deno.kill(pid, "SIGTERM");
      }
      await gone(pid);
      await assert.rejects(Deno.stat(pidFile), Deno.errors.NotFound);
    }
    await Deno.remove(`/run/ha-${name}`, { recursive: true });
  },
};

/** Waits until the last line of a node's file is as wanted. */
async function says(node: Node, file: string, wanted: string): Promise<void> {
  const limit = performance.now() + 10_000;
  for (;;) {
    const text = await Deno.readTextFile(node.path(file)).catch(() => "");
    if (text.trimEnd().split("\n").at(-1) === wanted) return;
    assert.ok(performance.now() < limit, `"${text}" instead of ${wanted}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

scenarios("in keepalived's place", [twoOnOneHost, background, refusals, configTest, namespaces]);
