/**
 * BFD between real nodes: `ha` and keepalived in both roles, over IPv4 and IPv6, what tcpdump makes of the packets, and
 * what instances make of the sessions.
 */
import assert from "node:assert/strict";
import type { BfdStatus, Status } from "../../core/engine/status.ts";
import { now } from "../lab/clock.ts";
import { block, configuration, instance } from "../lab/config_text.ts";
import type { Daemon } from "../lab/daemon.ts";
import { eventually } from "../lab/eventually.ts";
import type { Lab, LabSpec } from "../lab/lab.ts";
import type { Node } from "../lab/node.ts";
import { measured } from "../lab/report.ts";
import { type Case, forEachPair, type Pair, scenarios, show } from "../lab/scenario.ts";
import type { Sniffer } from "../lab/sniffer.ts";

const LAN: LabSpec = { a: ["lan"], b: ["lan"] };
const FILTER = "udp dst port 3784";
const VIP = "10.80.0.100";

/** Generous, for machines that are busy with other things; none of the sessions needs more than 3 s to come up. */
const WITHIN = { within: 20_000 };

interface Session {
  readonly neighbour: string;
  readonly source?: string;
  /** Further lines of the block. */
  readonly more?: readonly string[];
}

function bfd(name: string, { neighbour, source, more = [] }: Session): string {
  const from = source === undefined ? [] : [`source_ip ${source}`];
  return block(`bfd_instance ${name}`, [`neighbor_ip ${neighbour}`, ...from, ...more]);
}

/** 100 ms both ways, and a second of silence before a session counts as lost: machines that are shared pause for less. */
const PACE = ["min_rx 100", "min_tx 100", "multiplier 10"];

/** A configuration with one session to a neighbour and an instance that tracks it. */
function tracking(name: string, session: Session, lines: readonly string[] = [], weight = ""): string {
  const track = ["track_bfd {", `    ${name}${weight}`, "}"];
  const vrrp = instance({ priority: 100, version: 3, interval: 0.1, addresses: [`${VIP}/24`], more: track });
  return configuration([bfd(name, { ...session, more: [...PACE, ...lines] }), vrrp]);
}

/** A configuration with a session and nothing else. keepalived says what its BFD process says in the same log. */
function alone(name: string, session: Session): string {
  return configuration([bfd(name, { ...session, more: [...PACE, ...session.more ?? []] })]);
}

function sessionUp(daemon: Daemon, name: string, since = 0): Promise<unknown> {
  return daemon.says(new RegExp(`\\(${name}\\) Entering Up state`), { since, ...WITHIN });
}

async function sessionOf(daemon: Daemon, index = 0): Promise<BfdStatus> {
  const status = await daemon.ask({ command: "status" }) as Status;
  return status.bfdSessions![index]!;
}

interface Running {
  readonly a: Node;
  readonly b: Node;
  readonly first: Daemon;
  readonly second: Daemon;
  readonly wire: Sniffer;
}

/** The first node tracks its session to the second one; both are up. */
async function running(lab: Lab, pair: Pair, lines: readonly string[] = [], weight = ""): Promise<Running> {
  const [a, b] = [lab.node("a"), lab.node("b")];
  const wire = await lab.sniff("lan", `${FILTER} or ip proto 112`);
  const text = tracking("peer", { neighbour: b.address, source: a.address }, lines, weight);
  const first = await a.start(pair.first, text);
  const second = await b.start(pair.second, alone("origin", { neighbour: a.address, source: b.address }));
  await Promise.all([sessionUp(first, "peer"), sessionUp(second, "origin")]);
  return { a, b, first, second, wire };
}

function trackedIs(daemon: Daemon, state: "UP" | "DOWN", since = 0): Promise<{ at: number }> {
  const pattern = new RegExp(`VRRP_Instance\\(VI_1\\) Tracked BFD instance peer is ${state}`);
  return daemon.says(pattern, { since, ...WITHIN });
}

/** Waits until a packet goes over the wire whose text, as tcpdump decodes it, matches. */
function packet(wire: Sniffer, pattern: RegExp, since = 0): Promise<{ at: number; text: string }> {
  return wire.next((each) => pattern.test(each.text), { since, ...WITHIN, what: String(pattern) });
}

