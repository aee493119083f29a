import assert from "node:assert/strict";
import { contract } from "./world.ts";

contract("NeighbourAnnouncer announces addresses of both families", (world) => {
  using announcer = world.left.openNeighbourAnnouncer();
  const { index, mac } = world.left;
  world.left.run(() => {
    assert.deepEqual(announcer.announce(index, mac, "10.77.0.100", { router: false }), { ok: true });
    assert.deepEqual(announcer.announce(index, mac, "fe80::100", { router: true }), { ok: true });
  });
});

contract("NeighbourAnnouncer reports a missing interface and a dead link", (world) => {
  using announcer = world.left.openNeighbourAnnouncer();
  const { index, mac } = world.left;
  world.left.run(() => {
    const missing = announcer.announce(index + 77, mac, "10.77.0.100", { router: false });
    assert.ok(!missing.ok && missing.reason !== "", JSON.stringify(missing));
    world.left.setLink(false);
    const dead = announcer.announce(index, mac, "10.77.0.100", { router: false });
    assert.ok(!dead.ok && dead.reason.startsWith("ENETDOWN"), JSON.stringify(dead));
  });
});

contract("NeighbourAnnouncer refuses a hardware address that is not Ethernet's", (world) => {
  using announcer = world.left.openNeighbourAnnouncer();
  const refused = world.left.run(() =>
    announcer.announce(world.left.index, "", "10.77.0.100", { router: false })
  );
  assert.ok(!refused.ok && refused.reason.startsWith("EINVAL"), JSON.stringify(refused));
});
