/** Interoperation with FRRouting's vrrpd, version 3, in both roles. */
import assert from "node:assert/strict";
import { elapse, now } from "../lab/clock.ts";
import { configuration, instance } from "../lab/config_text.ts";
import type { Lab } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { type Case, scenarios } from "../lab/scenario.ts";
import type { Sniffer } from "../lab/sniffer.ts";
import { Frr, frrIsInstalled } from "./frr.ts";
import { between, downInterval3, INTERVAL, skew3 } from "./moves.ts";

const LAN = { ours: ["lan"], theirs: ["lan"] };
const VRID = 51;

/** ms that a takeover may take longer than the protocol has it: FRR rounds its timers to centiseconds. */
const SLACK = 300;

interface Family {
  readonly name: string;
  readonly address: string;
  readonly prefix: number;
}

const FAMILIES: readonly Family[] = [
  { name: "IPv4", address: "10.80.0.100", prefix: 24 },
  { name: "IPv6", address: "fe80::5100", prefix: 64 },
];

/** A LAN with `ha` on one node and FRR on the other, neither started. */
class Meeting implements AsyncDisposable {
  readonly #family: Family;
  readonly node: Node;
  readonly wire: Sniffer;
  readonly frr: Frr;
  readonly #text: string;

  private constructor(family: Family, node: Node, wire: Sniffer, frr: Frr, priority: number) {
    this.#family = family;
    this.node = node;
    this.wire = wire;
    this.frr = frr;
    const addresses = [`${family.address}/${family.prefix}`];
    this.#text = configuration([
      instance({ priority, version: 3, interval: INTERVAL / 1000, vrid: VRID, addresses }),
    ]);
  }

  static async create(
    lab: Lab,
    family: Family,
    priorities: { ours: number; theirs: number },
  ): Promise<Meeting> {
    const wire = await lab.sniff("lan");
    const router = { vrid: VRID, priority: priorities.theirs, interval: INTERVAL, address: family.address };
    const frr = await Frr.create(lab.node("theirs"), router);
    return new Meeting(family, lab.node("ours"), wire, frr, priorities.ours);
  }

  startOurs() {
    return this.node.start("ha", this.#text);
  }

  /** FRR's advertisements come from the virtual hardware address, ours from the interface's. */
  heard(
    whose: "ours" | "theirs",
    since: number,
    priority: (value: number) => boolean = (value) => value > 0,
  ) {
    const virtual = (mac: string) => mac.startsWith("00:00:5e:");
    return this.wire.advert(
      (packet) => virtual(packet.sourceMac) === (whose === "theirs") && priority(packet.priority),
      { since, within: 15_000, what: `an advertisement of ${whose === "ours" ? "ha" : "FRR"}` },
    );
  }

  said(whose: "ours" | "theirs", since: number) {
    const virtual = (mac: string) => mac.startsWith("00:00:5e:");
    return this.wire.adverts((packet) => virtual(packet.sourceMac) === (whose === "theirs"), since);
  }

  /** Waits until that many advertisements of one side have been seen. */
  async listen(whose: "ours" | "theirs", count: number, since = now()): Promise<void> {
    for (let seen = 0, from = since; seen < count; seen++) from = (await this.heard(whose, from)).at + 0.001;
  }

  addressAdded(since: number, within = 10_000) {
    return this.node.addresses.added(this.#family.address, { since, within });
  }

  addressRemoved(since: number) {
    return this.node.addresses.removed(this.#family.address, { since, within: 10_000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.frr[Symbol.asyncDispose]();
  }
}

function both(family: Family): Case[] {
  return [
    {
      name: `${family.name}: ha follows FRR, takes over at its goodbye, and gives way when it is back`,
      lab: LAN,
      async run(lab) {
        await using meeting = await Meeting.create(lab, family, { ours: 100, theirs: 200 });
        meeting.frr.start();
        const first = await meeting.heard("theirs", 0);
        assert.deepEqual(first.complaints, []);
        const daemon = await meeting.startOurs();
        await daemon.enters("VI_1", "BACKUP");
        await meeting.listen("theirs", 10);
        assert.deepEqual(meeting.said("ours", 0), [], "ha is silent while FRR speaks");
        const stopped = now();
        await meeting.frr.stop();
        const goodbye = await meeting.heard("theirs", stopped, (value) => value === 0);
        const word = await meeting.heard("ours", goodbye.at);
        between(word.at - goodbye.at, skew3(100) - 5, skew3(100) + SLACK, "takeover after the goodbye, ms");
        await meeting.addressAdded(goodbye.at);
        const started = now();
        meeting.frr.start();
        await meeting.heard("theirs", started);
        await meeting.addressRemoved(started);
      },
    },
    {
      name: `${family.name}: ha takes over from FRR that is killed after 3 intervals and the skew`,
      lab: LAN,
      async run(lab) {
        await using meeting = await Meeting.create(lab, family, { ours: 100, theirs: 200 });
        meeting.frr.start();
        await meeting.heard("theirs", 0);
        const daemon = await meeting.startOurs();
        await daemon.enters("VI_1", "BACKUP");
        await meeting.listen("theirs", 5);
        await meeting.frr.kill();
        const word = await meeting.heard("ours", 0);
        const last = meeting.said("theirs", 0).at(-1)!;
        between(word.at - last.at, downInterval3(100) - 5, downInterval3(100) + SLACK, "takeover after, ms");
      },
    },
    {
      name: `${family.name}: FRR follows ha, takes over at its goodbye, and gives way when it is back`,
      lab: LAN,
      async run(lab) {
        await using meeting = await Meeting.create(lab, family, { ours: 200, theirs: 100 });
        const daemon = await meeting.startOurs();
        await meeting.addressAdded(0, 15_000);
        meeting.frr.start();
        await meeting.listen("ours", 20);
        assert.deepEqual(meeting.said("theirs", 0), [], "FRR is silent while ha speaks");
        const stopped = daemon.terminate();
        const goodbye = await meeting.heard("ours", stopped, (value) => value === 0);
        const word = await meeting.heard("theirs", goodbye.at);
        between(word.at - goodbye.at, 0, skew3(100) + SLACK, "FRR's takeover after the goodbye, ms");
        await daemon.stop();
        const started = now();
        await meeting.startOurs();
        const back = await meeting.heard("ours", started);
        await meeting.addressAdded(started);
        await meeting.listen("ours", 10);
        const late = meeting.said("theirs", back.at + INTERVAL * 2);
        assert.deepEqual(late, [], "FRR gave way");
      },
    },
    {
      name:
        `${family.name}: after a split of equals the higher address stays master, which is FRR's, and ha gives way`,
      lab: LAN,
      async run(lab) {
        await using meeting = await Meeting.create(lab, family, { ours: 150, theirs: 150 });
        const theirs = lab.node("theirs");
        await theirs.cut("silent");
        await meeting.startOurs();
        meeting.frr.start();
        await meeting.addressAdded(0, 15_000);
        // Nobody can hear FRR now; by then it has waited for its interval long enough.
        await elapse(downInterval3(150) * 4);
        const healed = await theirs.restore();
        await meeting.addressRemoved(healed);
        await meeting.listen("theirs", 5, now());
      },
    },
  ];
}

scenarios("interoperation with FRR", FAMILIES.flatMap(both), {
  without: frrIsInstalled() ? null : "vrrpd of FRR is not installed (Debian package frr)",
});
