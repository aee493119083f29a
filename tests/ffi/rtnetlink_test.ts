/**
 * What the kernel's address table and link monitor do beyond the contract that the fakes share.
 */
import assert from "node:assert/strict";
import type { AddressSpec, LinkNotice, LinkWatch } from "../../core/ports.ts";
import { openAddressTable } from "../../ffi/address_table.ts";
import { openEpoll } from "../../ffi/epoll.ts";
import type { Libc } from "../../ffi/libc.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openLinkWatch } from "../../ffi/link_watch.ts";
import { createHostPair, type HostPair, inHost, ip, type TestHost } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";

const WAIT_MS = 3000;

function kernelTest(name: string, body: (libc: Libc, pair: HostPair) => void): void {
  Deno.test({
    ...runsWhere(name, { netns: true }),
    fn() {
      using libc = openLibc();
      using pair = createHostPair();
      body(libc, pair);
    },
  });
}

function spec(host: TestHost, change: Partial<AddressSpec>): AddressSpec {
  return {
    interface: host.interface,
    address: "10.77.0.100",
    prefixLength: 24,
    label: null,
    scope: 0,
    broadcast: null,
    peer: null,
    flags: [],
    lease: null,
    preferredLifetime: null,
    ...change,
  };
}

/** What `ip` says of one address. */
function shown(host: TestHost, address: string): Record<string, unknown> | undefined {
  const [link] = JSON.parse(ip("-n", host.namespace, "-j", "addr", "show", "dev", host.interface));
  return link.addr_info.find(({ local }: { local: string }) => local === address);
}

/** Reads until the notices match, and gives all of them. */
function readUntil(libc: Libc, watch: LinkWatch, enough: (notices: LinkNotice[]) => boolean): LinkNotice[] {
  using epoll = openEpoll(libc);
  epoll.add(watch.descriptor);
  const notices: LinkNotice[] = [];
  while (!enough(notices)) {
    assert.notDeepEqual(epoll.wait(WAIT_MS), [], `nothing more after ${JSON.stringify(notices)}`);
    const more = watch.read();
    assert.notEqual(more, "overrun");
    notices.push(...more as readonly LinkNotice[]);
  }
  return notices;
}

kernelTest("AddressTable.add() gives the address all that its specification says", (libc, { left }) => {
  using table = inHost(libc, left, () => openAddressTable(libc));
  const specs = [
    // The kernel wants one scope for all addresses of a subnet, so that this is another one.
    spec(left, { address: "10.76.0.1", label: "left0:vip", scope: 253, broadcast: "10.76.0.255", lease: 30 }),
    spec(left, { address: "10.78.0.1", prefixLength: 32, peer: "10.79.0.1", flags: ["noprefixroute"] }),
    spec(left, {
      address: "fd00::1",
      prefixLength: 64,
      flags: ["nodad", "home"],
      lease: 60,
      preferredLifetime: 0,
    }),
    spec(left, { address: "fd00::2", prefixLength: 128, flags: ["nodad", "noprefixroute", "mngtmpaddr"] }),
  ];
  inHost(
    libc,
    left,
    () => assert.deepEqual(table.add(specs.slice(0, 3)), specs.slice(0, 3).map(() => ({ ok: true }))),
  );
  const labelled = shown(left, "10.76.0.1")!;
  assert.deepEqual([labelled.label, labelled.scope, labelled.broadcast], [
    "left0:vip",
    "link",
    "10.76.0.255",
  ]);
  assert.ok([29, 30].includes(labelled.valid_life_time as number), JSON.stringify(labelled));
  const linked = shown(left, "10.78.0.1")!;
  assert.deepEqual([linked.address, linked.prefixlen, linked.noprefixroute], ["10.79.0.1", 32, true]);
  const six = shown(left, "fd00::1")!;
  assert.deepEqual([six.nodad, six.home, six.deprecated, six.preferred_life_time], [true, true, true, 0]);
  // The kernel makes temporary addresses of /64 alone, and says so in its own words.
  const [refused] = inHost(libc, left, () => table.add(specs.slice(3)));
  assert.ok(
    !refused!.ok && /^EINVAL \(Invalid argument\): .*prefix length/.test(refused!.reason),
    refused!.ok ? "" : refused!.reason,
  );
});

