/** Who is the master, and why: priorities, ties, owners, authentication, faults. */
import assert from "node:assert/strict";
import { now } from "../lab/clock.ts";
import { must } from "../../cli/demo/command.ts";
import { type Case, forEachPair, type Pair, scenarios } from "../lab/scenario.ts";
import { advertsFrom, BRISK, configOf, handedOver, LAN, masterDown, running, SLOW, VIP } from "./pair.ts";

function owner(pair: Pair): Case {
  return {
    name: "the address owner (255) does not wait for anybody",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const speed = BRISK;
      await b.start(pair.second, configOf("b", { speed }));
      await b.addresses.added(VIP, { within: 15_000 });
      const wire = await lab.sniff("lan");
      const started = now();
      const first = await a.start(
        pair.first,
        configOf("a", { speed, a: { priority: 255, state: "MASTER" } }),
      );
      await handedOver(b, a, started);
      const advert = await wire.advert((packet) => packet.source === a.address, {
        since: started,
        within: 15_000,
        what: "a's advertisement",
      });
      assert.equal(advert.priority, 255);
      assert.deepEqual(first.log.lines(/Entering BACKUP STATE/), [], "an owner is never a backup");
    },
  };
}

function tie(pair: Pair): Case {
  return {
    name: "equal priorities: of two masters the one with the higher address stays",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const first = await a.start(pair.first, configOf("a", { speed: BRISK, a: { priority: 100 } }));
      await a.addresses.added(VIP, { within: 15_000 });
      const cut = await a.cut("silent");
      await b.start(pair.second, configOf("b", { speed: BRISK }));
      await b.addresses.added(VIP, { since: cut, within: 10_000 });
      assert.ok(a.addresses.has(VIP), "two masters");
      const joined = await a.restore();
      await a.addresses.removed(VIP, { since: joined, within: 10_000 });
      await first.says(/same priority 100 but higher IP address than ours/, { since: joined });
      assert.ok(b.addresses.has(VIP));
    },
  };
}

function equalStays(pair: Pair): Case {
  return {
    name: "equal priorities: who comes later does not take the address, whatever its address",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      // Slow: a master that waits a moment for a processor must not look like one that is gone.
      const a100 = configOf("a", { speed: SLOW, a: { priority: 100 } });
      await a.start(pair.first, a100);
      await a.addresses.added(VIP, { within: 15_000 });
      const second = await b.start(pair.second, configOf("b", { speed: SLOW }));
      const backup = await second.enters("VI_1", "BACKUP");
      const wire = await lab.sniff("lan");
      await advertsFrom(wire, a, backup.at, Math.ceil(masterDown(SLOW) / 1000) + 2);
      assert.ok(a.addresses.has(VIP) && !b.addresses.has(VIP));
      assert.deepEqual(wire.adverts((packet) => packet.source === b.address), []);
    },
  };
}

function rightPassword(pair: Pair): Case {
  return {
    name: "PASS: the same password, also where it is longer than the 8 characters that count",
    lab: LAN,
    async run(lab) {
      const options = { speed: SLOW, a: { password: "sunshine1" }, b: { password: "sunshine2" } };
      const { a, b, wire } = await running(lab, pair, options);
      // Where processors are scarce the second node may have been up first, and master until it heard the other.
      const since = now();
      await advertsFrom(wire, a, since, 3);
      assert.ok(a.addresses.has(VIP) && !b.addresses.has(VIP));
      assert.equal(wire.adverts()[0]!.authentication, 'simple "sunshine"');
      assert.deepEqual(wire.adverts((packet) => packet.source === b.address && packet.at > since), []);
    },
  };
}

function wrongPassword(pair: Pair): Case {
  return {
    name: "PASS: with another password the packets do not count, so there are two masters",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const first = await a.start(pair.first, configOf("a", { speed: SLOW, a: { password: "one" } }));
      const second = await b.start(pair.second, configOf("b", { speed: SLOW, b: { password: "two" } }));
      await Promise.all([a, b].map((node) => node.addresses.added(VIP, { within: 15_000 })));
      await first.says(/\(VI_1\) received an invalid passwd( from 10\.80\.0\.2)?!/);
      await second.says(/\(VI_1\) received an invalid passwd( from 10\.80\.0\.1)?!/);
      for (const daemon of [first, second]) {
        if (daemon.kind === "ha") assert.ok((await daemon.status()).counters.auth_failure > 0);
      }
    },
  };
}

function wrongInterval(pair: Pair): Case {
  return {
    name: "version 2: another advert_int is an error, so there are two masters",
    lab: LAN,
    async run(lab) {
      const [a, b] = [lab.node("a"), lab.node("b")];
      const first = await a.start(pair.first, configOf("a", { speed: SLOW }));
      await b.start(pair.second, configOf("b", { speed: SLOW, b: { interval: 2 } }));
      await Promise.all([a, b].map((node) => node.addresses.added(VIP, { within: 20_000 })));
      await first.says(
        /\(VI_1\) advertisement interval mismatch (with 10\.80\.0\.2 )?mine=1 sec rcv'd=2 sec/,
      );
    },
  };
}

function learnedInterval(pair: Pair): Case {
  return {
    name: "version 3: the backup learns the master's advert_int",
    lab: LAN,
    async run(lab) {
      const { a, b, second, wire } = await running(lab, pair, { speed: BRISK, a: { interval: 0.5 } });
      await second.says(/\(VI_1\) advertisement interval updated from 100ms to 500ms by master/);
      await advertsFrom(wire, a, now(), 3);
      assert.ok(!b.addresses.has(VIP), "its own 100 ms would have made it a second master");
    },
  };
}

