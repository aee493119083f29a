import assert from "node:assert/strict";
import { reachForKernel } from "../../cli/daemon/dress_rehearsal.ts";
import { openAddressTable } from "../../ffi/address_table.ts";
import { openAdvertSockets } from "../../ffi/advert_socket.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openLinkWatch } from "../../ffi/link_watch.ts";
import { openNeighbourAnnouncer } from "../../ffi/neighbour_announcer.ts";
import { createHostPair, inHost, ip } from "../support/host_pair.ts";
import { instance, vip } from "../support/models.ts";
import { runsWhere } from "../support/skip.ts";

const ADDRESSES = { 4: "10.77.0.100", 6: "fd00:77::100" } as const;

for (const family of [4, 6] as const) {
  Deno.test({
    ...runsWhere(`reachForKernel() is refused at every step and changes nothing: IPv${family}`, {
      netns: true,
    }),
    fn() {
      using libc = openLibc();
      using pair = createHostPair();
      const { left } = pair;
      using adverts = inHost(libc, left, () => openAdvertSockets(libc));
      using addresses = inHost(libc, left, () => openAddressTable(libc));
      using announcer = inHost(libc, left, () => openNeighbourAnnouncer(libc));
      using watch = inHost(libc, left, () => openLinkWatch(libc));
      const node = instance({
        family,
        version: 3,
        interface: left.interface,
        addresses: [vip(ADDRESSES[family], { interface: left.interface })],
      });
      const sent = () =>
        JSON.parse(ip("-n", left.namespace, "-j", "-s", "link", "show", left.interface))[0].stats64.tx
          .packets;
      const attempt = () => {
        const before = sent();
        const results = inHost(libc, left, () => reachForKernel({ adverts, addresses, announcer }, node));
        const reasons = results.map((result) => result.ok ? "done" : result.reason.slice(0, 6));
        assert.deepEqual(reasons, [family === 4 ? "EACCES" : "EINVAL", "EINVAL", "ENXIO "]);
        return sent() - before;
      };
      // The kernel says a few words of its own on a new link; ours would be there every time.
      assert.ok(Array.from({ length: 5 }, attempt).includes(0));
      assert.deepEqual(watch.read(), []);
    },
  });
}

for (const family of [4, 6] as const) {
  Deno.test({
    ...runsWhere(
      `reachForKernel() leaves the loopback's own address alone where the VIP is there: IPv${family}`,
      {
        netns: true,
      },
    ),
    fn() {
      using libc = openLibc();
      using pair = createHostPair();
      const { left } = pair;
      ip("-n", left.namespace, "link", "set", "lo", "up");
      using adverts = inHost(libc, left, () => openAdvertSockets(libc));
      using addresses = inHost(libc, left, () => openAddressTable(libc));
      using announcer = inHost(libc, left, () => openNeighbourAnnouncer(libc));
      const node = instance({
        family,
        version: 3,
        interface: left.interface,
        addresses: [vip(ADDRESSES[family], { interface: "lo" })],
      });
      const loopback = () => ip("-n", left.namespace, "-o", "address", "show", "lo");
      const before = loopback();
      assert.match(before, /::1\/128 .*forever/);
      const results = inHost(libc, left, () => reachForKernel({ adverts, addresses, announcer }, node));
      assert.ok(results.every((result) => !result.ok), JSON.stringify(results));
      assert.equal(loopback(), before);
    },
  });
}