kernelTest("AddressTable.add() lengthens and ends a lease", (libc, { left }) => {
  using table = inHost(libc, left, () => openAddressTable(libc));
  const life = () => shown(left, "10.77.0.100")!.valid_life_time as number;
  inHost(libc, left, () => {
    for (
      const [lease, least, most] of [[5, 4, 5], [100, 99, 100], [null, 2 ** 32 - 1, 2 ** 32 - 1]] as const
    ) {
      assert.deepEqual(table.add([spec(left, { lease })]), [{ ok: true }]);
      assert.ok(life() >= least && life() <= most, `${life()} s after a lease of ${lease}`);
    }
  });
});

kernelTest("AddressTable works on in the namespace where it was opened", (libc, { left }) => {
  using table = inHost(libc, left, () => openAddressTable(libc));
  // The name is looked up in the thread's namespace, so that the interface must be found there.
  assert.ok(!table.add([spec(left, {})])[0]!.ok);
  inHost(libc, left, () => assert.ok(table.add([spec(left, {})])[0]!.ok));
});

kernelTest("AddressTable refuses an address over IPv6 that the kernel has switched off", (libc, { left }) => {
  ip("netns", "exec", left.namespace, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/left0/disable_ipv6");
  using table = inHost(libc, left, () => openAddressTable(libc));
  const [refused] = inHost(
    libc,
    left,
    () => table.add([spec(left, { address: "fd00::1", prefixLength: 64 })]),
  );
  assert.ok(
    !refused!.ok && refused!.reason.startsWith("EACCES (Permission denied)"),
    JSON.stringify(refused),
  );
});

kernelTest("LinkWatch tells of a renamed interface as one that went and one that came", (libc, { left }) => {
  using watch = inHost(libc, left, () => openLinkWatch(libc));
  watch.snapshot();
  ip("-n", left.namespace, "link", "set", "left0", "down");
  ip("-n", left.namespace, "link", "set", "left0", "name", "renamed0");
  const notices = readUntil(libc, watch, (all) => all.some(({ kind }) => kind === "link.removed"));
  const went = notices.findIndex(({ kind }) => kind === "link.removed");
  assert.deepEqual(notices[went], { kind: "link.removed", name: "left0" });
  const came = notices[went + 1]!;
  assert.ok(came.kind === "link.changed" && came.link.name === "renamed0" && came.link.index === left.index);
});

kernelTest("LinkWatch tells of a new interface, its address, and its end", (libc, { left }) => {
  using watch = inHost(libc, left, () => openLinkWatch(libc));
  watch.snapshot();
  const run = (...args: string[]) => ip("-n", left.namespace, ...args);
  run("link", "add", "new0", "type", "veth", "peer", "name", "new1");
  run("addr", "add", "10.88.0.1/24", "dev", "new0");
  run("addr", "add", "10.88.0.2/24", "dev", "new0");
  run("link", "del", "new0");
  const notices = readUntil(
    libc,
    watch,
    (all) => all.filter(({ kind }) => kind === "link.removed").length === 2,
  );
  const told = (kind: LinkNotice["kind"]) =>
    notices.flatMap((notice) => notice.kind === kind && "address" in notice ? [notice.address] : [])
      .filter(({ address }) => address.startsWith("10.88."));
  assert.deepEqual(told("address.added").map(({ interface: name, secondary }) => [name, secondary]), [
    ["new0", false],
    ["new0", true],
  ]);
  assert.equal(told("address.removed").length, 2);
  const removed = notices.flatMap((notice) => notice.kind === "link.removed" ? [notice.name] : []);
  assert.deepEqual(removed.sort(), ["new0", "new1"]);
});

kernelTest("LinkWatch does not take a port that leaves its bridge for a link that went", (libc, { left }) => {
  using watch = inHost(libc, left, () => openLinkWatch(libc));
  const run = (...args: string[]) => ip("-n", left.namespace, ...args);
  run("link", "add", "bridge0", "type", "bridge");
  run("link", "set", "left0", "master", "bridge0");
  watch.snapshot();
  run("link", "set", "left0", "nomaster");
  run("link", "add", "last0", "type", "veth", "peer", "name", "last1");
  const notices = readUntil(
    libc,
    watch,
    (all) => all.some((notice) => notice.kind === "link.changed" && notice.link.name === "last0"),
  );
  assert.ok(!notices.some(({ kind }) => kind === "link.removed"), JSON.stringify(notices));
});

kernelTest("LinkWatch tells of the carrier", (libc, { left, right }) => {
  using watch = inHost(libc, left, () => openLinkWatch(libc));
  watch.snapshot();
  ip("-n", right.namespace, "link", "set", "right0", "down");
  readUntil(libc, watch, (all) => all.some((notice) => notice.kind === "link.changed" && !notice.link.up));
  ip("-n", right.namespace, "link", "set", "right0", "up");
  readUntil(libc, watch, (all) => all.some((notice) => notice.kind === "link.changed" && notice.link.up));
});

kernelTest("LinkWatch tells when an address stops being tentative", (libc, { left }) => {
  ip("netns", "exec", left.namespace, "sh", "-c", "echo 1 > /proc/sys/net/ipv6/conf/left0/accept_dad");
  using watch = inHost(libc, left, () => openLinkWatch(libc));
  watch.snapshot();
  ip("-n", left.namespace, "addr", "add", "fd00::5/64", "dev", "left0");
  const notices = readUntil(
    libc,
    watch,
    (all) => all.some((notice) => notice.kind === "address.added" && !notice.address.tentative),
  );
  const states = notices.flatMap((notice) =>
    notice.kind === "address.added" ? [notice.address.tentative] : []
  );
  assert.deepEqual(states, [true, false]);
});

kernelTest("LinkWatch says overrun where it is not read, and goes on after it", (libc, { left }) => {
  using watch = inHost(libc, left, () => openLinkWatch(libc));
  using table = inHost(libc, left, () => openAddressTable(libc));
  const specs = Array.from(
    { length: 250 },
    (_, i) => spec(left, { address: `10.80.0.${i + 1}`, prefixLength: 32 }),
  );
  inHost(libc, left, () => {
    for (let round = 0; round < 60; round++) {
      table.add(specs);
      table.remove(specs);
    }
  });
  assert.ok(drain(watch), "no overrun after 30,000 notices");
  assert.equal(watch.snapshot().filter(({ kind }) => kind === "link.changed").length, 2);
  inHost(libc, left, () => table.add([spec(left, {})]));
  readUntil(libc, watch, (all) => all.some(({ kind }) => kind === "address.added"));
});

/** Reads until nothing is queued; whether there was an overrun on the way. */
function drain(watch: LinkWatch): boolean {
  let overrun = false;
  for (;;) {
    const notices = watch.read();
    if (notices === "overrun") overrun = true;
    else if (notices.length === 0) return overrun;
  }
}

kernelTest("openLinkWatch() leaves out renewals of IPv4 addresses alone", (libc, { left }) => {
  using table = inHost(libc, left, () => openAddressTable(libc));
  using watch = inHost(libc, left, () => openLinkWatch(libc, table.renewalPort));
  const address = spec(left, { lease: 30 });
  const change = (work: () => unknown) => void inHost(libc, left, work);
  const about = (notices: readonly LinkNotice[]) =>
    notices.flatMap((notice) =>
      "address" in notice && notice.address.address === address.address ? [notice.kind] : []
    );
  change(() => assert.deepEqual(table.add([address]), [{ ok: true }]));
  change(() => assert.deepEqual(table.renew([{ ...address, lease: 60 }]), [{ ok: true }]));
  assert.ok([59, 60].includes(shown(left, address.address)!.valid_life_time as number));
  ip("-n", left.namespace, "addr", "del", "10.77.0.100/24", "dev", left.interface);
  // What is gone comes back by a renewal, unheard; the loss was heard, and with it the engine adds it anew.
  change(() => assert.deepEqual(table.renew([address]), [{ ok: true }]));
  change(() => assert.deepEqual(table.add([address]), [{ ok: true }]));
  ip(
    "-n",
    left.namespace,
    "addr",
    "change",
    "10.77.0.100/24",
    "dev",
    left.interface,
    "valid_lft",
    "40",
    "preferred_lft",
    "40",
  );
  ip("-n", left.namespace, "addr", "add", "10.77.0.101/24", "dev", left.interface);
  const notices = readUntil(
    libc,
    watch,
    (heard) =>
      heard.some((notice) => notice.kind === "address.added" && notice.address.address === "10.77.0.101"),
  );
  assert.deepEqual(about(notices), ["address.added", "address.removed", "address.added", "address.added"]);
});

kernelTest("openLinkWatch() hears of a lease that ended though it was renewed before", (libc, { left }) => {
  using table = inHost(libc, left, () => openAddressTable(libc));
  using watch = inHost(libc, left, () => openLinkWatch(libc, table.renewalPort));
  const address = spec(left, { lease: 1 });
  inHost(libc, left, () => table.add([address]));
  inHost(libc, left, () => table.renew([address]));
  const notices = readUntil(libc, watch, (heard) => heard.some(({ kind }) => kind === "address.removed"));
  assert.deepEqual(notices.map(({ kind }) => kind).filter((kind) => kind.startsWith("address")), [
    "address.added",
    "address.removed",
  ]);
});