function startsDown(pair: Pair): Case {
  return {
    name: "FAULT at the start while the interface is down, BACKUP and MASTER when it comes up",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      await a.cut("carrier");
      const first = await a.start(pair.first, configOf("a", { speed: BRISK }));
      await first.says(/\(VI_1\):? entering FAULT state \(interface eth0 down\)/i);
      const up = await a.restore();
      await first.enters("VI_1", "BACKUP", { since: up });
      await a.addresses.added(VIP, { since: up, within: 10_000 });
    },
  };
}

function noAddress(pair: Pair): Case {
  return {
    name: "FAULT while the interface has no address, BACKUP and MASTER when it gets one",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      await must(["ip", "-n", a.namespace, "address", "flush", "dev", "eth0"]);
      const first = await a.start(pair.first, configOf("a", { speed: BRISK }));
      await first.says(/\(VI_1\) entering FAULT state \(no IPv4 address for interface\)/i);
      const given = now();
      await must(["ip", "-n", a.namespace, "address", "add", a.port().cidr, "dev", "eth0"]);
      await first.enters("VI_1", "BACKUP", { since: given });
      await a.addresses.added(VIP, { since: given, within: 10_000 });
    },
  };
}

function losesAddress(pair: Pair): Case {
  return {
    name: "a master whose own address goes is replaced, and comes back with it",
    lab: LAN,
    async run(lab) {
      const { a, b, first } = await running(lab, pair, { speed: BRISK });
      const taken = now();
      await must(["ip", "-n", a.namespace, "address", "del", a.port().cidr, "dev", "eth0"]);
      await handedOver(a, b, taken);
      await first.enters("VI_1", "FAULT", { since: taken });
      const given = now();
      await must(["ip", "-n", a.namespace, "address", "add", a.port().cidr, "dev", "eth0"]);
      await handedOver(b, a, given);
    },
  };
}

function trackedInterface(pair: Pair): Case {
  return {
    name: "a tracked interface goes: FAULT is announced with priority 0 on the one that still works",
    lab: { a: ["lan", "wan"], b: ["lan", "wan"], client: ["lan"] },
    async run(lab) {
      const more = ["track_interface {", "    eth1", "}"];
      const { a, b, first, wire } = await running(lab, pair, { speed: BRISK, a: { more }, b: { more } });
      const cut = await a.cut("carrier", "wan");
      await first.enters("VI_1", "FAULT", { since: cut });
      await wire.advert((packet) => packet.source === a.address && packet.priority === 0, {
        since: cut,
        within: 15_000,
        what: "priority 0",
      });
      await handedOver(a, b, cut);
      const back = await a.restore("wan");
      await first.enters("VI_1", "BACKUP", { since: back });
      await handedOver(b, a, back);
    },
  };
}

function unicast(pair: Pair): Case {
  return {
    name: "version 3 unicast: election, takeover, hand-back, no multicast",
    lab: LAN,
    async run(lab) {
      const peer = (
        own: string,
        other: string,
      ) => [`unicast_src_ip ${own}`, "unicast_peer {", `    ${other}`, "}"];
      const options = {
        speed: BRISK,
        a: { more: peer("10.80.0.1", "10.80.0.2") },
        b: { more: peer("10.80.0.2", "10.80.0.1") },
      };
      const { a, b, first, wire } = await running(lab, pair, options);
      const stopped = first.terminate();
      await handedOver(a, b, stopped);
      await first.process.ended;
      const started = now();
      await a.start(pair.first, configOf("a", options));
      await handedOver(b, a, started);
      const destinations = new Set(wire.adverts().map((packet) => packet.destination));
      assert.deepEqual([...destinations].sort(), ["10.80.0.1", "10.80.0.2"]);
    },
  };
}

function otherGroup(pair: Pair): Case {
  return {
    name: "vrrp_mcast_group4 230.0.0.0, nopreempt with state MASTER cleared with a warning",
    lab: LAN,
    async run(lab) {
      const options = {
        speed: BRISK,
        globals: ["vrrp_mcast_group4 230.0.0.0"],
        a: { state: "MASTER", more: ["nopreempt"] },
      } as const;
      const { a, b, first, wire } = await running(lab, pair, options);
      await first.says(/\(VI_1\) Warning - nopreempt will not work with initial state MASTER/);
      const advert = wire.adverts()[0]!;
      assert.deepEqual([advert.destination, advert.destinationMac], ["230.0.0.0", "01:00:5e:00:00:00"]);
      const stopped = first.terminate();
      await handedOver(a, b, stopped);
      await first.process.ended;
      const started = now();
      await a.start(pair.first, configOf("a", options));
      await handedOver(b, a, started);
    },
  };
}

function typingError(pair: Pair): Case {
  return {
    name: "a misspelt word (laber) is reported with its place, and the address is there all the same",
    lab: LAN,
    async run(lab) {
      const a = lab.node("a");
      const addresses = ["10.80.0.100 dev eth0 laber eth0:0"];
      const first = await a.start(pair.first, configOf("a", { speed: BRISK, a: { addresses } }));
      await a.addresses.added(VIP, { within: 10_000 });
      await first.says(/laber/);
      if (pair.first === "ha") await first.says(/keepalived\.conf:\d+:\d+: .*laber/);
    },
  };
}

scenarios("the right node is the master", [
  ...forEachPair(owner),
  ...forEachPair(tie),
  ...forEachPair(equalStays),
  ...forEachPair(rightPassword),
  ...forEachPair(wrongPassword),
  ...forEachPair(wrongInterval),
  ...forEachPair(learnedInterval),
  ...forEachPair(startsDown),
  ...forEachPair(noAddress),
  ...forEachPair(losesAddress),
  ...forEachPair(trackedInterface),
  ...forEachPair(unicast),
  ...forEachPair(otherGroup),
  ...forEachPair(typingError),
]);
