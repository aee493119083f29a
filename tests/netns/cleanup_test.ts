/** Nothing of ours stays behind: after a stop, and after the crash of an earlier run. */
import assert from "node:assert/strict";
import { now } from "../lab/clock.ts";
import { ipBatch } from "../../cli/demo/command.ts";
import { type Case, daemons, forEachPair, type Pair, scenarios } from "../lab/scenario.ts";
import { configuration, instance } from "../lab/config_text.ts";
import { BRISK, configOf, handedOver, LAN, running, VIP } from "./pair.ts";
import type { DaemonKind } from "../lab/adapter.ts";

function stopLeavesNothing(kind: DaemonKind): Case {
  return {
    name: `stop removes all virtual addresses from all interfaces, also excluded ones, ${kind}`,
    lab: { a: ["lan", "wan"] },
    async run(lab) {
      const a = lab.node("a");
      const text = instance({
        priority: 255,
        state: "MASTER",
        addresses: ["10.80.0.100/24", "10.80.0.101/32 label eth0:x", "10.80.1.100/24 dev eth1"],
        more: ["virtual_ipaddress_excluded {", "    10.80.9.9/32 dev eth1", "    fd00::9/64", "}"],
      });
      const before = await a.listAddresses();
      const daemon = await a.start(kind, configuration([text]));
      for (const vip of ["10.80.0.100", "10.80.0.101", "10.80.1.100", "10.80.9.9", "fd00::9"]) {
        await a.addresses.added(vip, { within: 15_000 });
      }
      const status = await daemon.stop();
      assert.equal(status.code, 0);
      assert.deepEqual(await a.listAddresses(), before);
    },
  };
}

function leftOverAtStart(pair: Pair): Case {
  return {
    name: "a virtual address left over by a crash is removed at the start of a backup",
    lab: LAN,
    async run(lab) {
      const { a, b, second, client } = await running(lab, pair, { speed: BRISK });
      second.kill();
      await ipBatch(b.namespace, [`address add ${VIP}/24 dev eth0`]);
      const started = now();
      const again = await b.start(pair.second, configOf("b", { speed: BRISK }));
      await b.addresses.removed(VIP, { since: started, within: 10_000 });
      await again.enters("VI_1", "BACKUP");
      assert.ok(a.addresses.has(VIP));
      assert.deepEqual(await b.foreignAddresses(), []);
      await client.answers(now());
    },
  };
}

function crashAndReplace(pair: Pair): Case {
  return {
    name: "killed with its address, the other program is started in its place and cleans up",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const first = await a.start(pair.first, configOf("a", { speed: BRISK }));
      await a.addresses.added(VIP, { within: 15_000 });
      const killed = first.kill();
      await b.start(pair.second, configOf("b", { speed: BRISK, b: { priority: 254 } }));
      await b.addresses.added(VIP, { within: 15_000 });
      // What `ha` leaves goes by itself when its lease ends; a successor does not wait for that.
      await a.start(pair.second, configOf("a", { speed: BRISK }));
      await a.addresses.removed(VIP, { since: killed, within: 15_000 });
      assert.deepEqual(await a.foreignAddresses(), []);
    },
  };
}

function twice(pair: Pair): Case {
  return {
    name: "three rounds of stop and start: one owner after each, nothing piles up",
    lab: LAN,
    async run(lab) {
      const { a, b, first } = await running(lab, pair, { speed: BRISK });
      let daemon = first;
      for (let round = 0; round < 3; round++) {
        const stopped = daemon.terminate();
        await handedOver(a, b, stopped);
        await daemon.process.ended;
        const started = now();
        daemon = await a.start(pair.first, configOf("a", { speed: BRISK }));
        await handedOver(b, a, started);
      }
      assert.deepEqual(await a.foreignAddresses(), [`${VIP}/24 dev eth0`]);
      assert.deepEqual(await b.foreignAddresses(), []);
    },
  };
}

scenarios("nothing is left behind", [
  ...daemons().map(stopLeavesNothing),
  ...forEachPair(leftOverAtStart),
  ...forEachPair(crashAndReplace),
  ...forEachPair(twice),
]);
