/**
 * Configurations from public tutorials as their authors wrote them, typing errors and all; only paths are changed.
 *
 * They are not part of this repository: the tests look for them in the folder that HA_SHARED names, or in `../shared`
 * beside the repository, and are skipped where there is none.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { REPOSITORY } from "../lab/adapter.ts";
import { now } from "../lab/clock.ts";
import { install, recorder, type Replacements } from "../lab/example.ts";
import type { LineLog } from "../lab/event_log.ts";
import type { Lab } from "../lab/lab.ts";
import { type Case, forEachPair, type Pair, scenarios } from "../lab/scenario.ts";

const FOLDER = join(Deno.env.get("HA_SHARED") ?? join(REPOSITORY, "..", "shared"), "seeds", "conf");

function whyNot(): string | null {
  try {
    return Deno.statSync(FOLDER).isDirectory ? null : `${FOLDER} is no folder`;
  } catch {
    return `there is no folder ${FOLDER}`;
  }
}

const port = (segment: string, device: string, address: string) => ({ segment, interface: device, address });

interface Original {
  readonly folder: string;
  readonly main: string;
  readonly replacements?: Replacements;
  /** Name of a notify script, relative to the folder, that is replaced by one that writes down its calls. */
  readonly notify?: string;
}

/** Starts one of the daemons with an original configuration. */
async function start(lab: Lab, which: "a" | "b", pair: Pair, original: Original) {
  const node = lab.node(which);
  const replacements = original.replacements ?? {};
  const source = join(FOLDER, original.folder);
  const path = await install(node, source, original.main, {
    ...replacements,
    "/apps/keepalived": node.path("etc"),
  });
  const notified: LineLog | null = original.notify ? await recorder(node, `etc/${original.notify}`) : null;
  const daemon = await node.start(which === "a" ? pair.first : pair.second, "", { configPath: path });
  return { node, daemon, notified };
}

function firewallPair(pair: Pair): Case {
  const conntrackd = (node: string): Replacements => ({ "/etc/conntrackd": node });
  return {
    name: "01-conntrackd-pair: sync group with state MASTER and nopreempt, which is cleared",
    lab: {
      a: [port("int", "ens38", "10.10.10.1/24"), port("ext", "ens39", "10.20.20.1/24")],
      b: [port("int", "enp0s8", "10.10.10.2/24"), port("ext", "enp0s9", "10.20.20.2/24")],
    },
    async run(lab) {
      const original = (main: string, node: string): Original => ({
        folder: "01-conntrackd-pair",
        main,
        replacements: conntrackd(lab.node(node).path("etc")),
        notify: "primary-backup.sh",
      });
      const a = await start(lab, "a", pair, original("primary.conf", "a"));
      const b = await start(lab, "b", pair, original("backup.conf", "b"));
      const vips = ["10.10.10.254", "10.20.20.254"];
      await Promise.all(vips.map((vip) => a.node.addresses.added(vip, { within: 15_000 })));
      await a.notified!.line(/^primary-backup.sh primary$/, { within: 15_000 });
      await b.notified!.line(/^primary-backup.sh backup$/, { within: 15_000 });
      await a.daemon.says(/\(INT\) Warning - nopreempt will not work with initial state MASTER/);
      const cut = await a.node.cut("carrier", "ext");
      await Promise.all(vips.map((vip) => b.node.addresses.added(vip, { since: cut, within: 15_000 })));
      const back = await a.node.restore("ext");
      await Promise.all(vips.map((vip) => a.node.addresses.added(vip, { since: back, within: 15_000 })));
    },
  };
}

