/** `ha realserver` on switches and a table in memory. */
import assert from "node:assert/strict";
import type { IpAddress } from "../../../core/net/address.ts";
import type { AddressTable, OsResult } from "../../../core/ports.ts";
import {
  type RealServerHost,
  type SavedState,
  startRealServer,
  statusOfRealServer,
  stopRealServer,
} from "../../../cli/realserver/real_server.ts";

const [ONE, TWO] = ["192.0.2.10", "192.0.2.11"];
const QUIET = {
  "all/arp_ignore": "1",
  "all/arp_announce": "2",
  "lo/arp_ignore": "1",
  "lo/arp_announce": "2",
};

/** A host whose switches are as the kernel has them, but one that somebody has set already. */
function host() {
  const addresses = new Set<IpAddress>();
  const switches: Record<string, string> = {
    "all/arp_ignore": "0",
    "all/arp_announce": "2",
    "lo/arp_ignore": "0",
    "lo/arp_announce": "0",
  };
  let saved: SavedState | null = null;
  const refused: OsResult = { ok: false, errno: 1, reason: "EPERM (Operation not permitted)" };
  const state = { refuses: false };
  const add = (each: IpAddress): OsResult => {
    if (state.refuses) return refused;
    addresses.add(each);
    return { ok: true };
  };
  const table: AddressTable = {
    add: (specs) => specs.map(({ address }) => add(address)),
    renew: () => [],
    remove: (removals) =>
      removals.map(({ address }) => {
        addresses.delete(address);
        return { ok: true };
      }),
    [Symbol.dispose]() {},
  };
  const doors: RealServerHost = {
    interface: "lo",
    table,
    switches: {
      read: (name) => switches[name]!,
      write: (name, value) => switches[name] = value,
    },
    present: () => [...addresses],
    load: () => saved,
    save: (next) => saved = next,
  };
  return { addresses, switches, saved: () => saved, doors, refuse: () => state.refuses = true };
}

Deno.test("a real server takes addresses up, is quiet about them, and puts all back with the last one", () => {
  const { doors, addresses, switches, saved } = host();
  const before = { ...switches };
  assert.ok(startRealServer(doors, [ONE]).ok);
  assert.ok(startRealServer(doors, [TWO]).ok);
  assert.deepEqual([[...addresses], switches], [[ONE, TWO], QUIET]);
  stopRealServer(doors, [ONE]);
  assert.deepEqual([[...addresses], switches], [[TWO], QUIET]);
  stopRealServer(doors, [TWO]);
  assert.deepEqual([[...addresses], switches, saved()], [[], before, null]);
});

Deno.test("a switch that somebody has set meanwhile stays as it is", () => {
  const { doors, switches } = host();
  startRealServer(doors, [ONE]);
  switches["lo/arp_ignore"] = "3";
  assert.deepEqual(statusOfRealServer(doors, [ONE]), {
    lines: [`${ONE} is on lo`, "lo/arp_ignore is 3, not 1"],
    ok: false,
  });
  stopRealServer(doors, [ONE]);
  assert.deepEqual(switches, {
    "all/arp_ignore": "0",
    "all/arp_announce": "2",
    "lo/arp_ignore": "3",
    "lo/arp_announce": "0",
  });
});

Deno.test("an address that the kernel refuses is told of, and what was there before is not forgotten", () => {
  const { doors, switches, refuse } = host();
  const before = { ...switches };
  refuse();
  assert.throws(() => startRealServer(doors, [ONE]), {
    message: `Cannot add ${ONE}: EPERM (Operation not permitted)`,
  });
  stopRealServer(doors, [ONE]);
  assert.deepEqual(switches, before);
});
