import assert from "node:assert/strict";
import type { LinkNotice } from "../../core/ports.ts";
import { contract } from "./world.ts";

const WAIT_MS = 2000;

contract("LinkWatch.snapshot() gives every link, then every address", (world) => {
  using watch = world.left.openLinkWatch();
  const notices = watch.snapshot();
  const kinds = notices.map(({ kind }) => kind);
  assert.equal(kinds.lastIndexOf("link.changed") + 1, kinds.indexOf("address.added"));
  assert.ok(kinds.every((kind) => kind === "link.changed" || kind === "address.added"));
  const link = notices.flatMap((notice) => notice.kind === "link.changed" ? [notice.link] : [])
    .find(({ name }) => name === world.left.interface);
  const { index, mac } = world.left;
  assert.deepEqual(link, {
    name: world.left.interface,
    index,
    mac,
    mtu: 1500,
    up: true,
    arp: true,
    multicast: true,
    driver: "veth",
  });
  const addresses = notices.flatMap((notice) => notice.kind === "address.added" ? [notice.address] : []);
  assert.deepEqual(addresses.find(({ address }) => address === world.left.address), {
    interface: world.left.interface,
    address: world.left.address,
    prefixLength: 24,
    secondary: false,
    tentative: false,
  });
  assert.ok(addresses.some(({ address }) => address === world.left.address6));
});

contract("LinkWatch tells when the link goes down and comes back", (world) => {
  using watch = world.left.openLinkWatch();
  watch.snapshot();
  for (const up of [false, true]) {
    world.left.setLink(up);
    const seen = world.waitFor([watch.descriptor], () => {
      const notices = watch.read() as readonly LinkNotice[];
      return notices.some((notice) => notice.kind === "link.changed" && notice.link.up === up) || null;
    }, WAIT_MS);
    assert.ok(seen, `no notice of up = ${up}`);
  }
});

contract("LinkWatch.read() gives nothing where nothing happened", (world) => {
  using watch = world.left.openLinkWatch();
  watch.snapshot();
  world.waitFor(
    [watch.descriptor],
    () => (watch.read() as readonly LinkNotice[]).length === 0 || null,
    WAIT_MS,
  );
  assert.deepEqual(watch.read(), []);
});
