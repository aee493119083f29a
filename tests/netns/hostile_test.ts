/** Packets that no router should believe: nothing changes, each is counted, no advertisement is late. */
import assert from "node:assert/strict";
import type { InstanceCounters } from "../../core/engine/status.ts";
import type { DaemonKind } from "../lab/adapter.ts";
import { now } from "../lab/clock.ts";
import { configuration, instance } from "../lab/config_text.ts";
import type { Daemon } from "../lab/daemon.ts";
import { eventually } from "../lab/eventually.ts";
import { type FrameSpec, vrrpFrame } from "../lab/frames.ts";
import { Injector } from "../lab/injector.ts";
import type { Lab } from "../lab/lab.ts";
import type { Sniffer } from "../lab/sniffer.ts";
import { type Case, daemons, scenarios } from "../lab/scenario.ts";

const LAN = { a: ["lan"], b: ["lan"], stranger: ["lan"] };
const VIP2 = "10.80.0.100";
const VIP3 = "10.80.0.103";

/** Of the instance of version 3, ms: long enough that a busy machine is not taken for a dead master. */
const INTERVAL = 500;

/** What the stranger sends if it does everything right, with a priority that would win. */
const V2: FrameSpec = {
  source: "10.80.0.3",
  sourceMac: "02:00:00:00:00:03",
  destination: "224.0.0.18",
  ttl: 255,
  version: 2,
  type: 1,
  vrid: 51,
  priority: 254,
  interval: 1,
  addresses: [VIP2],
  authenticationType: 1,
  password: "secret",
};

const V3: FrameSpec = {
  ...V2,
  version: 3,
  vrid: 52,
  interval: INTERVAL / 10,
  addresses: [VIP3],
  authenticationType: 0,
  password: "",
};

interface BadPacket {
  readonly what: string;
  readonly frame: FrameSpec;
  /** What goes up by one, in the status of the instance; null where no instance is concerned. */
  readonly counter: keyof InstanceCounters | null;
}

const BAD: readonly BadPacket[] = [
  { what: "no octet at all", frame: { ...V2, length: 0 }, counter: null },
  { what: "one octet", frame: { ...V2, length: 1 }, counter: null },
  { what: "cut in the header", frame: { ...V2, length: 7 }, counter: "packet_len_err" },
  { what: "cut in the addresses", frame: { ...V2, length: 10 }, counter: "packet_len_err" },
  { what: "cut in the authentication", frame: { ...V2, length: 16 }, counter: "packet_len_err" },
  { what: "more addresses promised than there are", frame: { ...V2, count: 200 }, counter: "packet_len_err" },
  { what: "TTL 254", frame: { ...V2, ttl: 254 }, counter: "ip_ttl_err" },
  {
    what: "version 3 for an instance of version 2",
    frame: { ...V3, vrid: 51, addresses: [VIP2] },
    counter: "version_err",
  },
  {
    what: "no authentication",
    frame: { ...V2, authenticationType: 0, password: "" },
    counter: "authtype_mismatch",
  },
  { what: "authentication type 9", frame: { ...V2, authenticationType: 9 }, counter: "invalid_authtype" },
  { what: "another password", frame: { ...V2, password: "Secret" }, counter: "auth_failure" },
  { what: "another interval in version 2", frame: { ...V2, interval: 2 }, counter: "advert_interval_err" },
  { what: "type 2", frame: { ...V2, type: 2 }, counter: "invalid_type_rcvd" },
  { what: "wrong checksum", frame: { ...V2, checksumError: 1 }, counter: "checksum_err" },
  { what: "other addresses", frame: { ...V2, addresses: ["10.80.0.200"] }, counter: "addr_list_err" },
  { what: "a VRID that is not ours", frame: { ...V2, vrid: 53 }, counter: null },
  { what: "version 3, wrong checksum", frame: { ...V3, checksumError: 1 }, counter: "checksum_err" },
  { what: "version 3, TTL 1", frame: { ...V3, ttl: 1 }, counter: "ip_ttl_err" },
  { what: "version 3, cut", frame: { ...V3, length: 8 }, counter: "packet_len_err" },
  { what: "version 4", frame: { ...V3, version: 4 }, counter: "version_err" },
];

const nameOf = (frame: FrameSpec) => frame.vrid === 52 ? "V3" : "V2";

function texts(priority: number): string {
  return configuration([
    instance({ name: "V2", priority, vrid: 51, password: "secret", addresses: [`${VIP2}/24`] }),
    instance({
      name: "V3",
      priority,
      vrid: 52,
      version: 3,
      interval: INTERVAL / 1000,
      addresses: [`${VIP3}/24`],
    }),
  ]);
}