const kill = (pair: Pair): Case => ({
  name: "up together; kill -9 of the neighbour: FAULT after the detection time; back again",
  lab: LAN,
  async run(lab) {
    const { a, b, first, second, wire } = await running(lab, pair);
    await first.enters("VI_1", "BACKUP", WITHIN);
    await first.enters("VI_1", "MASTER", WITHIN);
    const at = second.kill();
    const fault = await first.enters("VI_1", "FAULT", { since: at, ...WITHIN });
    measured(`FAULT after kill -9 of the BFD neighbour ${show(pair)}`, fault.at - at);
    await first.says(/\(peer\) Expired after \d+ ms \(\d+ usec overdue\)/, { since: at });
    await first.says(
      /\(peer\) Entering Down state \(Local diagnostic - Control Detection Time Expired, Remote diagnostic - No Diagnostic\)/,
      { since: at },
    );
    await trackedIs(first, "DOWN", at);
    await wire.advert(({ priority }) => priority === 0, { since: at, ...WITHIN, what: "a goodbye" });
    await a.addresses.removed(VIP, { since: at, ...WITHIN });
    await packet(wire, /State Down.*Control Detection Time Expired/, at);
    const again = now();
    await b.start(pair.second, alone("origin", { neighbour: a.address, source: b.address }));
    await sessionUp(first, "peer", again);
    await first.enters("VI_1", "BACKUP", { since: again, ...WITHIN });
  },
});

const lostLink = (pair: Pair): Case => ({
  name: "a link that swallows everything: both sides notice, and both come back",
  lab: LAN,
  async run(lab) {
    const { a, first, second } = await running(lab, pair);
    const at = await a.cut("silent");
    await Promise.all([
      first.says(/\(peer\) Entering Down state/, { since: at, ...WITHIN }),
      second.says(/\(origin\) Entering Down state/, { since: at, ...WITHIN }),
    ]);
    const back = await a.restore();
    await Promise.all([sessionUp(first, "peer", back), sessionUp(second, "origin", back)]);
  },
});

const weights = (pair: Pair): Case => ({
  name: "a weight: the priority goes down with the session and up again, the instance stays",
  lab: LAN,
  async run(lab) {
    const { a, b, first, second, wire } = await running(lab, pair, [], " weight 30");
    const withPriority = (priority: number, since: number) =>
      wire.advert((each) => each.priority === priority, { since, ...WITHIN, what: `priority ${priority}` });
    await withPriority(130, 0);
    const at = second.kill();
    await withPriority(100, at);
    const again = now();
    await b.start(pair.second, alone("origin", { neighbour: a.address, source: b.address }));
    await withPriority(130, again);
    assert.deepEqual(wire.adverts(({ priority }) => priority === 0), [], "never a goodbye");
    assert.ok(first.log.filter(({ text }) => /Entering FAULT STATE/.test(text), at).length === 0);
  },
});

const timers = (pair: Pair): Case => ({
  name: "timers as negotiated: slow until up, a poll, then the slower of both, with jitter, TTL 255",
  lab: LAN,
  async run(lab) {
    const { a, first, wire } = await running(lab, pair, ["min_tx 150"]);
    const ours = new RegExp(`${a.address.replaceAll(".", "\\.")}\\.\\d+ > .*Control`);
    await packet(wire, /State Down, Flags: \[none\].*Desired min Tx Interval: +1000 ms/);
    await packet(wire, /State Init/);
    // keepalived sends its own new intervals with the final bit, if it is polled first.
    const poll = await packet(wire, /State Up, Flags: \[Poll\]/);
    await packet(wire, /State Up, Flags: \[Final\]/, poll.at);
    await packet(wire, /State Up.*\(1500 ms Detection time\)/);
    await first.enters("VI_1", "MASTER", { ...WITHIN });
    const sent = () =>
      wire.filter((each) => ours.test(each.text) && /State Up, Flags: \[none\]/.test(each.text));
    await wire.next(() => sent().length > 12, { ...WITHIN, what: "a dozen packets" });
    const source = new RegExp(`ttl 255.*${a.address.replaceAll(".", "\\.")}\\.(\\d+) > `);
    const ports = new Set(sent().map(({ text }) => Number(source.exec(text)?.[1])));
    assert.equal(ports.size, 1, "one source port");
    assert.ok([...ports].every((port) => port >= 49152 && port <= 65535), [...ports].join());
    const times = sent().map(({ at }) => at);
    const gaps = times.slice(1).map((at, i) => at - times[i]!).sort((left, right) => left - right);
    // Each is three quarters of 150 ms at least; one that was held up comes closer to the next one.
    const median = gaps[gaps.length >> 1]!;
    assert.ok(median > 100 && median < 600, `the median gap is ${median} ms`);
  },
});

