/**
 * What the wire costs: CPU of this thread for 1,000 advertisements sent and received, for gratuitous ARP, and for the
 * refresh of 250 leased addresses.
 *
 *   deno task bench wire        as root, with ip
 *
 * The kernel's share is in the figures: sending through a veth pair includes the way up to the other end's socket.
 */
import type { AddressSpec, AdvertEndpoint, AdvertSockets, OutgoingAdvert } from "../core/ports.ts";
import { openAddressTable } from "../ffi/address_table.ts";
import { openAdvertSockets } from "../ffi/advert_socket.ts";
import { TIMESPEC } from "../ffi/layout.ts";
import { type Libc, openLibc, pinnedBytes } from "../ffi/libc.ts";
import { openNeighbourAnnouncer } from "../ffi/neighbour_announcer.ts";
import { createHostPair, type HostPair, inHost } from "../tests/support/host_pair.ts";

const ROUNDS = 40;
const PACKETS = 1000;
/** What fits into a receive buffer without loss. */
const BURST = 250;

const CLOCK_THREAD_CPUTIME_ID = 3;
const cpuTime = pinnedBytes(TIMESPEC.size);

/** ns of CPU that this thread has used. */
function threadCpu(): number {
  libc.symbols.clock_gettime(CLOCK_THREAD_CPUTIME_ID, cpuTime);
  const view = new DataView(cpuTime.buffer);
  return view.getUint32(TIMESPEC.seconds, true) * 1e9 + view.getUint32(TIMESPEC.nanoseconds, true);
}

/** Runs `work` again and again, and prints the median of the CPU that it took in ms. */
function report(name: string, work: () => number | void): void {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const before = threadCpu();
    const spent = work() ?? threadCpu() - before;
    samples.push(spent / 1e6);
  }
  samples.sort((a, b) => a - b);
  const [median, last] = [samples[ROUNDS / 2]!, samples.at(-1)!];
  console.log(
    `${name.padEnd(56)} ${median.toFixed(2).padStart(8)} ms   worst ${last.toFixed(2).padStart(8)} ms`,
  );
}

function adverts(pair: HostPair, version: 2 | 3, count: number): OutgoingAdvert[] {
  return Array.from({ length: count }, (_, i) => ({
    interface: pair.left.interface,
    source: pair.left.address,
    destinations: ["224.0.0.18"],
    ttl: 255,
    checksumWithoutPseudoHeader: false,
    advertisement: {
      version,
      vrid: i % 255 + 1,
      priority: 100,
      interval: 1000,
      addresses: [`10.77.1.${i % 255 + 1}`],
      authentication: version === 2 ? "pass" as const : "none" as const,
      password: version === 2 ? "1111" : "",
    },
  }));
}

function endpoint(pair: HostPair, vrid: number): AdvertEndpoint {
  const { interface: name, index, address } = pair.right;
  return { interface: name, interfaceIndex: index, family: 4, vrid, group: "224.0.0.18", source: address };
}

function sendAll(sockets: AdvertSockets, outgoing: readonly OutgoingAdvert[]): void {
  for (const advert of outgoing) {
    const result = sockets.send("A", advert);
    if (!result.ok) throw new TypeError(`Cannot send: ${result.reason}`);
  }
}

/** Sends bursts and measures their receiving alone. */
function receiveAll(left: AdvertSockets, right: AdvertSockets, outgoing: readonly OutgoingAdvert[]): number {
  let spent = 0;
  for (let at = 0; at < outgoing.length; at += BURST) {
    const burst = outgoing.slice(at, at + BURST);
    sendAll(left, burst);
    const before = threadCpu();
    let received = 0;
    for (;;) {
      const batch = right.receive(right.descriptors[0]!, 16);
      if (batch.length === 0) break;
      received += batch.length;
    }
    spent += threadCpu() - before;
    if (received !== burst.length) throw new TypeError(`Cannot count: ${received} of ${burst.length} came`);
  }
  return spent;
}

function benchAdverts(libc: Libc, pair: HostPair): void {
  using left = openAdvertSockets(libc);
  using right = openAdvertSockets(libc);
  inHost(libc, pair.left, () => {
    for (const version of [2, 3] as const) {
      const same = adverts(pair, version, PACKETS);
      report(`send 1,000 adverts, version ${version}, nobody listening`, () => sendAll(left, same));
      report(`send 1,000 new adverts, version ${version}, encoding included`, () => {
        const fresh = adverts(pair, version, PACKETS);
        const before = threadCpu();
        sendAll(left, fresh);
        return threadCpu() - before;
      });
    }
  });
  inHost(libc, pair.right, () => {
    for (let vrid = 1; vrid <= 255; vrid++) right.listen(`${vrid}`, endpoint(pair, vrid));
  });
  inHost(libc, pair.left, () => {
    for (const version of [2, 3] as const) {
      const same = adverts(pair, version, PACKETS);
      report(`receive 1,000 adverts, version ${version}, 16 a call`, () => receiveAll(left, right, same));
    }
  });
}

function benchAnnouncements(libc: Libc, pair: HostPair): void {
  using announcer = inHost(libc, pair.left, () => openNeighbourAnnouncer(libc));
  const { index, mac } = pair.left;
  for (const address of ["10.77.1.1", "fd00::1"]) {
    report(`announce 1,000 times ${address}`, () => {
      for (let i = 0; i < PACKETS; i++) announcer.announce(index, mac, address, { router: false });
    });
  }
}

function benchAddresses(libc: Libc, pair: HostPair): void {
  using table = inHost(libc, pair.left, () => openAddressTable(libc));
  const specs: AddressSpec[] = Array.from({ length: 250 }, (_, i) => ({
    interface: pair.left.interface,
    address: `10.80.0.${i + 1}`,
    prefixLength: 32,
    label: null,
    scope: 0,
    broadcast: null,
    peer: null,
    flags: [],
    lease: 60,
    preferredLifetime: null,
  }));
  inHost(libc, pair.left, () => {
    table.add(specs);
    report("refresh 250 leased addresses, one call", () => void table.add(specs));
    report("remove and add 250 addresses", () => {
      table.remove(specs);
      table.add(specs);
    });
  });
}

using libc = openLibc();
using pair = createHostPair();
benchAdverts(libc, pair);
benchAnnouncements(libc, pair);
benchAddresses(libc, pair);
