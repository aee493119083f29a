/**
 * Reconciling tables: what is left to do, and nothing more.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { reconcile } from "../../../core/lvs/reconcile.ts";
import { type IpvsServiceId, serviceKey, type TableEntry } from "../../../core/packet/ipvs.ts";
import { applyOperation } from "./apply_operation.ts";

const ids: readonly IpvsServiceId[] = [
  { kind: "address", protocol: "tcp", address: "10.0.0.1", port: 80 },
  { kind: "address", protocol: "udp", address: "10.0.0.1", port: 80 },
  { kind: "address", protocol: "tcp", address: "fd00::1", port: 443 },
  { kind: "fwmark", mark: 7, family: 4 },
  { kind: "fwmark", mark: 7, family: 6 },
];

const tunnel = fc.record({
  type: fc.constantFrom("ipip", "gue", "gre"),
  port: fc.constantFrom(0, 6080),
  checksum: fc.constantFrom("none", "checksum", "remote"),
});

const destination = fc.record({
  address: fc.constantFrom("10.0.0.11", "10.0.0.12", "10.0.0.13"),
  port: fc.constantFrom(0, 80, 8080),
  forwarding: fc.constantFrom("nat", "direct", "tunnel"),
  tunnel: fc.option(tunnel),
  weight: fc.nat(3),
  upperThreshold: fc.nat(1),
  lowerThreshold: fc.nat(1),
}).map((each) => ({
  ...each,
  tunnel: each.forwarding === "tunnel" ? each.tunnel ?? PLAIN : null,
}));

const PLAIN = { type: "ipip", port: 0, checksum: "none" };

const entry = fc.record({
  service: fc.record({
    id: fc.constantFrom(...ids),
    scheduler: fc.constantFrom("rr", "wlc"),
    flags: fc.constantFrom(0, 1),
    timeout: fc.constantFrom(0, 360),
    persistenceMask: fc.constantFrom(0xffffff00, 0xffffffff),
    persistenceEngine: fc.constantFrom(null, "sip"),
  }),
  destinations: fc.uniqueArray(destination, { selector: ({ address, port }) => `${address} ${port}` }),
}) as fc.Arbitrary<TableEntry>;

const table = fc.uniqueArray(entry, { selector: ({ service }) => serviceKey(service.id) });

function normal(entries: Iterable<TableEntry>): unknown {
  // Plain copies: fast-check makes objects without a prototype.
  const copy = JSON.parse(JSON.stringify([...entries])) as TableEntry[];
  return copy.map(({ service, destinations }) => ({
    service,
    destinations: destinations.toSorted((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1),
  })).sort((a, b) => JSON.stringify(a.service.id) < JSON.stringify(b.service.id) ? -1 : 1);
}

function applied(actual: readonly TableEntry[], desired: readonly TableEntry[]) {
  const result = new Map(actual.map((each) => [serviceKey(each.service.id), each]));
  const operations = reconcile(desired, actual);
  for (const operation of operations) applyOperation(result, operation);
  return { result, operations };
}

Deno.test("reconcile() leads from any table to any other", () => {
  fc.assert(fc.property(table, table, (actual, desired) => {
    assert.deepEqual(normal(applied(actual, desired).result.values()), normal(desired));
  }));
});

Deno.test("reconcile() has nothing to do where nothing differs", () => {
  fc.assert(fc.property(table, (both) => {
    assert.deepEqual(reconcile(both, structuredClone(both)), []);
  }));
});

Deno.test("reconcile() touches no entry that is right already", () => {
  fc.assert(fc.property(table, table, (actual, desired) => {
    const right = new Set(
      actual.flatMap(({ service, destinations }) =>
        destinations.map((each) => JSON.stringify([service.id, each]))
      ),
    );
    for (const operation of applied(actual, desired).operations) {
      if (!("destination" in operation) || operation.kind === "destination.delete") continue;
      const service = actual.find((each) => serviceKey(each.service.id) === serviceKey(operation.id));
      if (service !== undefined) {
        assert.ok(!right.has(JSON.stringify([service.service.id, operation.destination])));
      }
    }
  }));
});

Deno.test("reconcile() adds destinations before it removes others", () => {
  fc.assert(fc.property(table, table, (actual, desired) => {
    const removed = new Set<string>();
    for (const operation of applied(actual, desired).operations) {
      if (!("destination" in operation)) continue;
      const key = serviceKey(operation.id);
      if (operation.kind === "destination.delete") removed.add(key);
      else assert.ok(!removed.has(key));
    }
  }));
});