function unicastPair(pair: Pair): Case {
  return {
    name: "02-unicast-preempt-delay: include, unicast, `unicast src_ip`, label on the other interface",
    lab: {
      a: [port("lan", "eth0", "192.168.126.136/24"), port("beat", "eth1", "10.1.1.1/24")],
      b: [port("lan", "eth0", "192.168.126.137/24"), port("beat", "eth1", "10.1.1.2/24")],
    },
    async run(lab) {
      const original = (which: "a" | "b"): Original => ({
        folder: `02-unicast-preempt-delay/${which === "a" ? "ka01" : "ka02"}`,
        main: "keepalived.conf",
        replacements: { "/apps/keepalived/etc/keepalived": lab.node(which).path("etc") },
        notify: "bin/notify.sh",
      });
      const a = await start(lab, "a", pair, original("a"));
      // With preempt_delay the first one to start has the address for as long as that.
      await a.daemon.enters("VI_1", "BACKUP");
      const b = await start(lab, "b", pair, original("b"));
      const vip = "192.168.126.100";
      const taken = await a.node.addresses.added(vip, { within: 25_000 });
      assert.match(taken.rest, / eth0:1$/);
      await a.notified!.line(/^notify.sh master$/, { within: 15_000 });
      const stopped = a.daemon.terminate();
      await b.node.addresses.added(vip, { since: stopped, within: 15_000 });
      await b.notified!.line(/^notify.sh master$/, { within: 15_000 });
    },
  };
}

function nginxPair(pair: Pair): Case {
  return {
    name: "03-nginx-check: script with weight -20 against priorities 100 and 80",
    lab: { a: [port("lan", "eth0", "172.17.0.2/16")], b: [port("lan", "eth0", "172.17.0.3/16")] },
    async run(lab) {
      // The tutorial's own script looks at the processes of the whole machine and starts and kills there.
      const original = (main: string): Original => ({
        folder: "03-nginx-check",
        main,
        notify: "nginx_check.sh",
      });
      const a = await start(lab, "a", pair, original("ngt1.conf"));
      const b = await start(lab, "b", pair, original("ngt2.conf"));
      const vip = "172.17.0.100";
      const taken = await a.node.addresses.added(vip, { within: 15_000 });
      assert.match(taken.rest, / eth0:vip$/);
      await a.notified!.line(/^nginx_check.sh$/, { within: 10_000 });
      await Deno.writeTextFile(a.node.path("etc/nginx_check.sh"), "#!/bin/sh\nexit 1\n");
      // 100 - 20 is equal to the other's 80: the tutorial's numbers lower the priority but move nothing.
      await a.daemon.says(/\(VI_1\) Changing effective priority from 100 to 80/);
      assert.ok(a.node.addresses.has(vip) && !b.node.addresses.has(vip));
      const stopped = a.daemon.terminate();
      await b.node.addresses.added(vip, { since: stopped, within: 15_000 });
    },
  };
}

/** 04: the same pair in four variants. */
function singleMaster(variant: string, a: Original, b: Original, unicast = false) {
  return (pair: Pair): Case => ({
    name: `04-single-master ${variant}: ` + "`laber` is reported and the address is there",
    lab: { a: [port("lan", "ens33", "10.0.0.11/24")], b: [port("lan", "ens33", "10.0.0.21/24")] },
    async run(lab) {
      const first = await start(lab, "a", pair, a);
      const taken = await first.node.addresses.added("10.0.0.15", { within: 20_000 });
      assert.equal(taken.prefixLength, 32);
      await first.daemon.says(/laber/);
      const second = await start(lab, "b", pair, b);
      await second.daemon.enters("test1", "BACKUP");
      const stopped = first.daemon.terminate();
      await second.node.addresses.added("10.0.0.15", { since: stopped, within: unicast ? 10_000 : 5_000 });
      await first.daemon.process.ended;
      assert.deepEqual(await first.node.foreignAddresses(), []);
      const started = now();
      const again = await start(lab, "a", pair, a);
      if (variant === "nopreempt") await again.daemon.enters("test1", "BACKUP");
      else await first.node.addresses.added("10.0.0.15", { since: started, within: 20_000 });
    },
  });
}

const variantOf = (folder: string, main: string): Original => ({
  folder: `04-single-master/${folder}`,
  main,
});

const reason = whyNot();

scenarios(
  "public tutorials, unchanged",
  [
    ...forEachPair(firewallPair),
    ...forEachPair(unicastPair),
    ...forEachPair(nginxPair),
    ...forEachPair(
      singleMaster("included", variantOf("ka1", "keepalived.conf"), variantOf("ka2", "keepalived.conf")),
    ),
    ...["nopreempt", "preempt-delay", "unicast"].flatMap((name) =>
      forEachPair(
        singleMaster(name, variantOf(name, "ka1.conf"), variantOf(name, "ka2.conf"), name === "unicast"),
      )
    ),
  ],
  { without: reason },
);
