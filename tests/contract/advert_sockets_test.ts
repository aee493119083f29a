import assert from "node:assert/strict";
import type { Family } from "../../core/net/address.ts";
import type {
  AdvertEndpoint,
  AdvertSockets,
  OsResult,
  OutgoingAdvert,
  ReceivedAdvert,
} from "../../core/ports.ts";
import { ERRNO } from "../../ffi/errno.ts";
import { contract, type ContractHost, type ContractWorld } from "./world.ts";

const GROUP: Record<Family, string> = { 4: "224.0.0.18", 6: "ff02::12" };
const VIP: Record<Family, string> = { 4: "10.77.0.100", 6: "fe80::100" };
const WAIT_MS = 2000;

function endpoint(host: ContractHost, vrid: number, family: Family = 4): AdvertEndpoint {
  const source = family === 4 ? host.address : host.address6;
  return {
    interface: host.interface,
    interfaceIndex: host.index,
    family,
    vrid,
    group: GROUP[family],
    source,
  };
}

function advert(host: ContractHost, vrid: number, family: Family = 4): OutgoingAdvert {
  return {
    interface: host.interface,
    source: family === 4 ? host.address : host.address6,
    destinations: [GROUP[family]],
    ttl: 255,
    checksumWithoutPseudoHeader: false,
    advertisement: {
      version: 3,
      vrid,
      priority: 100,
      interval: 1000,
      addresses: [VIP[family]],
      authentication: "none",
      password: "",
    },
  };
}

function succeed(result: OsResult): void {
  assert.deepEqual(result, { ok: true });
}

/** Waits for `count` packets on whatever the sockets listen on. */
function receive(world: ContractWorld, sockets: AdvertSockets, count: number): ReceivedAdvert[] {
  const received: ReceivedAdvert[] = [];
  const probe = () => {
    for (const descriptor of sockets.descriptors) received.push(...sockets.receive(descriptor, 64));
    return received.length >= count ? received : null;
  };
  return world.waitFor(sockets.descriptors, probe, WAIT_MS) ?? received;
}

function vridsOf(received: readonly ReceivedAdvert[]): (number | null)[] {
  return received.map(({ packet }) => packet.vrid);
}

for (const family of [4, 6] as const) {
  contract(`AdvertSockets carries an advertisement to the group over IPv${family}`, (world) => {
    using sender = world.left.openAdvertSockets();
    using receiver = world.right.openAdvertSockets();
    succeed(world.right.run(() => receiver.listen("A", endpoint(world.right, 9, family))));
    succeed(world.left.run(() => sender.send("A", advert(world.left, 9, family))));
    const { source, advertisement } = advert(world.left, 9, family);
    assert.deepEqual(receive(world, receiver, 1), [{
      interface: world.right.interface,
      source,
      destination: GROUP[family],
      ttl: 255,
      packet: {
        ok: true,
        version: 3,
        type: 1,
        vrid: 9,
        priority: advertisement.priority,
        interval: advertisement.interval,
        addresses: advertisement.addresses,
        authenticationType: 0,
        password: "",
        checksum: "valid",
      },
    }]);
  });

  contract(`AdvertSockets keeps out VRIDs that nobody listens for over IPv${family}`, (world) => {
    using sender = world.left.openAdvertSockets();
    using receiver = world.right.openAdvertSockets();
    world.right.run(() => {
      for (const vrid of [1, 31, 32, 255]) {
        succeed(receiver.listen(`${vrid}`, endpoint(world.right, vrid, family)));
      }
    });
    world.left.run(() => {
      for (let vrid = 1; vrid <= 255; vrid++) succeed(sender.send("A", advert(world.left, vrid, family)));
    });
    assert.deepEqual(vridsOf(receive(world, receiver, 4)), [1, 31, 32, 255]);
    assert.deepEqual(receiver.descriptors.flatMap((descriptor) => receiver.receive(descriptor, 64)), []);
  });

  contract(`AdvertSockets delivers unicast to its address only over IPv${family}`, (world) => {
    using sender = world.left.openAdvertSockets();
    using receiver = world.right.openAdvertSockets();
    const own = family === 4 ? world.right.address : world.right.address6;
    world.right.run(() => {
      succeed(receiver.listen("unicast", { ...endpoint(world.right, 9, family), group: null }));
      succeed(receiver.listen("multicast", endpoint(world.right, 9, family)));
    });
    assert.equal(receiver.descriptors.length, 2);
    succeed(
      world.left.run(() => sender.send("A", { ...advert(world.left, 9, family), destinations: [own] })),
    );
    const received = receive(world, receiver, 1);
    assert.deepEqual(received.map(({ destination }) => destination), [own]);
    const [advertReceived] = received;
    assert.ok(advertReceived!.packet.ok && advertReceived!.packet.checksum === "valid");
  });
}

contract("AdvertSockets does not hear its own host", (world) => {
  using left = world.left.openAdvertSockets();
  using right = world.right.openAdvertSockets();
  succeed(world.left.run(() => left.listen("A", endpoint(world.left, 9))));
  succeed(world.right.run(() => right.listen("A", endpoint(world.right, 9))));
  succeed(world.left.run(() => left.send("A", advert(world.left, 9))));
  assert.equal(receive(world, right, 1).length, 1);
  succeed(world.right.run(() => right.send("A", advert(world.right, 9))));
  assert.deepEqual(receive(world, left, 1).map(({ source }) => source), [world.right.address]);
});