const administrative: Case = {
  name: "ha stops or forgets a session: AdminDown on the wire, down at the neighbour, no FAULT there",
  lab: LAN,
  async run(lab) {
    const { a, b, first, second, wire } = await running(lab, { first: "ha", second: "ha" });
    await first.enters("VI_1", "BACKUP", WITHIN);
    const at = now();
    await b.write("daemon0/keepalived.conf", configuration([]));
    second.reload();
    await packet(wire, /State AdminDown, Flags: \[none\].*Administratively Down/, at);
    await first.says(/\(peer\) Entering Down state \(Local diagnostic - Neighbor Signaled Session Down/, {
      since: at,
      ...WITHIN,
    });
    const { state, up, remoteDiagnostic } = await sessionOf(first);
    assert.deepEqual([state, up, remoteDiagnostic], ["down", true, "Administratively Down"]);
    assert.notEqual((await first.status()).state, "fault");
    const again = now();
    await b.write("daemon0/keepalived.conf", alone("origin", { neighbour: a.address, source: b.address }));
    second.reload();
    await sessionUp(first, "peer", again);
    const stopped = second.terminate();
    await packet(wire, /State AdminDown/, stopped);
    assert.equal((await second.process.ended).code, 0);
    await first.says(/\(peer\) Entering Down state/, { since: stopped, ...WITHIN });
    assert.notEqual((await first.status()).state, "fault");
  },
};

const reload: Case = {
  name: "a reload keeps a session as it is, and changes its intervals by a poll",
  lab: LAN,
  async run(lab) {
    const { a, b, first, wire } = await running(lab, { first: "ha", second: "ha" });
    const text = (lines: readonly string[]) =>
      tracking("peer", { neighbour: b.address, source: a.address }, lines);
    const before = await sessionOf(first);
    await first.enters("VI_1", "MASTER", WITHIN);
    first.reload();
    await first.says(/Reload complete/, WITHIN);
    const after = await sessionOf(first);
    assert.deepEqual(
      [after.state, after.localDiscriminator, after.counters.up, after.counters.down],
      ["up", before.localDiscriminator, 1, 0],
    );
    await a.write("daemon0/keepalived.conf", text(["min_tx 400", "min_rx 200"]));
    const at = first.reload();
    await packet(wire, /State Up, Flags: \[Poll\].*Desired min Tx Interval: +400 ms/, at);
    await packet(wire, /State Up, Flags: \[Final\]/, at);
    await packet(wire, /State Up, Flags: \[none\].*Desired min Tx Interval: +400 ms/, at);
    const changed = await eventually(() => sessionOf(first), ({ polling }) => !polling);
    assert.deepEqual(
      [changed.transmitInterval, changed.detectionTime, changed.polling, changed.counters.down],
      [400, 2_000, false, 0],
    );
    assert.equal((await first.status()).state, "master");
  },
};

const V6: LabSpec = {
  a: [{ segment: "lan", address: "2001:db8::1/64" }],
  b: [{ segment: "lan", address: "2001:db8::2/64" }],
};

const ipv6 = (pair: Pair): Case => ({
  name: "over IPv6, whatever hop limit keepalived sends",
  lab: V6,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    // keepalived waits a minute with an address that is not through with duplicate detection.
    await Promise.all([a, b].map((node) => node.throughDetection()));
    const first = await a.start(
      pair.first,
      alone("peer", { neighbour: "2001:db8::2", source: "2001:db8::1" }),
    );
    const second = await b.start(
      pair.second,
      alone("origin", { neighbour: "2001:db8::1", source: "2001:db8::2" }),
    );
    await Promise.all([sessionUp(first, "peer"), sessionUp(second, "origin")]);
    const at = second.kill();
    await first.says(/\(peer\) Entering Down state \(Local diagnostic - Control Detection Time Expired/, {
      since: at,
      ...WITHIN,
    });
  },
});

const passive = (pair: Pair): Case => ({
  name: "passive: not a packet before the neighbour speaks",
  lab: LAN,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const wire = await lab.sniff("lan", FILTER);
    const settings = { neighbour: b.address, source: a.address, more: ["passive"] };
    const first = await a.start(pair.first, alone("peer", settings));
    await first.says(/Startup complete/, WITHIN);
    const from = now();
    const second = await b.start(pair.second, alone("origin", { neighbour: a.address, source: b.address }));
    await Promise.all([sessionUp(first, "peer"), sessionUp(second, "origin")]);
    const [opening] = wire.filter(() => true, 0);
    assert.match(opening!.text, new RegExp(`${b.address}\\.\\d+ > ${a.address}\\.3784`));
    assert.ok(opening!.at > from - 5_000);
  },
});