async function masterAndBackup(lab: Lab, kind: DaemonKind) {
  const [a, b] = [lab.node("a"), lab.node("b")];
  const wire = await lab.sniff("lan");
  const [master, backup] = await Promise.all([a.start(kind, texts(150)), b.start(kind, texts(100))]);
  await Promise.all([VIP2, VIP3].map((vip) => a.addresses.added(vip, { within: 15_000 })));
  await Promise.all(["V2", "V3"].map((name) => backup.enters(name, "BACKUP")));
  // Where it was up first it was master, until it heard the other one.
  await eventually(() => [VIP2, VIP3].some((vip) => b.addresses.has(vip)), (held) => !held);
  return { a, b, wire, master, backup };
}

/** Sends a packet and waits until the counter that it is for went up on a daemon. */
async function isCounted(daemon: Daemon, bad: BadPacket, before: InstanceCounters): Promise<void> {
  if (bad.counter === null || daemon.kind !== "ha") return;
  const deadline = now() + 5_000;
  while (true) {
    const { counters } = await daemon.status(nameOf(bad.frame));
    if (counters[bad.counter] === before[bad.counter] + 1) return;
    if (now() > deadline) {
      const changed = Object.entries(counters).filter(([key, value]) =>
        value !== before[key as keyof InstanceCounters]
      );
      throw new Error(
        `Cannot see ${bad.counter} go up for "${bad.what}" on ${daemon.process.name}: ${changed}`,
      );
    }
  }
}

function eachIsCounted(kind: DaemonKind): Case {
  return {
    name: `truncated, forged and foreign packets change nothing and are counted, ${kind}`,
    lab: LAN,
    async run(lab) {
      const { a, b, wire, master, backup } = await masterAndBackup(lab, kind);
      using stranger = new Injector(lab.node("stranger"));
      const started = now();
      for (const bad of BAD) {
        const victims = [master, backup];
        const before = kind === "ha"
          ? await Promise.all(victims.map((daemon) => daemon.status(nameOf(bad.frame))))
          : [];
        stranger.send(vrrpFrame(bad.frame));
        await Promise.all(before.map((status, i) => isCounted(victims[i]!, bad, status.counters)));
      }
      await steady(wire, started);
      const changes = [a, b].flatMap((node) =>
        node.addresses.filter((item) => item.address.startsWith("10.80.0.10"), started)
      );
      // A refresh of the lease is an "added" of what is there already.
      assert.deepEqual(changes.filter((item) => item.what === "removed"), []);
      assert.ok(a.addresses.has(VIP2) && a.addresses.has(VIP3));
      assert.deepEqual(await b.foreignAddresses(), []);
    },
  };
}

/** The master kept its pace, and nobody else spoke but the stranger. */
async function steady(wire: Sniffer, since: number): Promise<void> {
  const own = (packet: { source: string; vrid: number }) =>
    packet.source === "10.80.0.1" && packet.vrid === 52;
  await wire.advert(own, { since: now(), within: 15_000, what: "an advertisement of the master" });
  const edges = [since, ...wire.adverts(own, since).map((packet) => packet.at)];
  const pauses = edges.slice(1).map((time, i) => time - edges[i]!);
  assert.ok(Math.max(...pauses) < 3 * INTERVAL, `an advertisement came after ${Math.max(...pauses)} ms`);
  assert.deepEqual(
    wire.adverts((packet) => packet.source === "10.80.0.2", since),
    [],
    "the backup stays silent",
  );
}

function flood(kind: DaemonKind): Case {
  return {
    name: `5,000 bad packets in a row do not make the master miss its turn, ${kind}`,
    lab: LAN,
    async run(lab) {
      const { a, wire } = await masterAndBackup(lab, kind);
      using stranger = new Injector(lab.node("stranger"));
      const frames = BAD.map((bad) => vrrpFrame(bad.frame));
      const started = now();
      for (let round = 0; round < 250; round++) frames.forEach((frame) => stranger.send(frame));
      await steady(wire, started);
      assert.ok(a.addresses.has(VIP2) && a.addresses.has(VIP3));
    },
  };
}

function believed(kind: DaemonKind): Case {
  return {
    name:
      `the same packet without the fault is believed, so the others were refused for their fault, ${kind}`,
    lab: LAN,
    async run(lab) {
      const { a, b, master } = await masterAndBackup(lab, kind);
      using stranger = new Injector(lab.node("stranger"));
      const sent = now();
      stranger.send(vrrpFrame(V2));
      stranger.send(vrrpFrame(V3));
      await Promise.all([VIP2, VIP3].map((vip) => a.addresses.removed(vip, { since: sent, within: 15_000 })));
      await master.says(/\(V2\) Master received advert from 10\.80\.0\.3 with higher priority 254, ours 150/);
      // The stranger never speaks again, so the better of the two takes over anew.
      await Promise.all([VIP2, VIP3].map((vip) => a.addresses.added(vip, { since: sent, within: 10_000 })));
      assert.deepEqual(await b.foreignAddresses(), []);
    },
  };
}

const each = (make: (kind: DaemonKind) => Case) => daemons().map(make);

scenarios("hostile packets", [...each(eachIsCounted), ...each(flood), ...each(believed)], { atOnce: 2 });
