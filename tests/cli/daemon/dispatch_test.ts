import assert from "node:assert/strict";
import { type Outlets, perform, specOf } from "../../../cli/daemon/dispatch.ts";
import { LinkInventory } from "../../../cli/daemon/link_inventory.ts";
import type { MainEffect } from "../../../cli/daemon/thread_messages.ts";
import type { AdvertSend, Effect } from "../../../core/engine/effect.ts";
import { command, vip } from "../../support/models.ts";
import { fakeKernel, HOST, REFUSED } from "../fake_kernel.ts";

function setUp() {
  const kernel = fakeKernel();
  const inventory = new LinkInventory();
  for (const notice of HOST) inventory.apply(notice);
  const handed: MainEffect[] = [];
  const outlets: Outlets = {
    adverts: kernel.adverts,
    bfd: kernel.bfd,
    addresses: kernel.addresses,
    announcer: kernel.announcer,
    routes: kernel.routes,
    virtualLinks: kernel.virtualLinks,
    settings: kernel.settings,
    filter: kernel.filter,
    inventory,
    forwardsIpv6: kernel.forwardsIpv6,
    hand: (effect) => handed.push(effect),
  };
  return { kernel, outlets, handed };
}

const SEND: AdvertSend = {
  kind: "advert.send",
  instance: "VI_1",
  interface: "eth0",
  source: "10.0.0.1",
  destinations: ["10.0.0.2", "10.0.0.3"],
  ttl: 255,
  checksumWithoutPseudoHeader: false,
  advertisement: {
    version: 2,
    vrid: 51,
    priority: 100,
    interval: 1000,
    addresses: ["10.0.0.100"],
    authentication: "none",
    password: "",
  },
};

const LISTEN = {
  instance: "VI_1",
  interface: "eth0",
  vrid: 51,
  family: 4,
  group: "224.0.0.18",
  source: "10.0.0.1",
} as const;

Deno.test("perform() hands an advertisement to the sockets", () => {
  const { kernel, outlets } = setUp();
  assert.deepEqual(perform(outlets, SEND), []);
  assert.deepEqual(kernel.calls, [["send", "VI_1", 100]]);
});

Deno.test("perform() turns a refused advertisement into an event that names the destinations", () => {
  const { kernel, outlets } = setUp();
  kernel.answers.set("send", REFUSED);
  assert.deepEqual(perform(outlets, SEND), [{
    kind: "effect.failed",
    effect: "advert.send",
    instance: "VI_1",
    subject: "10.0.0.2, 10.0.0.3",
    reason: "EPERM (Operation not permitted)",
  }]);
});

Deno.test("perform() listens on the index of the interface", () => {
  const { kernel, outlets } = setUp();
  assert.deepEqual(perform(outlets, { kind: "advert.listen", listen: { ...LISTEN, interface: "eth1" } }), []);
  assert.deepEqual(kernel.calls, [["listen", "VI_1", "eth1", 3]]);
});

Deno.test("perform() refuses to listen on an interface that is not there", () => {
  const { kernel, outlets } = setUp();
  const failures = perform(outlets, { kind: "advert.listen", listen: { ...LISTEN, interface: "eth9" } });
  assert.equal(failures[0]?.reason, "ENODEV (No such device)");
  assert.equal(failures[0]?.subject, "eth9");
  assert.deepEqual(kernel.calls, []);
});

Deno.test("perform() reports each refused address of a batch", () => {
  const { kernel, outlets } = setUp();
  kernel.answers.set("add", REFUSED);
  const addresses = [{ ...vip("10.0.0.100"), lease: 5 }, { ...vip("10.0.0.101"), lease: 5 }];
  const failures = perform(outlets, { kind: "address.add", instance: "VI_1", addresses });
  assert.deepEqual(failures.map(({ effect, subject }) => [effect, subject]), [
    ["address.add", "10.0.0.100"],
    ["address.add", "10.0.0.101"],
  ]);
});

Deno.test("perform() renews addresses that the host is known to have, and adds where one of them is missing", () => {
  const { kernel, outlets } = setUp();
  const [known, other] = [{ ...vip("10.0.0.100"), lease: 5 }, { ...vip("10.0.0.101"), lease: 5 }];
  const { address, prefixLength } = known;
  outlets.inventory.apply({
    kind: "address.added",
    address: { interface: known.interface, address, prefixLength, secondary: false, tentative: false },
  });
  for (const addresses of [[known], [known, other]]) {
    perform(outlets, { kind: "address.add", instance: "VI_1", addresses });
  }
  assert.deepEqual(kernel.calls.map(([name]) => name), ["renew", "add", "add"]);
});

Deno.test("perform() announces with the interface's own MAC, as a router only where the host forwards", () => {
  const { kernel, outlets } = setUp();
  const addresses = [
    { address: "10.0.0.100", interface: "eth0" },
    { address: "2001:db8::1", interface: "eth0" },
    { address: "2001:db8::2", interface: "eth1" },
    { address: "2001:db8::3", interface: "eth9" },
  ];
  const failures = perform(outlets, { kind: "address.announce", instance: "VI_1", addresses });
  assert.deepEqual(kernel.calls, [
    ["announce", 2, "02:00:00:00:00:02", "10.0.0.100", false],
    ["announce", 2, "02:00:00:00:00:02", "2001:db8::1", false],
    ["announce", 3, "02:00:00:00:00:03", "2001:db8::2", true],
  ]);
  assert.deepEqual(failures.map(({ subject, reason }) => [subject, reason]), [
    ["2001:db8::3", "ENODEV (No such device)"],
  ]);
});

Deno.test("perform() hands everything that may wait to the main thread, in order", () => {
  const { kernel, outlets, handed } = setUp();
  const effects: Effect[] = [
    { kind: "log", message: { level: "info", code: "a.b", text: "text", fields: {} } },
    { kind: "script.run", script: "chk", command: command("/bin/true"), timeout: 1000 },
    { kind: "status.changed", instance: "VI_1" },
    { kind: "stopped" },
  ];
  for (const effect of effects) assert.deepEqual(perform(outlets, effect), []);
  assert.deepEqual(handed, effects);
  assert.deepEqual(kernel.calls, []);
});

Deno.test("specOf() skips duplicate detection of IPv6 VIPs unless it is asked for", () => {
  const lease = 5;
  assert.deepEqual(specOf({ ...vip("2001:db8::1", { prefixLength: 64 }), lease }).flags, ["nodad"]);
  const wanted = vip("2001:db8::1", { prefixLength: 64, duplicateDetection: true });
  assert.deepEqual(specOf({ ...wanted, lease }).flags, []);
  assert.deepEqual(specOf({ ...vip("10.0.0.1"), lease }).flags, []);
});

Deno.test("specOf() deprecates an IPv6 VIP of /128 as a source unless a lifetime is given", () => {
  const lease = 5;
  assert.equal(specOf({ ...vip("2001:db8::1"), lease }).preferredLifetime, 0);
  assert.equal(specOf({ ...vip("2001:db8::1", { preferredLifetime: 60 }), lease }).preferredLifetime, 60);
  assert.equal(specOf({ ...vip("2001:db8::1", { prefixLength: 64 }), lease }).preferredLifetime, null);
  assert.equal(specOf({ ...vip("10.0.0.1"), lease }).preferredLifetime, null);
});
