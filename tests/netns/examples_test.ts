/** The set-ups of `examples/` as they stand: only paths and one waiting time are changed. */
import assert from "node:assert/strict";
import { now } from "../lab/clock.ts";
import { install, recorder } from "../lab/example.ts";
import type { Lab, LabSpec } from "../lab/lab.ts";
import { httpGet, Nginx } from "../lab/nginx.ts";
import { measured } from "../lab/report.ts";
import { type Case, forEachPair, type Pair, scenarios, show } from "../lab/scenario.ts";

const port = (segment: string, address: string) => ({ segment, address });

const FIREWALL_LAN: LabSpec = {
  a: [port("inside", "10.10.10.1/24"), port("outside", "10.20.20.1/24")],
  b: [port("inside", "10.10.10.2/24"), port("outside", "10.20.20.2/24")],
  client: [port("inside", "10.10.10.9/24")],
};

const [INSIDE, OUTSIDE] = ["10.10.10.254", "10.20.20.254"];

async function startFirewall(lab: Lab, which: "a" | "b", pair: Pair) {
  const node = lab.node(which);
  const main = which === "a" ? "primary.conf" : "backup.conf";
  const path = await install(node, "01-firewall-pair", main);
  const notified = await recorder(node, "etc/primary-backup.sh");
  const daemon = await node.start(which === "a" ? pair.first : pair.second, "", { configPath: path });
  return { node, daemon, notified };
}

function firewall(pair: Pair): Case {
  return {
    name: "01-firewall-pair: both addresses move together, scripts are told, no fall-back",
    lab: FIREWALL_LAN,
    async run(lab) {
      const a = await startFirewall(lab, "a", pair);
      // With nopreempt the first one to start is the master, whatever its priority.
      await a.daemon.enters("INSIDE", "BACKUP");
      const b = await startFirewall(lab, "b", pair);
      await Promise.all([INSIDE, OUTSIDE].map((vip) => a.node.addresses.added(vip, { within: 15_000 })));
      await a.notified.line(/^primary-backup.sh primary$/, { within: 15_000 });
      await b.notified.line(/^primary-backup.sh backup$/, { within: 15_000 });
      assert.equal(a.node.addresses.get(INSIDE)!.prefixLength, 24);
      assert.equal(a.node.addresses.get(OUTSIDE)!.interface, "eth1");
      const client = await lab.ping("client", INSIDE);

      const cut = await a.node.cut("carrier", "outside");
      await Promise.all(
        [INSIDE, OUTSIDE].map((vip) => b.node.addresses.added(vip, { since: cut, within: 15_000 })),
      );
      measured(`client gap, outside link of a sync group ${show(pair)}`, (await client.gap(cut)).length);
      assert.deepEqual(await a.node.foreignAddresses(), [], "the inside address left with the outside one");
      await a.notified.line(/^primary-backup.sh fault$/, { within: 15_000 });
      await b.notified.line(/^primary-backup.sh primary$/, { within: 15_000 });

      const back = await a.node.restore("outside");
      await a.notified.line(/^primary-backup.sh backup$/, { since: back, within: 10_000 });
      const stopped = b.daemon.terminate();
      await Promise.all(
        [INSIDE, OUTSIDE].map((vip) => a.node.addresses.added(vip, { since: stopped, within: 15_000 })),
      );
      await b.daemon.process.ended;
      const takenBack = a.node.addresses.filter(
        (item) => item.what === "added" && item.address === INSIDE,
        back,
      );
      assert.ok(takenBack[0]!.at > stopped, "with nopreempt the repaired node waits until it is needed");
      assert.deepEqual(await b.node.foreignAddresses(), []);
    },
  };
}

const WEB_LAN: LabSpec = {
  a: [port("lan", "192.168.126.137/24"), port("heartbeat", "10.1.1.1/24")],
  b: [port("lan", "192.168.126.138/24"), port("heartbeat", "10.1.1.2/24")],
  client: [port("lan", "192.168.126.9/24")],
};
const WEB = "192.168.126.100";