const strangers: Case = {
  name: "packets of strangers and with a low TTL bring nothing down, and port 3784 of another is reported",
  lab: { ...LAN, c: ["lan"] },
  async run(lab) {
    const { a, first, second } = await running(lab, { first: "ha", second: "ha" });
    const c = lab.node("c");
    const before = await sessionOf(first);
    // State down with our discriminator: believed, it would end the session.
    const octets = (discriminator: number) => {
      const view = new DataView(new ArrayBuffer(24));
      view.setUint32(0, 0x20400318);
      view.setUint32(4, before.remoteDiscriminator);
      view.setUint32(8, discriminator);
      view.setUint32(12, 1_000_000);
      view.setUint32(16, 1_000_000);
      return new Uint8Array(view.buffer);
    };
    const hex = [...octets(before.localDiscriminator)].map((octet) => octet.toString(16).padStart(2, "0"))
      .join("");
    const send = (from: Node, ttl: number) =>
      from.run(["python3", "-c", SENDER, a.address, hex, String(ttl)]);
    for (let i = 0; i < 5; i++) {
      assert.equal((await send(c, 255)).code, 0);
      assert.equal((await send(lab.node("b"), 64)).code, 0);
    }
    const wanted = before.counters.discarded + 5;
    const after = await eventually(() => sessionOf(first), ({ counters }) => counters.discarded >= wanted);
    assert.deepEqual([after.state, after.counters.down], ["up", 0]);
    assert.equal(after.counters.discarded, wanted, "the stranger's never arrive");
    const other = await a.start("ha", alone("peer2", { neighbour: "10.80.0.77" }));
    await other.says(/\(peer2\) Cannot open BFD sockets: .*EADDRINUSE.*; trying again/, WITHIN);
    assert.match((await sessionOf(other)).trouble!, /EADDRINUSE/);
    await second.stop();
  },
};

const checked: Case = {
  name: "BFD_CHECK: a real server leaves and joins its virtual server with the session, down from the start",
  lab: LAN,
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const check = ["    BFD_CHECK {", "        name peer", "    }"];
    const server = block("virtual_server 10.80.0.200 80", [
      "lb_algo rr",
      "lb_kind NAT",
      "protocol TCP",
      `real_server ${b.address} 80 {`,
      ...check,
      "}",
    ]);
    const session = bfd("peer", { neighbour: b.address, source: a.address, more: PACE });
    const daemon = await a.start("ha", configuration([session, server]));
    await daemon.says(/Starting with quorum down/, WITHIN);
    const other = () => b.start("ha", alone("origin", { neighbour: a.address, source: b.address }));
    const neighbour = await other();
    const service = String.raw`\[10\.80\.0\.2\]:tcp:80`;
    const verdict = (state: string, since: number) =>
      daemon.says(new RegExp(`BFD check of \\[peer\\] RS\\(${service} VS .*\\) is ${state}`), {
        since,
        ...WITHIN,
      });
    const moved = (what: string, since: number) =>
      daemon.says(new RegExp(`${what} service ${service} (to|from) VS`), { since, ...WITHIN });
    await Promise.all([verdict("UP", 0), moved("Adding", 0)]);
    const at = neighbour.kill();
    await Promise.all([verdict("DOWN", at), moved("Removing", at)]);
    const again = now();
    await other();
    await Promise.all([verdict("UP", again), moved("Adding", again)]);
  },
};

