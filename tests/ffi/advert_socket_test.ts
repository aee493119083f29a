/**
 * What the raw sockets do beyond the contract that the fakes share.
 */
import assert from "node:assert/strict";
import { fromHex } from "../../core/net/bytes.ts";
import { macToBytes } from "../../core/net/mac.ts";
import { checksumOf, pseudoHeaderSum, sumWords } from "../../core/net/checksum.ts";
import { encodeIpv4Header } from "../../core/packet/ip.ts";
import type { AdvertEndpoint, AdvertSockets, OutgoingAdvert, ReceivedAdvert } from "../../core/ports.ts";
import { openAdvertSockets } from "../../ffi/advert_socket.ts";
import { C } from "../../ffi/constants.ts";
import { openEpoll } from "../../ffi/epoll.ts";
import type { Libc } from "../../ffi/libc.ts";
import { openLibc } from "../../ffi/libc.ts";
import { ERRNO } from "../../ffi/errno.ts";
import { ipSocketAddress, linkSocketAddress, ReceiveBatch, Socket } from "../../ffi/socket.ts";
import { createHostPair, type HostPair, inHost, ip, type TestHost } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";

const WAIT_MS = 3000;
const GROUP_MAC = "01:00:5e:00:00:12";

/** Two hosts, their sockets, and a way to put any frame on the wire. */
interface Bench {
  readonly libc: Libc;
  readonly pair: HostPair;
  readonly left: AdvertSockets;
  readonly right: AdvertSockets;
  inject(frame: Uint8Array<ArrayBuffer>): void;
}

function kernelTest(name: string, body: (bench: Bench) => void): void {
  Deno.test({
    ...runsWhere(name, { netns: true }),
    fn() {
      using libc = openLibc();
      using pair = createHostPair();
      using left = openAdvertSockets(libc);
      using right = openAdvertSockets(libc);
      using socket = inHost(libc, pair.left, () => new Socket(libc, C.AF_PACKET, C.SOCK_RAW, 0, "injector"));
      const to = linkSocketAddress(pair.left.index, 0x0800, GROUP_MAC);
      const inject = (frame: Uint8Array<ArrayBuffer>) => {
        const length = BigInt(frame.length);
        assert.equal(libc.symbols.sendto(socket.descriptor, frame, length, 0, to, to.length), length);
      };
      body({ libc, pair, left, right, inject });
    },
  });
}

function endpoint(host: TestHost, vrid: number): AdvertEndpoint {
  const { interface: name, index, address } = host;
  return { interface: name, interfaceIndex: index, family: 4, vrid, group: "224.0.0.18", source: address };
}

function advert(host: TestHost, vrid: number): OutgoingAdvert {
  return {
    interface: host.interface,
    source: host.address,
    destinations: ["224.0.0.18"],
    ttl: 255,
    checksumWithoutPseudoHeader: false,
    advertisement: {
      version: 2,
      vrid,
      priority: 100,
      interval: 1000,
      addresses: ["10.77.0.100"],
      authentication: "none",
      password: "",
    },
  };
}

/** An Ethernet frame to the group, or to one host, with any payload of protocol 112. */
function frameWith(
  host: TestHost,
  payload: Uint8Array,
  ttl = 255,
  padding = 0,
  to = { mac: GROUP_MAC, address: "224.0.0.18" },
): Uint8Array<ArrayBuffer> {
  const header = encodeIpv4Header({
    source: host.address,
    destination: to.address,
    protocol: 112,
    ttl,
    tos: 0xc0,
    id: 1,
    totalLength: 20 + payload.length,
  });
  return Uint8Array.of(
    ...macToBytes(to.mac),
    ...macToBytes(host.mac),
    ...[0x08, 0x00],
    ...header,
    ...payload,
    ...new Uint8Array(padding).fill(0xee),
  );
}

function receive(libc: Libc, sockets: AdvertSockets, count: number): ReceivedAdvert[] {
  using epoll = openEpoll(libc);
  for (const descriptor of sockets.descriptors) epoll.add(descriptor);
  const received: ReceivedAdvert[] = [];
  while (received.length < count) {
    const ready = epoll.wait(WAIT_MS);
    if (ready.length === 0) break;
    for (const descriptor of ready) received.push(...sockets.receive(descriptor, 64));
  }
  return received;
}