async function startWeb(lab: Lab, which: "a" | "b", pair: Pair) {
  const node = lab.node(which);
  const folder = which === "a" ? "02-unicast-web/node1" : "02-unicast-web/node2";
  const path = await install(node, folder, "keepalived.conf", {
    "preempt_delay 10": "preempt_delay 2",
    // The lab's directory is closed to others than root.
    "script_user nobody": "script_user root",
  });
  const notified = await recorder(node, "etc/notify.sh");
  const daemon = await node.start(which === "a" ? pair.first : pair.second, "", { configPath: path });
  return { node, daemon, notified };
}

function unicastWeb(pair: Pair): Case {
  return {
    name: "02-unicast-web: unicast heartbeat, address with a label on the other interface, late fall-back",
    lab: WEB_LAN,
    async run(lab) {
      const wire = await lab.sniff("heartbeat");
      const [a, b] = await Promise.all([startWeb(lab, "a", pair), startWeb(lab, "b", pair)]);
      const taken = await a.node.addresses.added(WEB, { within: 15_000 });
      assert.deepEqual([taken.interface, taken.prefixLength], ["eth0", 24]);
      assert.match(taken.rest, / eth0:1$/);
      await a.notified.line(/^notify.sh master$/, { within: 15_000 });
      const client = await lab.ping("client", WEB);

      const stopped = a.daemon.terminate();
      await b.node.addresses.added(WEB, { since: stopped, within: 15_000 });
      measured(`client gap, stop with unicast ${show(pair)}`, (await client.gap(stopped)).length);
      await b.notified.line(/^notify.sh master$/, { since: stopped, within: 15_000 });
      await a.daemon.process.ended;

      const started = now();
      const again = await startWeb(lab, "a", pair);
      const back = await again.node.addresses.added(WEB, { since: started, within: 15_000 });
      const heard = wire.adverts((packet) => packet.source === "10.1.1.2", started)[0]!;
      assert.ok(
        back.at - heard.at >= 1_900,
        `taken back ${back.at - heard.at} ms after the other was first heard`,
      );
      await b.node.addresses.removed(WEB, { since: started, within: 15_000 });

      const cut = await again.node.cut("carrier", "lan");
      await again.notified.line(/^notify.sh fault$/, { since: cut, within: 15_000 });
      await b.node.addresses.added(WEB, { since: cut, within: 15_000 });
      const destinations = new Set(
        wire.adverts().map((packet) => `${packet.source} > ${packet.destination}`),
      );
      assert.deepEqual([...destinations].sort(), ["10.1.1.1 > 10.1.1.2", "10.1.1.2 > 10.1.1.1"]);
    },
  };
}

const NGINX_LAN: LabSpec = {
  a: [port("lan", "172.17.0.2/16")],
  b: [port("lan", "172.17.0.3/16")],
  client: [port("lan", "172.17.0.9/16")],
};
const SHOP = "172.17.0.100";

async function startNginxNode(lab: Lab, which: "a" | "b", pair: Pair) {
  const node = lab.node(which);
  const nginx = new Nginx(node);
  await nginx.start();
  const path = await install(node, "03-nginx-failover", which === "a" ? "node1.conf" : "node2.conf", {
    "/run/nginx.pid": nginx.pidFile,
  });
  const daemon = await node.start(which === "a" ? pair.first : pair.second, "", { configPath: path });
  return { node, daemon, nginx };
}

function nginxFailover(pair: Pair): Case {
  return {
    name: "03-nginx-failover: the address follows a living nginx and comes back to it",
    lab: NGINX_LAN,
    needs: ["nginx"],
    async run(lab) {
      const wire = await lab.sniff("lan");
      const [a, b] = await Promise.all([startNginxNode(lab, "a", pair), startNginxNode(lab, "b", pair)]);
      const taken = await a.node.addresses.added(SHOP, { within: 20_000 });
      assert.match(taken.rest, / eth0:vip$/);
      const client = lab.node("client");
      assert.equal(await httpGet(client, SHOP), "this is a");
      const ping = await lab.ping("client", SHOP);

      const died = now();
      await a.nginx.kill();
      await a.daemon.says(/VRRP_Script\(nginx\) failed/, { since: died });
      await a.daemon.says(/\(WEB\) Changing effective priority from 100 to 80/, { since: died });
      await b.node.addresses.added(SHOP, { since: died, within: 20_000 });
      await a.node.addresses.removed(SHOP, { since: died, within: 15_000 });
      measured(`client gap, tracked nginx dies ${show(pair)}`, (await ping.gap(died)).length);
      assert.equal(await httpGet(client, SHOP), "this is b");
      await wire.advert((packet) => packet.source === "172.17.0.2" && packet.priority === 80, {
        since: died,
        within: 15_000,
        what: "the lower priority that the master told before it yielded",
      });

      const revived = now();
      await a.nginx.start();
      await a.daemon.says(/VRRP_Script\(nginx\) succeeded/, { since: revived });
      await a.node.addresses.added(SHOP, { since: revived, within: 20_000 });
      await b.node.addresses.removed(SHOP, { since: revived, within: 15_000 });
      assert.equal(await httpGet(client, SHOP), "this is a");
      measured(`client gap, tracked nginx is back ${show(pair)}`, (await ping.gap(revived)).length);
    },
  };
}

