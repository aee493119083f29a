/**
 * The two worlds that a contract test runs in: two hosts in memory, and two hosts made of network namespaces.
 *
 * One test body for both keeps the fakes honest.
 */
import type { AddressTable, AdvertSockets, LinkWatch, NeighbourAnnouncer } from "../../core/ports.ts";
import { openAddressTable } from "../../ffi/address_table.ts";
import { openAdvertSockets } from "../../ffi/advert_socket.ts";
import { openEpoll } from "../../ffi/epoll.ts";
import { openLibc } from "../../ffi/libc.ts";
import type { Libc } from "../../ffi/libc.ts";
import { openLinkWatch } from "../../ffi/link_watch.ts";
import { openNeighbourAnnouncer } from "../../ffi/neighbour_announcer.ts";
import { openClock } from "../../ffi/timer.ts";
import { type FakeHost, FakeLan } from "../fakes/fake_lan.ts";
import { createHostPair, inHost, ip, type TestHost } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";

const FAKE_STEP_MS = 10;

/** A host with one interface and the ports onto it. */
export interface ContractHost {
  readonly interface: string;
  readonly index: number;
  readonly mac: string;
  readonly address: string;
  readonly address6: string;
  /** Runs `work` on this host: a port may open sockets in any of its calls. */
  run<Result>(work: () => Result): Result;
  openAdvertSockets(): AdvertSockets;
  openAddressTable(): AddressTable;
  openNeighbourAnnouncer(): NeighbourAnnouncer;
  openLinkWatch(): LinkWatch;
  setLink(up: boolean): void;
}

/** Two hosts on one LAN. */
export interface ContractWorld extends Disposable {
  readonly left: ContractHost;
  readonly right: ContractHost;
  /**
   * Lets time pass until `probe` gives something else than null, and gives that; null after `ms`.
   *
   * The probe is asked whenever one of the descriptors can be read.
   */
  waitFor<Result>(descriptors: readonly number[], probe: () => Result | null, ms: number): Result | null;
}

/** Registers one test body twice: with the fakes, and with the kernel where that is possible. */
export function contract(name: string, body: (world: ContractWorld) => void): void {
  Deno.test(`${name} (fake)`, () => {
    using world = createFakeWorld();
    body(world);
  });
  Deno.test({
    ...runsWhere(`${name} (kernel)`, { netns: true }),
    fn() {
      using world = createKernelWorld();
      body(world);
    },
  });
}

function createFakeWorld(): ContractWorld {
  const lan = new FakeLan();
  return {
    left: fakeHost(lan.addHost(), "left0", "02:00:00:00:00:01", "10.77.0.1", "fe80::1"),
    right: fakeHost(lan.addHost(), "right0", "02:00:00:00:00:02", "10.77.0.2", "fe80::2"),
    waitFor(_descriptors, probe, ms) {
      for (let waited = 0; waited <= ms; waited += FAKE_STEP_MS) {
        const result = probe();
        if (result !== null) return result;
        lan.advance(FAKE_STEP_MS);
      }
      return null;
    },
    [Symbol.dispose]() {},
  };
}

function fakeHost(
  host: FakeHost,
  name: string,
  mac: string,
  address: string,
  address6: string,
): ContractHost {
  const { index } = host.addInterface(name, mac);
  const held = {
    interface: name,
    label: null,
    broadcast: null,
    peer: null,
    flags: [],
    preferredLifetime: null,
  };
  host.holdAddress({ ...held, address, prefixLength: 24, scope: 0, lease: null });
  host.holdAddress({ ...held, address: address6, prefixLength: 64, scope: 253, lease: null });
  return {
    interface: name,
    index,
    mac,
    address,
    address6,
    run: (work) => work(),
    openAdvertSockets: () => host.openAdvertSockets(),
    openAddressTable: () => host.openAddressTable(),
    openNeighbourAnnouncer: () => host.openNeighbourAnnouncer(),
    openLinkWatch: () => host.openLinkWatch(),
    setLink: (up) => host.setLink(name, up),
  };
}

function createKernelWorld(): ContractWorld {
  const libc = openLibc();
  const pair = createHostPair();
  const clock = openClock(libc);
  return {
    left: kernelHost(libc, pair.left),
    right: kernelHost(libc, pair.right),
    waitFor(descriptors, probe, ms) {
      using epoll = openEpoll(libc);
      for (const descriptor of descriptors) epoll.add(descriptor);
      const end = clock() + ms;
      for (;;) {
        const result = probe();
        const left = end - clock();
        if (result !== null || left <= 0) return result;
        epoll.wait(Math.ceil(left));
      }
    },
    [Symbol.dispose]() {
      pair[Symbol.dispose]();
      libc[Symbol.dispose]();
    },
  };
}

function kernelHost(libc: Libc, host: TestHost): ContractHost {
  const run = <Result>(work: () => Result) => inHost(libc, host, work);
  return {
    ...host,
    run,
    openAdvertSockets: () => openAdvertSockets(libc),
    openAddressTable: () => run(() => openAddressTable(libc)),
    openNeighbourAnnouncer: () => run(() => openNeighbourAnnouncer(libc)),
    openLinkWatch: () => run(() => openLinkWatch(libc)),
    setLink: (up) => void ip("-n", host.namespace, "link", "set", host.interface, up ? "up" : "down"),
  };
}