kernelTest("AdvertSockets gives TTL and payload as the IP header says, without Ethernet padding", (bench) => {
  const { libc, pair, right, inject } = bench;
  inHost(libc, pair.right, () => right.listen("A", endpoint(pair.right, 9)));
  const short = fromHex("21 09 64 01 00 01");
  inject(frameWith(pair.left, short, 7, 40));
  inject(frameWith(pair.left, fromHex("31 09 64 00 0064 0000"), 1, 30));
  const [truncated, whole] = receive(libc, right, 2);
  assert.deepEqual([truncated!.ttl, whole!.ttl], [7, 1]);
  assert.deepEqual(truncated!.packet, {
    ok: false,
    error: "6 octets are too short for a VRRP header",
    vrid: 9,
  });
  assert.ok(whole!.packet.ok && whole!.packet.checksum === "invalid");
});

Deno.test({
  ...runsWhere("AdvertSockets has no packet of before its filter, though they come all the time", {
    netns: true,
  }),
  async fn() {
    using libc = openLibc();
    using pair = createHostPair();
    using right = openAdvertSockets(libc);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(new URL("./flood_worker.ts", import.meta.url), { type: "module" });
    const told = () =>
      new Promise<number>((resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = (error) => reject(error.error ?? error.message);
      });
    const started = told();
    const { namespace, index } = pair.left;
    const frame = frameWith(pair.left, new Uint8Array(16).fill(85), 255, 0, pair.right);
    worker.postMessage({ namespace, index, frame, mac: pair.right.mac, stop });
    await started;
    const finished = told();
    for (let round = 0; round < 2000; round++) {
      const unicast = { ...endpoint(pair.right, 9), group: null };
      assert.ok(inHost(libc, pair.right, () => right.listen("A", unicast)).ok);
      const received = right.receive(right.descriptors.at(-1)!, 64);
      assert.deepEqual(received, [], `round ${round}`);
      right.unlisten("A");
    }
    Atomics.store(stop, 0, 1);
    assert.ok(await finished > 2000, "the flood was a trickle");
    worker.terminate();
  },
});

kernelTest("AdvertSockets neither loops its packets back nor hears another program's loop", (bench) => {
  const { libc, pair, left } = bench;
  inHost(libc, pair.left, () => {
    using other = new Socket(libc, C.AF_INET, C.SOCK_RAW | C.SOCK_NONBLOCK, 112, "another program's socket");
    other.bindToInterface(pair.left.interface);
    other.joinGroup("224.0.0.18", pair.left.index);
    assert.ok(left.send("A", advert(pair.left, 9)).ok);
    const batch = new ReceiveBatch(libc, { slots: 1, packetLength: 128, controlLength: 64 });
    assert.equal(batch.receive(other.descriptor, 1), -ERRNO.EAGAIN);

    assert.ok(left.listen("A", endpoint(pair.left, 9)).ok);
    const payload = frameFor(pair.left, 9).slice(34);
    const to = ipSocketAddress("224.0.0.18");
    const sent = libc.symbols.sendto(other.descriptor, payload, BigInt(payload.length), 0, to, to.length);
    assert.equal(sent, BigInt(payload.length));
    assert.equal(batch.receive(other.descriptor, 1), 1, "the other program does not loop");
    assert.deepEqual(left.receive(left.descriptors[0]!, 1), []);
  });
});

kernelTest("AdvertSockets.send() refuses what cannot be encoded as a result", ({ libc, pair, left }) => {
  const outgoing = advert(pair.left, 256);
  const result = inHost(libc, pair.left, () => left.send("A", outgoing));
  assert.deepEqual(result, { ok: false, errno: 22, reason: "Cannot encode VRID 256: 0 to 255 is expected" });
});

kernelTest("AdvertSockets.send() does not encode the same advertisement twice", (bench) => {
  const { libc, pair, left, right } = bench;
  inHost(libc, pair.right, () => right.listen("A", endpoint(pair.right, 9)));
  const changing = structuredClone(advert(pair.left, 9)) as
    & { advertisement: { priority: number } }
    & OutgoingAdvert;
  const priorities = () => receive(libc, right, 1).map(({ packet }) => packet.ok && packet.priority);
  for (const priority of [100, 50]) {
    changing.advertisement.priority = priority;
    assert.ok(inHost(libc, pair.left, () => left.send("A", changing)).ok);
    assert.deepEqual(priorities(), [100]);
  }
  assert.ok(inHost(libc, pair.left, () => left.send("A", { ...changing })).ok);
  assert.deepEqual(priorities(), [50]);
});

kernelTest("AdvertSockets lets 50,000 foreign packets pass by without waking", (bench) => {
  const { libc, pair, right, inject } = bench;
  inHost(libc, pair.right, () => right.listen("A", endpoint(pair.right, 9)));
  using epoll = openEpoll(libc);
  epoll.add(right.descriptors[0]!);
  for (let i = 0; i < 50_000; i++) {
    const vrid = i % 256 === 9 ? 10 : i % 256;
    const frame = frameFor(pair.left, vrid);
    inject(frame);
  }
  assert.deepEqual(epoll.wait(0), []);
  inject(frameFor(pair.left, 9));
  assert.deepEqual(receive(libc, right, 1).map(({ packet }) => packet.vrid), [9]);
});

