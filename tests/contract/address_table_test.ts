import assert from "node:assert/strict";
import type { AddressSpec, LinkNotice, LinkWatch, OsResult } from "../../core/ports.ts";
import { ERRNO } from "../../ffi/errno.ts";
import { contract, type ContractHost, type ContractWorld } from "./world.ts";

const WAIT_MS = 2000;
const DONE: OsResult = { ok: true };

function spec(host: ContractHost, address: string, prefixLength = 24): AddressSpec {
  return {
    interface: host.interface,
    address,
    prefixLength,
    label: null,
    scope: 0,
    broadcast: null,
    peer: null,
    flags: address.includes(":") ? ["nodad"] : [],
    lease: null,
    preferredLifetime: null,
  };
}

/** Waits until the watch has told of `kind` for every address; false where it did not. */
function told(
  world: ContractWorld,
  watch: LinkWatch,
  kind: LinkNotice["kind"],
  addresses: readonly string[],
  ms = WAIT_MS,
): boolean {
  const missing = new Set(addresses);
  const probe = () => {
    const notices = watch.read();
    assert.notEqual(notices, "overrun");
    for (const notice of notices as readonly LinkNotice[]) {
      if (notice.kind === kind && "address" in notice) missing.delete(notice.address.address);
    }
    return missing.size === 0 ? true : null;
  };
  return world.waitFor([watch.descriptor], probe, ms) ?? false;
}

function held(watch: LinkWatch): string[] {
  return watch.snapshot().flatMap((notice) =>
    notice.kind === "address.added" ? [`${notice.address.address}/${notice.address.prefixLength}`] : []
  );
}

for (const [address, prefixLength] of [["10.77.0.100", 24], ["fd00:77::100", 64]] as const) {
  contract(`AddressTable adds, refreshes and removes ${address}`, (world) => {
    using table = world.left.openAddressTable();
    using watch = world.left.openLinkWatch();
    world.left.run(() => {
      const added = spec(world.left, address, prefixLength);
      assert.deepEqual(table.add([added]), [DONE]);
      assert.ok(told(world, watch, "address.added", [address]));
      assert.ok(held(watch).includes(`${address}/${prefixLength}`));
      assert.deepEqual(table.add([{ ...added, lease: 60 }]), [DONE]);
      assert.equal(held(watch).filter((one) => one.startsWith(`${address}/`)).length, 1);
      assert.deepEqual(table.renew([{ ...added, lease: 70 }]), [DONE]);
      assert.equal(held(watch).filter((one) => one.startsWith(`${address}/`)).length, 1);
      assert.deepEqual(table.remove([added]), [DONE]);
      assert.ok(told(world, watch, "address.removed", [address]));
      assert.ok(!held(watch).includes(`${address}/${prefixLength}`));
    });
  });

  contract(`AddressTable lets ${address} go at the end of its lease`, (world) => {
    using table = world.left.openAddressTable();
    using watch = world.left.openLinkWatch();
    world.left.run(() => {
      assert.deepEqual(table.add([{ ...spec(world.left, address, prefixLength), lease: 1 }]), [DONE]);
      assert.ok(told(world, watch, "address.added", [address]));
      assert.ok(told(world, watch, "address.removed", [address], 4000));
      assert.ok(!held(watch).includes(`${address}/${prefixLength}`));
    });
  });
}

contract("AddressTable.remove() takes an absent address or interface for success", (world) => {
  using table = world.left.openAddressTable();
  world.left.run(() => {
    const absent = spec(world.left, "10.77.0.200");
    assert.deepEqual(table.remove([absent, { ...absent, interface: "eth9" }]), [DONE, DONE]);
  });
});

contract("AddressTable.remove() leaves the same address of another prefix length alone", (world) => {
  using table = world.left.openAddressTable();
  using watch = world.left.openLinkWatch();
  world.left.run(() => {
    assert.deepEqual(table.add([spec(world.left, "10.77.0.100", 32)]), [DONE]);
    assert.deepEqual(table.remove([spec(world.left, "10.77.0.100", 24)]), [DONE]);
    assert.ok(held(watch).includes("10.77.0.100/32"));
  });
});

contract("AddressTable.remove() finds a point-to-point address by its peer", (world) => {
  using table = world.left.openAddressTable();
  using watch = world.left.openLinkWatch();
  world.left.run(() => {
    const link = { ...spec(world.left, "10.78.0.1", 32), peer: "10.79.0.1" };
    assert.deepEqual(table.add([link]), [DONE]);
    assert.ok(held(watch).includes("10.78.0.1/32"));
    assert.deepEqual(table.remove([link]), [DONE]);
    assert.ok(!held(watch).includes("10.78.0.1/32"));
  });
});

contract("AddressTable.add() gives each address its own result, in order", (world) => {
  using table = world.left.openAddressTable();
  using watch = world.left.openLinkWatch();
  world.left.run(() => {
    const results = table.add([
      spec(world.left, "10.77.0.101"),
      { ...spec(world.left, "10.77.0.102"), interface: "eth9" },
      { ...spec(world.left, "10.77.0.103"), label: "left0:far-too-long" },
      spec(world.left, "10.77.0.104"),
    ]);
    assert.deepEqual(results.map(({ ok }) => ok), [true, false, false, true]);
    assert.ok(!results[1]!.ok && results[1].errno === ERRNO.ENODEV);
    assert.match(results[1].reason, /^ENODEV \(No such device\)/);
    const added = held(watch);
    assert.ok(added.includes("10.77.0.101/24") && added.includes("10.77.0.104/24"));
    assert.ok(!added.some((one) => one.startsWith("10.77.0.102/") || one.startsWith("10.77.0.103/")));
  });
});

contract("AddressTable takes 250 addresses in one call", (world) => {
  using table = world.left.openAddressTable();
  using watch = world.left.openLinkWatch();
  world.left.run(() => {
    const before = held(watch);
    const many = Array.from(
      { length: 250 },
      (_, i) => ({ ...spec(world.left, `10.80.0.${i + 1}`, 32), lease: 60 }),
    );
    assert.deepEqual(table.add(many), many.map(() => DONE));
    assert.ok(told(world, watch, "address.added", many.map(({ address }) => address)));
    assert.equal(held(watch).length, before.length + many.length);
    assert.deepEqual(table.remove(many), many.map(() => DONE));
    assert.deepEqual(held(watch), before);
    assert.deepEqual([table.add([]), table.remove([])], [[], []]);
  });
});
