/** BFD sockets with the kernel, over the loopback interface. */
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import type { BfdPacket } from "../../core/packet/bfd.ts";
import type { BfdSockets, ReceivedBfd } from "../../core/ports.ts";
import { neighbourFilter } from "../../ffi/bfd_filter.ts";
import { openBfdSockets } from "../../ffi/bfd_sockets.ts";
import { openEpoll } from "../../ffi/epoll.ts";
import { type Libc, openLibc } from "../../ffi/libc.ts";

const PACKET: BfdPacket = {
  state: "init",
  diagnostic: 0,
  poll: true,
  final: false,
  demand: false,
  detectMultiplier: 3,
  myDiscriminator: 1,
  yourDiscriminator: 2,
  desiredMinTransmit: 300_000,
  requiredMinReceive: 200_000,
};

/** A port that nothing else uses, apart from what runs beside: a BFD daemon has the real one. */
const PORT = 40_000 + Deno.pid % 10_000;

function endpoint(source: string, neighbour: string, ttl = 255) {
  return { neighbour, source, sourcePort: 50_000, ttl, port: PORT };
}

/** Waits for one packet; 5 s at most. */
function next(libc: Libc, sockets: BfdSockets): ReceivedBfd | null {
  using epoll = openEpoll(libc);
  for (const descriptor of sockets.descriptors) epoll.add(descriptor);
  for (const descriptor of epoll.wait(5000)) {
    const [packet] = sockets.receive(descriptor, 1);
    if (packet !== undefined) return packet;
  }
  return null;
}

for (const [family, source, neighbour] of [[4, "127.0.0.1", "127.0.0.2"], [6, "::1", "::1"]] as const) {
  const name = `BfdSockets send and receive over IPv${family}, with the TTL as it arrived`;
  const ignore = family === 6 && !hasIpv6();
  if (ignore) console.log(`skipped: ${name}: this machine has no IPv6`);
  const fn = () => {
    using libc = openLibc();
    using near = openBfdSockets(libc);
    using far = openBfdSockets(libc);
    assert.deepEqual(far.open("far", endpoint(neighbour, source)), { ok: true });
    // One port takes one receiver: the near side only sends, on another one of its own.
    assert.deepEqual(near.open("near", { ...endpoint(source, neighbour, 200), port: PORT + 1 }), {
      ok: true,
    });
    near.close("near");
    assert.deepEqual(near.descriptors, []);
    assert.equal(near.open("near", endpoint(source, neighbour, 200)).ok, false, "the port is taken");
    using sender = openBfdSockets(libc);
    assert.equal(sender.send("unknown", PACKET).ok, false);
    // The far side's own sending socket speaks to itself here, so that source and neighbour are both local.
    assert.deepEqual(far.open("far", endpoint(source, source, 200)), { ok: true });
    assert.deepEqual(far.send("far", PACKET), { ok: true });
    const received = next(libc, far);
    assert.deepEqual(received, { source, ttl: 200, port: PORT, packet: { ok: true, packet: PACKET } });
  };
  Deno.test({ name, ignore, fn });
}

function hasIpv6(): boolean {
  try {
    return Deno.readTextFileSync("/proc/net/if_inet6").includes(" lo\n");
  } catch {
    return false;
  }
}

Deno.test("BfdSockets keep strangers out, by address, also after a session is gone", async () => {
  using libc = openLibc();
  using sockets = openBfdSockets(libc);
  assert.ok(sockets.open("one", endpoint("127.0.0.1", "127.0.0.1")).ok);
  assert.ok(sockets.open("two", endpoint("127.0.0.3", "127.0.0.2")).ok);
  const stranger = createSocket("udp4");
  try {
    await new Promise<void>((resolve) => stranger.bind(0, "127.0.0.9", resolve));
    await new Promise((resolve) => stranger.send(new Uint8Array(24), PORT, "127.0.0.1", resolve));
    assert.ok(sockets.send("one", PACKET).ok);
    assert.equal(next(libc, sockets)?.source, "127.0.0.1", "the stranger's packet came first, or not at all");
    sockets.close("two");
    assert.equal(sockets.receive(sockets.descriptors[0]!, 8).length, 0);
    sockets.close("one");
    assert.deepEqual(sockets.descriptors, []);
  } finally {
    await new Promise<void>((resolve) => stranger.close(() => resolve()));
  }
});

Deno.test("BfdSockets report an address that is not here, and take the next port where one is in use", () => {
  using libc = openLibc();
  using sockets = openBfdSockets(libc);
  const absent = sockets.open("absent", endpoint("192.0.2.77", "192.0.2.1"));
  assert.ok(!absent.ok && /EADDRNOTAVAIL/.test(absent.reason), JSON.stringify(absent));
  assert.deepEqual(sockets.descriptors, [], "nothing is left open");
  for (const name of ["a", "b", "c"]) {
    assert.ok(sockets.open(name, endpoint("127.0.0.1", "127.0.0.1")).ok, name);
  }
});

Deno.test("neighbourFilter() gives up where there are more neighbours than a filter can hold", () => {
  const many = Array.from({ length: 2000 }, (_, i) => `10.1.${i >> 8}.${i & 255}`);
  assert.equal(neighbourFilter(4, many), null);
  assert.equal(neighbourFilter(4, many.slice(0, 1000))?.length, 3001);
});