const multihop: Case = {
  name: "multihop: port 4784 over a router, as far as max_hops lets it be and no farther",
  lab: {
    a: [{ segment: "near", address: "10.80.0.1/24" }],
    r: [{ segment: "near", address: "10.80.0.254/24" }, { segment: "far", address: "10.80.1.254/24" }],
    b: [{ segment: "far", address: "10.80.1.1/24" }],
  },
  async run(lab) {
    const [a, b, r] = [lab.node("a"), lab.node("b"), lab.node("r")];
    const wire = await lab.sniff("near", "udp dst port 4784");
    const way = (node: Node, to: string, via: string) => node.run(["ip", "route", "add", to, "via", via]);
    const forwarding = await r.run(["sysctl", "-qw", "net.ipv4.ip_forward=1"]);
    const routes = [await way(a, "10.80.1.0/24", "10.80.0.254"), await way(b, "10.80.0.0/24", "10.80.1.254")];
    assert.deepEqual([forwarding, ...routes].map(({ code }) => code), [0, 0, 0]);
    const session = (name: string, node: Node, other: Node, hops: number) =>
      alone(name, { neighbour: other.address, source: node.address, more: ["multihop", `max_hops ${hops}`] });
    const first = await a.start("ha", session("peer", a, b, 1));
    const second = await b.start("ha", session("origin", b, a, 1));
    await Promise.all([sessionUp(first, "peer"), sessionUp(second, "origin")]);
    await packet(wire, /ttl 254.*10\.80\.1\.1\.\d+ > 10\.80\.0\.1\.4784/);
    const at = now();
    await a.write("daemon0/keepalived.conf", session("peer", a, b, 0));
    first.reload();
    await first.says(/\(peer\) Entering Down state \(Local diagnostic - Control Detection Time Expired/, {
      since: at,
      ...WITHIN,
    });
    assert.ok((await sessionOf(first)).counters.discarded > 0);
  },
};

const documented: Case = {
  name: "the example of docs/bfd.md does what the text says",
  lab: {
    a: [{ segment: "lan", address: "192.0.2.11/24" }],
    b: [{ segment: "lan", address: "192.0.2.1/24" }],
  },
  async run(lab) {
    const [a, b] = [lab.node("a"), lab.node("b")];
    const document = await Deno.readTextFile(new URL("../../docs/bfd.md", import.meta.url));
    const example = /^```keepalived\n(.*?)^```$/ms.exec(document)![1]!;
    const router = await b.start("ha", alone("firewall", { neighbour: "192.0.2.11", source: "192.0.2.1" }));
    const daemon = await a.start("ha", example);
    await daemon.says(/\(upstream\) Entering Up state/, WITHIN);
    await a.addresses.added("192.0.2.100", WITHIN);
    const at = router.kill();
    await a.addresses.removed("192.0.2.100", { since: at, ...WITHIN });
    await daemon.enters("VI_1", "FAULT", { since: at, ...WITHIN });
  },
};

const SENDER = "import socket,sys;s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM);" +
  "s.setsockopt(0,2,int(sys.argv[3]));s.sendto(bytes.fromhex(sys.argv[2]),(sys.argv[1],3784))";

scenarios("BFD", [
  ...[kill, lostLink, weights, timers, ipv6, passive].flatMap(forEachPair),
  administrative,
  reload,
  checked,
  documented,
  multihop,
  { ...strangers, needs: ["python3"] },
]);