const SERVICE_LAN: LabSpec = {
  a: [port("lan", "10.0.0.11/24")],
  b: [port("lan", "10.0.0.21/24")],
  client: [port("lan", "10.0.0.9/24")],
};
const SERVICE = "10.0.0.15";

async function startService(
  lab: Lab,
  which: "a" | "b",
  pair: Pair,
  replacements: Record<string, string> = {},
) {
  const node = lab.node(which);
  const folder = which === "a" ? "04-one-master/node1" : "04-one-master/node2";
  const path = await install(node, folder, "keepalived.conf", replacements);
  const daemon = await node.start(which === "a" ? pair.first : pair.second, "", { configPath: path });
  return { node, daemon };
}

function oneMaster(pair: Pair): Case {
  return {
    name: "04-one-master: included files, label, /32, takes the address back at once",
    lab: SERVICE_LAN,
    async run(lab) {
      const [a, b] = await Promise.all([startService(lab, "a", pair), startService(lab, "b", pair)]);
      const taken = await a.node.addresses.added(SERVICE, { within: 15_000 });
      assert.equal(taken.prefixLength, 32);
      assert.match(taken.rest, / eth0:0$/);
      await a.daemon.says(/\(SERVICE\) Entering BACKUP STATE \(init\)/);
      await a.daemon.stop();
      await b.node.addresses.added(SERVICE, { since: taken.at, within: 15_000 });
      const started = now();
      await startService(lab, "a", pair);
      await a.node.addresses.added(SERVICE, { since: started, within: 10_000 });
      await b.node.addresses.removed(SERVICE, { since: started, within: 15_000 });
    },
  };
}

function oneMasterStays(pair: Pair): Case {
  return {
    name: "04-one-master with nopreempt on two BACKUPs: the address stays where it is",
    lab: SERVICE_LAN,
    async run(lab) {
      const nopreempt = { "state MASTER": "state BACKUP\n    nopreempt" };
      const a = await startService(lab, "a", pair, nopreempt);
      await a.daemon.enters("SERVICE", "BACKUP");
      const b = await startService(lab, "b", pair, nopreempt);
      const taken = await a.node.addresses.added(SERVICE, { within: 15_000 });
      await a.daemon.stop();
      await b.node.addresses.added(SERVICE, { since: taken.at, within: 15_000 });
      const wire = await lab.sniff("lan");
      const started = now();
      const again = await startService(lab, "a", pair, nopreempt);
      await again.daemon.says(/Entering BACKUP STATE/);
      // Longer than a's own down interval: five advertisements of b.
      for (let since = started, n = 0; n < 5; n++) {
        const advert = await wire.advert((packet) => packet.source === "10.0.0.21", {
          since,
          within: 15_000,
          what: "an advertisement of b",
        });
        since = advert.at + 1;
      }
      assert.ok(b.node.addresses.has(SERVICE));
      assert.deepEqual(wire.adverts((packet) => packet.source === "10.0.0.11"), [], "a keeps quiet");
    },
  };
}

scenarios("the examples work", [
  ...forEachPair(firewall),
  ...forEachPair(unicastWeb),
  ...forEachPair(nginxFailover),
  ...forEachPair(oneMaster),
  ...forEachPair(oneMasterStays),
]);