contract("AdvertSockets shares one socket between instances of an interface and group", (world) => {
  using sender = world.left.openAdvertSockets();
  using receiver = world.right.openAdvertSockets();
  world.right.run(() => {
    succeed(receiver.listen("A", endpoint(world.right, 1)));
    succeed(receiver.listen("B", { ...endpoint(world.right, 2), source: "10.77.0.3" }));
  });
  assert.equal(receiver.descriptors.length, 1);
  receiver.unlisten("A");
  world.left.run(() => [1, 2].forEach((vrid) => succeed(sender.send("A", advert(world.left, vrid)))));
  assert.deepEqual(vridsOf(receive(world, receiver, 1)), [2]);
  receiver.unlisten("B");
  receiver.unlisten("B");
  assert.deepEqual(receiver.descriptors, []);
});

contract("AdvertSockets listens anew where the same instance listens twice", (world) => {
  using sender = world.left.openAdvertSockets();
  using receiver = world.right.openAdvertSockets();
  world.right.run(() => [1, 2].forEach((vrid) => succeed(receiver.listen("A", endpoint(world.right, vrid)))));
  world.left.run(() => [1, 2].forEach((vrid) => succeed(sender.send("A", advert(world.left, vrid)))));
  assert.deepEqual(vridsOf(receive(world, receiver, 1)), [2]);
});

contract("AdvertSockets.acceptEveryVrid() opens and shuts the filter", (world) => {
  using sender = world.left.openAdvertSockets();
  using receiver = world.right.openAdvertSockets();
  const send = (vrid: number) => world.left.run(() => succeed(sender.send("A", advert(world.left, vrid))));
  succeed(world.right.run(() => receiver.listen("A", endpoint(world.right, 1))));
  receiver.acceptEveryVrid(true);
  send(7);
  assert.deepEqual(vridsOf(receive(world, receiver, 1)), [7]);
  receiver.acceptEveryVrid(false);
  send(7);
  send(1);
  assert.deepEqual(vridsOf(receive(world, receiver, 1)), [1]);
});

contract("AdvertSockets.receive() gives at most what is asked for, in order", (world) => {
  using sender = world.left.openAdvertSockets();
  using receiver = world.right.openAdvertSockets();
  world.right.run(() => [1, 2, 3].forEach((vrid) => receiver.listen(`${vrid}`, endpoint(world.right, vrid))));
  const order = Array.from({ length: 90 }, (_, i) => i % 3 + 1);
  world.left.run(() => order.forEach((vrid) => succeed(sender.send("A", advert(world.left, vrid)))));
  const [descriptor] = receiver.descriptors;
  const pieces = [1, 40, 64, 64].map((limit) => vridsOf(receiver.receive(descriptor!, limit)));
  assert.deepEqual(pieces.map((piece) => piece.length), [1, 40, 49, 0]);
  assert.deepEqual(pieces.flat(), order);
  assert.deepEqual(receiver.receive(descriptor! + 100, 1), []);
});

contract("AdvertSockets names a missing interface", (world) => {
  using sockets = world.left.openAdvertSockets();
  world.left.run(() => {
    const refused = [
      sockets.listen("A", { ...endpoint(world.left, 1), interface: "eth9", interfaceIndex: 99 }),
      sockets.send("A", { ...advert(world.left, 1), interface: "eth9" }),
    ];
    for (const result of refused) {
      assert.ok(!result.ok && result.errno === ERRNO.ENODEV, JSON.stringify(result));
    }
  });
  assert.deepEqual(sockets.descriptors, []);
});

contract("AdvertSockets.send() reports a dead link and recovers with it", (world) => {
  using sender = world.left.openAdvertSockets();
  using receiver = world.right.openAdvertSockets();
  succeed(world.right.run(() => receiver.listen("A", endpoint(world.right, 9))));
  const outgoing = advert(world.left, 9);
  world.left.setLink(false);
  const refused = world.left.run(() => sender.send("A", outgoing));
  assert.ok(!refused.ok, "a send on a link that is down succeeded");
  assert.ok([ERRNO.ENETDOWN, ERRNO.ENETUNREACH].some((errno) => errno === refused.errno), refused.reason);
  world.left.setLink(true);
  const sent = () => world.left.run(() => sender.send("A", outgoing)).ok || null;
  assert.ok(world.waitFor([], sent, WAIT_MS), "a send on a link that came back failed");
  assert.deepEqual(vridsOf(receive(world, receiver, 1)).slice(0, 1), [9]);
});

contract("AdvertSockets.send() reaches every destination", (world) => {
  using sender = world.left.openAdvertSockets();
  using receiver = world.right.openAdvertSockets();
  succeed(world.right.run(() => receiver.listen("A", { ...endpoint(world.right, 9), group: null })));
  const destinations = [world.right.address, GROUP[4], world.right.address];
  succeed(world.left.run(() => sender.send("A", { ...advert(world.left, 9), destinations })));
  assert.equal(receive(world, receiver, 2).length, 2);
});