const frames = new Map<number, Uint8Array<ArrayBuffer>>();

function frameFor(host: TestHost, vrid: number): Uint8Array<ArrayBuffer> {
  let frame = frames.get(vrid);
  if (frame === undefined) {
    frame = frameWith(host, Uint8Array.of(0x21, vrid, 100, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0));
    frames.set(vrid, frame);
  }
  return frame;
}

kernelTest("AdvertSockets drops a VRRP packet too short to have a VRID", ({ libc, pair, right, inject }) => {
  inHost(libc, pair.right, () => right.listen("A", endpoint(pair.right, 9)));
  for (const hex of ["", "21"]) inject(frameWith(pair.left, fromHex(hex)));
  inject(frameFor(pair.left, 9));
  assert.deepEqual(receive(libc, right, 1).map(({ packet }) => packet.vrid), [9]);
});

kernelTest("AdvertSockets.send() tries all destinations and reports the first failure", (bench) => {
  const { libc, pair, left, right } = bench;
  inHost(libc, pair.right, () => right.listen("A", { ...endpoint(pair.right, 9), group: null }));
  const outgoing = { ...advert(pair.left, 9), destinations: ["255.255.255.255", pair.right.address] };
  const result = inHost(libc, pair.left, () => left.send("A", outgoing));
  assert.deepEqual(result, { ok: false, errno: 13, reason: "EACCES (Permission denied)" });
  assert.deepEqual(receive(libc, right, 1).map(({ destination }) => destination), [pair.right.address]);
});

kernelTest("AdvertSockets follows an interface that was deleted and made again", (bench) => {
  const { libc, pair, left, right } = bench;
  const outgoing = advert(pair.left, 9);
  inHost(libc, pair.left, () => {
    assert.ok(left.listen("A", endpoint(pair.left, 9)).ok);
    assert.ok(left.send("A", outgoing).ok);
  });
  ip("-n", pair.left.namespace, "link", "del", "left0");
  const gone = inHost(libc, pair.left, () => left.send("A", outgoing));
  assert.ok(!gone.ok, "a send through a deleted interface succeeded");
  const made = [
    "link",
    "add",
    "left0",
    "type",
    "veth",
    "peer",
    "name",
    "right0",
    "netns",
    pair.right.namespace,
  ];
  ip("-n", pair.left.namespace, ...made);
  ip("-n", pair.left.namespace, "addr", "add", "10.77.0.1/24", "dev", "left0");
  const index = (host: TestHost) =>
    JSON.parse(ip("-n", host.namespace, "-j", "link", "show", "dev", host.interface))[0].ifindex;
  for (const host of [pair.left, pair.right]) ip("-n", host.namespace, "link", "set", host.interface, "up");
  const heard = { ...endpoint(pair.right, 9), interfaceIndex: index(pair.right) };
  assert.ok(inHost(libc, pair.right, () => right.listen("A", heard)).ok);
  inHost(libc, pair.left, () => {
    assert.ok(left.listen("A", { ...endpoint(pair.left, 9), interfaceIndex: index(pair.left) }).ok);
    assert.deepEqual(left.send("A", outgoing), { ok: true });
  });
  assert.equal(receive(libc, right, 1).length, 1);
});

kernelTest("AdvertSockets listens for a unicast address that the host does not have yet", (bench) => {
  const { libc, pair, left, right } = bench;
  const own = "10.77.0.50";
  inHost(libc, pair.right, () => {
    assert.deepEqual(right.listen("A", { ...endpoint(pair.right, 9), group: null, source: own }), {
      ok: true,
    });
    assert.deepEqual(
      right.listen("B", { ...endpoint(pair.right, 9), family: 6, group: null, source: "fd00::50" }),
      { ok: true },
    );
  });
  ip("-n", pair.right.namespace, "addr", "add", `${own}/24`, "dev", "right0");
  inHost(libc, pair.left, () => left.send("A", { ...advert(pair.left, 9), destinations: [own] }));
  assert.deepEqual(receive(libc, right, 1).map(({ destination }) => destination), [own]);
});

