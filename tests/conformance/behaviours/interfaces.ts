/** Interfaces that come, go, come again as others, and change their names. */
import assert from "node:assert/strict";
import { now } from "../../lab/clock.ts";
import { configuration, instance } from "../../lab/config_text.ts";
import type { Behaviour } from "../behaviour.ts";
import { downInterval3, goesOn, master, speaks, V3, v3, VIP, VIP6 } from "../moves.ts";
import { advertFrame } from "../rig/packet.ts";
import type { Stand } from "../rig/stand.ts";
import type { VrrpFrame } from "../rig/decode.ts";
import type { Wire } from "../rig/wire.ts";

const SOURCE = "keepalived.conf(5) dynamic_interfaces";
const DYNAMIC = ["dynamic_interfaces"];
const VIP1 = "10.80.1.200";

/** An instance on eth1. */
const ON_ETH1 = { interface: "eth1", addresses: [`${VIP1}/24`] } as const;

/** A better master on eth1. */
const BETTER = advertFrame({
  source: "10.80.1.100",
  sourceMac: "02:00:00:00:00:64",
  priority: 200,
  addresses: [VIP1],
});

function awaitMaster(wire: Wire, since = 0): Promise<VrrpFrame> {
  return wire.advert(({ priority }) => priority > 0, { since, within: 15_000 }, "an advertisement");
}

/** One instance on eth0 that tracks eth1. */
function tracking(how: string): string {
  return v3({ more: ["track_interface {", `    ${how}`, "}"] }, DYNAMIC);
}

function withPriority(stand: Stand, priority: number, since: number): Promise<VrrpFrame> {
  return stand.wire.advert((frame) => frame.priority === priority, { since, within: 15_000 }, `${priority}`);
}

/** Two instances of IPv6 with the same link-local address, each on its own interface. */
function sameAddressTwice(): string {
  const six = (name: string, where: string) =>
    instance({ ...V3, name, interface: where, vrid: 61, addresses: [`${VIP6}/64`] });
  return configuration([six("VI_1", "eth0"), six("VI_2", "eth1")]);
}

async function carries(stand: Stand, address: string, where: string, yes: boolean): Promise<void> {
  await stand.shows(
    `-br address show dev ${where}`,
    yes ? new RegExp(`\\b${address}/`) : new RegExp(`^(?!.*\\b${address}/)`, "s"),
    `${address} ${yes ? "on" : "gone from"} ${where}`,
  );
}