kernelTest("AdvertSockets holds a hundred instances of different groups of one interface", (bench) => {
  const { libc, pair, left, right } = bench;
  const group = (i: number) => `239.1.1.${i}`;
  inHost(libc, pair.right, () => {
    for (let i = 1; i <= 100; i++) {
      assert.deepEqual(right.listen(`${i}`, { ...endpoint(pair.right, i), group: group(i) }), { ok: true });
    }
  });
  inHost(libc, pair.left, () => {
    for (let i = 1; i <= 100; i++) {
      assert.deepEqual(left.send(`${i}`, { ...advert(pair.left, i), destinations: [group(i)] }), {
        ok: true,
      });
    }
  });
  const received = receive(libc, right, 100);
  assert.deepEqual(new Set(received.map(({ destination }) => destination)).size, 100);
});

Deno.test({
  ...runsWhere("AdvertSockets leaves no descriptor behind", { netns: true }),
  fn() {
    using libc = openLibc();
    using pair = createHostPair();
    const open = () => [...Deno.readDirSync("/proc/self/fd")].length;
    const before = open();
    for (let round = 0; round < 3; round++) {
      using sockets = openAdvertSockets(libc);
      inHost(libc, pair.right, () => {
        sockets.listen("A", endpoint(pair.right, 1));
        sockets.listen("B", { ...endpoint(pair.right, 2), group: "239.1.1.1" });
        sockets.listen("bad", { ...endpoint(pair.right, 2), interface: "eth9" });
        sockets.send("A", advert(pair.right, 1));
        sockets.unlisten("B");
      });
      assert.equal(open(), before + 2);
    }
    assert.equal(open(), before);
  },
});

kernelTest(
  "AdvertSockets gives what it made of a packet again for the same octets, and for no others",
  (bench) => {
    const { libc, pair, right, inject } = bench;
    inHost(libc, pair.right, () => right.listen("A", endpoint(pair.right, 9)));
    const message = fromHex("31 09 64 01 0064 0000 0a4d0064");
    const [priority, address, interval, checksum] = [2, 11, 5, 7].map((at) =>
      message.map((octet, i) => i === at ? octet ^ 1 : octet)
    );
    const heard = (payload: Uint8Array, ttl = 255, id = 1) => {
      const frame = frameWith(pair.left, signed(pair.left, payload), ttl);
      frame.set(encodeIpv4Header({ ...HEADER, source: pair.left.address, ttl, id }), 14);
      inject(frame);
      const [received] = receive(libc, right, 1);
      return received!;
    };
    const first = heard(message);
    assert.equal(heard(message, 255, 0x1234), first, "another identification changes nothing");
    for (const other of [priority!, address!, interval!]) {
      const changed = heard(other);
      assert.notDeepEqual(changed.packet, first.packet);
      assert.deepEqual(heard(message), first, "the first one again");
    }
    const known = heard(message);
    assert.notEqual(heard(message, 254).ttl, known.ttl);
    assert.ok(known.packet.ok && known.packet.checksum === "valid");
    inject(frameWith(pair.left, checksum!));
    const broken = receive(libc, right, 1)[0]!.packet;
    assert.ok(broken.ok && broken.checksum === "invalid");
    assert.deepEqual(heard(message), known);
  },
);

const HEADER = { destination: "224.0.0.18", protocol: 112, tos: 0xc0, totalLength: 32 } as const;

/** A message of version 3 with its checksum. */
function signed(host: TestHost, payload: Uint8Array): Uint8Array {
  const octets = payload.slice();
  const sum = pseudoHeaderSum(host.address, HEADER.destination, HEADER.protocol, octets.length);
  octets.set([0, 0], 6);
  const checksum = checksumOf(sumWords(octets, sum));
  octets.set([checksum >> 8, checksum & 0xff], 6);
  return octets;
}

kernelTest(
  "AdvertSockets tells senders and hop limits of IPv6 apart, which are outside of the packet",
  (bench) => {
    const { libc, pair, left, right } = bench;
    const own = { ...endpoint(pair.right, 9), family: 6 as const, group: "ff02::12", source: "fe80::2" };
    inHost(libc, pair.right, () => right.listen("A", own));
    const { advertisement } = advert(pair.left, 9);
    const outgoing: OutgoingAdvert = {
      ...advert(pair.left, 9),
      source: "fe80::1",
      destinations: ["ff02::12"],
      advertisement: { ...advertisement, version: 3, addresses: ["fe80::100"] },
    };
    const heard = (change: Partial<OutgoingAdvert> = {}) => {
      assert.ok(inHost(libc, pair.left, () => left.send("A", { ...outgoing, ...change })).ok);
      return receive(libc, right, 1)[0]!;
    };
    const first = heard();
    assert.equal(heard(), first);
    assert.equal(heard({ ttl: 7 }).ttl, 7);
    assert.deepEqual(heard(), first);
    // The same sum, and so the same message to the last octet.
    assert.equal(heard({ source: "fe80::1:0" }).source, "fe80::1:0");
  },
);