/** Behaviours of interfaces that come and go; part of the chapter on interfaces. */
export const INTERFACES: readonly Behaviour[] = [
  {
    title: "Started without the interface and without `dynamic_interfaces`: it refuses to run",
    source: SOURCE,
    async run(stand) {
      const daemon = await stand.start(v3(ON_ETH1));
      const { code } = await daemon.process.ended;
      assert.notEqual(code, 0);
      assert.deepEqual(stand.wire.adverts(), []);
    },
  },
  {
    title:
      "The interface is deleted and made anew without `dynamic_interfaces`: it is master again all the same",
    source: "keepalived",
    links: 2,
    async run(stand) {
      const daemon = await stand.start(v3(ON_ETH1));
      await awaitMaster(stand.wires[1]!);
      await stand.ip("link del eth1");
      await daemon.enters("VI_1", "FAULT");
      const fresh = await stand.replaceLink(1);
      await awaitMaster(fresh);
      await stand.addresses.added(VIP1, { since: fresh.madeAt });
    },
  },
  {
    title: "The interface is deleted and made anew three times: master again each time, on the new one",
    source: SOURCE,
    links: 2,
    async run(stand) {
      const daemon = await stand.start(v3(ON_ETH1, DYNAMIC));
      await awaitMaster(stand.wires[1]!);
      for (let round = 0; round < 3; round++) {
        const cut = now();
        await stand.ip("link del eth1");
        await daemon.enters("VI_1", "FAULT", { since: cut });
        const fresh = await stand.replaceLink(1);
        await awaitMaster(fresh);
        await stand.addresses.added(VIP1, { since: fresh.madeAt });
      }
    },
  },
  {
    title: "The interface of a backup is deleted and made anew: it hears the master there",
    source: SOURCE,
    links: 2,
    async run(stand) {
      const daemon = await stand.start(v3({ ...ON_ETH1, priority: 100 }, DYNAMIC));
      await awaitMaster(stand.wires[1]!);
      await stand.ip("link del eth1");
      await daemon.enters("VI_1", "FAULT");
      const fresh = await stand.replaceLink(1);
      await awaitMaster(fresh);
      const feed = fresh.feed(BETTER, 60);
      await daemon.enters("VI_1", "BACKUP", { since: fresh.madeAt });
      await stand.addresses.removed(VIP1, { since: fresh.madeAt });
      await feed.sends(10);
      feed.stop();
      await awaitMaster(fresh, feed.lastAt + downInterval3(100) / 2);
    },
  },
  {
    title:
      "The interface gets another name and its own again: master again, with the address that stayed on it",
    source: SOURCE,
    links: 2,
    async run(stand) {
      const daemon = await stand.start(v3(ON_ETH1, DYNAMIC));
      await awaitMaster(stand.wires[1]!);
      await stand.ip("link set eth1 down", "link set eth1 name other", "link set other up");
      await daemon.enters("VI_1", "FAULT");
      await stand.shows("-br address show dev other", /^(?!.*10\.80\.1\.200)/s, "the VIP gone from it");
      await stand.wires[1]!.silent(
        downInterval3(100) * 2,
        "a word on an interface of another name",
        now() + 50,
      );
      const back = now();
      await stand.ip("link set other down", "link set other name eth1", "link set eth1 up");
      await awaitMaster(stand.wires[1]!, back);
      await stand.addresses.added(VIP1, { since: back });
    },
  },
  {
    title: "The interface is renamed while it is up, and back: FAULT without the VIP, then master again",
    source: SOURCE,
    links: 2,
    async run(stand) {
      const daemon = await stand.start(v3(ON_ETH1, DYNAMIC));
      await awaitMaster(stand.wires[1]!);
      const renamed = now();
      await stand.ip("link set eth1 name other");
      await daemon.enters("VI_1", "FAULT", { since: renamed });
      await stand.shows("-br address show dev other", /^(?!.*10\.80\.1\.200)/s, "the VIP gone from it");
      const back = now();
      await stand.ip("link set other name eth1");
      await awaitMaster(stand.wires[1]!, back);
      await stand.addresses.added(VIP1, { since: back });
    },
  },
  {
    title: "Another interface gets the name that is waited for: it is used, with the address that it has",
    source: SOURCE,
    links: 2,
    async run(stand) {
      await stand.ip("link set eth1 down", "link set eth1 name other", "link set other up");
      const daemon = await stand.start(v3(ON_ETH1, DYNAMIC));
      await daemon.enters("VI_1", "FAULT");
      const named = now();
      await stand.ip("link set other down", "link set other name eth1", "link set eth1 up");
      await awaitMaster(stand.wires[1]!, named);
      await stand.addresses.added(VIP1, { since: named });
    },
  },
  {
    title: "A tracked interface that does not exist yet: FAULT until it comes",
    source: SOURCE,
    async run(stand) {
      const daemon = await stand.start(tracking("eth1"));
      await daemon.enters("VI_1", "FAULT");
      await stand.wire.silent(downInterval3(100) * 2, "a word in FAULT", 0);
      const came = now();
      await stand.replaceLink(1);
      await speaks(stand, { since: came, within: 10_000 });
    },
  },
  {
    title: "A tracked interface is deleted: FAULT; made anew: master again",
    source: SOURCE,
    links: 2,
    async run(stand) {
      const { daemon } = await master(stand, tracking("eth1"));
      const cut = now();
      await stand.ip("link del eth1");
      await daemon.enters("VI_1", "FAULT", { since: cut });
      await stand.addresses.removed(VIP, { since: cut });
      const back = now();
      await stand.replaceLink(1);
      await stand.addresses.added(VIP, { since: back });
    },
  },
  {
    title: "A tracked interface with a weight is deleted and made anew: the priority follows",
    source: SOURCE,
    links: 2,
    async run(stand) {
      await master(stand, tracking("eth1 weight -30"));
      const cut = now();
      await stand.ip("link del eth1");
      await withPriority(stand, 70, cut);
      const back = now();
      await stand.replaceLink(1);
      await withPriority(stand, 100, back);
    },
  },
  {
    title: "The same link-local VIP on two interfaces: both carry it, and one can lose it alone",
    source: "RFC 9568 1.3 (IPv6); keepalived",
    links: 2,
    async run(stand) {
      const daemon = await stand.start(sameAddressTwice());
      for (const wire of stand.wires) await awaitMaster(wire);
      for (const where of ["eth0", "eth1"]) await carries(stand, VIP6, where, true);
      const cut = now();
      await stand.ip("link set eth1 down");
      await daemon.enters("VI_2", "FAULT", { since: cut });
      await carries(stand, VIP6, "eth1", false);
      await stand.wire.nextAdverts(4, now());
      await carries(stand, VIP6, "eth0", true);
      const back = now();
      await stand.ip("link set eth1 up", "address add fe80::20/64 dev eth1 nodad");
      await awaitMaster(stand.wires[1]!, back);
      await carries(stand, VIP6, "eth1", true);
      assert.deepEqual(stand.wire.adverts(cut, ({ priority }) => priority === 0), []);
    },
  },
  {
    title: "A VIP on another interface that is deleted: it is put back once that is made anew",
    source: "keepalived",
    links: 2,
    async run(stand) {
      const text = v3({ addresses: [`${VIP}/24`, `${VIP1}/24 dev eth1`] }, DYNAMIC);
      await master(stand, text);
      await stand.addresses.added(VIP1);
      await stand.ip("link del eth1");
      const back = now();
      await stand.replaceLink(1);
      await stand.addresses.added(VIP1, { since: back });
      await goesOn(stand, now());
    },
  },
];
