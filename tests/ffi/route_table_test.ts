/**
 * Routes and policy rules in the kernel, held against what `ip` shows.
 */
import assert from "node:assert/strict";
import type { RouteNotice, RouteSpec, RouteTable, RouteWatch, RuleSpec } from "../../core/ports.ts";
import { RT_TABLE, RTPROT_KEEPALIVED } from "../../core/packet/route.ts";
import { openEpoll } from "../../ffi/epoll.ts";
import type { Libc } from "../../ffi/libc.ts";
import { openLibc } from "../../ffi/libc.ts";
import { openRouteTable } from "../../ffi/route_table.ts";
import { openRouteWatch } from "../../ffi/route_watch.ts";
import { createHostPair, inHost, ip, type TestHost } from "../support/host_pair.ts";
import { runsWhere } from "../support/skip.ts";

const WAIT_MS = 3000;
const DONE = { ok: true } as const;

interface Bench {
  readonly libc: Libc;
  readonly host: TestHost;
  readonly table: RouteTable;
  readonly watch: RouteWatch;
}

function routeTest(name: string, body: (bench: Bench) => void): void {
  Deno.test({
    ...runsWhere(name, { netns: true }),
    fn() {
      using libc = openLibc();
      using pair = createHostPair();
      inHost(libc, pair.left, () => {
        using table = openRouteTable(libc);
        using watch = openRouteWatch(libc);
        body({ libc, host: pair.left, table, watch });
      });
    },
  });
}

function route(host: TestHost, change: Partial<RouteSpec> = {}): RouteSpec {
  return {
    family: 4,
    destination: "10.10.0.0",
    prefixLength: 16,
    from: null,
    tos: 0,
    table: RT_TABLE.MAIN,
    protocol: RTPROT_KEEPALIVED,
    scope: null,
    type: "unicast",
    priority: 0,
    source: null,
    hops: [{ gateway: "10.77.0.2", interface: host.interface, onlink: false, weight: 1 }],
    metrics: [],
    congestionControl: null,
    realms: null,
    expires: null,
    preference: null,
    placement: "prepend",
    ...change,
  };
}

function rule(change: Partial<RuleSpec> = {}): RuleSpec {
  return {
    family: 4,
    priority: 77,
    action: "table",
    table: 300,
    protocol: RTPROT_KEEPALIVED,
    not: false,
    from: null,
    to: null,
    tos: 0,
    mark: null,
    inputInterface: null,
    outputInterface: null,
    realms: null,
    tunnelId: null,
    suppressPrefixLength: null,
    suppressGroup: null,
    l3mdev: false,
    users: null,
    ipProtocol: null,
    sourcePorts: null,
    destinationPorts: null,
    goto: null,
    ...change,
  };
}

function routes(host: TestHost, family: "-4" | "-6" = "-4"): string[] {
  return ip("-n", host.namespace, family, "route", "show", "table", "all", "proto", "keepalived")
    .split("\n").map((line) => line.trim()).filter((line) => line !== "");
}

function rules(host: TestHost): string[] {
  return ip("-n", host.namespace, "rule").split("\n").filter((line) => line.includes("proto keepalived"));
}

/** Reads notices until there are `count` of them. */
function awaitNotices(libc: Libc, watch: RouteWatch, count: number): RouteNotice[] {
  using epoll = openEpoll(libc);
  epoll.add(watch.descriptor);
  const notices: RouteNotice[] = [];
  while (notices.length < count) {
    assert.notDeepEqual(epoll.wait(WAIT_MS), [], `no more after ${JSON.stringify(notices)}`);
    const more = watch.read();
    assert.notEqual(more, "overrun");
    notices.push(...more as readonly RouteNotice[]);
  }
  return notices;
}

routeTest("addRoutes() makes the routes that ip shows, twice is once", ({ host, table }) => {
  const all = [
    route(host),
    route(host, { destination: "10.11.0.0", table: 300, priority: 5, source: host.address }),
    route(host, { destination: "0.0.0.0", prefixLength: 0, table: 100 }),
    route(host, { destination: "10.12.0.0", type: "blackhole", hops: [] }),
    route(host, {
      destination: "10.13.0.0",
      hops: [{ gateway: "10.99.0.1", interface: host.interface, onlink: true, weight: 1 }],
    }),
    route(host, {
      destination: "10.14.0.0",
      hops: [2, 3].map((last) => ({
        gateway: `10.77.0.${last}`,
        interface: host.interface,
        onlink: false,
        weight: last,
      })),
    }),
    route(host, {
      destination: "10.15.0.0",
      hops: [{ gateway: null, interface: host.interface, onlink: false, weight: 1 }],
      metrics: [{ number: 2, value: 1400, lock: true }],
    }),
  ];
  for (let i = 0; i < 2; i++) assert.deepEqual(table.addRoutes(all), all.map(() => DONE));
  const dev = `dev ${host.interface}`;
  assert.deepEqual(
    routes(host).sort(),
    [
      `10.10.0.0/16 via 10.77.0.2 ${dev}`,
      `10.11.0.0/16 via 10.77.0.2 ${dev} table 300 src ${host.address} metric 5`,
      `10.13.0.0/16 via 10.99.0.1 ${dev} onlink`,
      "10.14.0.0/16",
      `10.15.0.0/16 ${dev} scope link mtu lock 1400`,
      "blackhole 10.12.0.0/16",
      `default via 10.77.0.2 ${dev} table 100`,
      `nexthop via 10.77.0.2 ${dev} weight 2`,
      `nexthop via 10.77.0.3 ${dev} weight 3`,
    ].sort(),
  );
  assert.deepEqual(table.removeRoutes(all, false), all.map(() => DONE));
  assert.deepEqual(routes(host), []);
  assert.deepEqual(table.removeRoutes(all, false), all.map(() => DONE), "gone already");
});

routeTest("addRoutes() knows IPv6", ({ host, table }) => {
  ip("-n", host.namespace, "address", "add", "2001:db8::1/64", "dev", host.interface, "nodad");
  const hop = { gateway: "fe80::99", interface: host.interface, onlink: false, weight: 1 };
  const all = [
    route(host, { family: 6, destination: "2001:db8:1::", prefixLength: 48, hops: [hop] }),
    route(host, { family: 6, destination: "::", prefixLength: 0, hops: [hop], priority: 7, table: 400 }),
    route(host, { destination: "10.14.0.0", hops: [hop] }),
  ];
  assert.deepEqual(table.addRoutes(all), all.map(() => DONE));
  const dev = `dev ${host.interface}`;
  assert.deepEqual(routes(host, "-6").sort(), [
    `2001:db8:1::/48 via fe80::99 ${dev} metric 1024 pref medium`,
    `default via fe80::99 ${dev} table 400 metric 7 pref medium`,
  ]);
  assert.deepEqual(routes(host), [`10.14.0.0/16 via inet6 fe80::99 ${dev}`]);
  assert.deepEqual(table.removeRoutes(all, false), all.map(() => DONE));
  assert.deepEqual([...routes(host), ...routes(host, "-6")], []);
});

routeTest("addRoutes() gives each route its own result", ({ host, table }) => {
  const hop = { interface: host.interface, onlink: false, weight: 1 };
  const [far, absent, good] = table.addRoutes([
    route(host, { hops: [{ ...hop, gateway: "192.0.2.1" }] }),
    route(host, { hops: [{ ...hop, gateway: "10.77.0.2", interface: "eth9" }] }),
    route(host),
  ]);
  assert.match(far!.ok ? "" : far!.reason, /ENETUNREACH.*Nexthop has invalid gateway/);
  assert.match(absent!.ok ? "" : absent!.reason, /ENODEV/);
  assert.deepEqual(good, DONE);
});

routeTest("removeRoutes() loosely takes a route that leads elsewhere, but only ours", ({ host, table }) => {
  ip("-n", host.namespace, "route", "add", "10.10.0.0/16", "via", "10.77.0.9", "proto", "keepalived");
  ip("-n", host.namespace, "route", "add", "10.11.0.0/16", "via", "10.77.0.9", "proto", "static");
  const both = [route(host), route(host, { destination: "10.11.0.0" })];
  table.removeRoutes(both, false);
  assert.equal(routes(host).length, 1, "led elsewhere");
  assert.deepEqual(table.removeRoutes(both, true), [DONE, DONE]);
  assert.deepEqual(routes(host), []);
  assert.match(ip("-n", host.namespace, "route"), /10\.11\.0\.0\/16 via 10\.77\.0\.9/);
});

routeTest("addRules() makes the rules that ip shows, twice is once", ({ host, table }) => {
  const all = [
    rule({
      from: { address: "10.9.0.0", prefixLength: 24 },
      mark: { value: 3, mask: 0xff },
      inputInterface: "eth7",
    }),
    rule({ priority: 78, to: { address: "10.1.0.0", prefixLength: 16 }, table: 100, not: true }),
    rule({ priority: 79, action: "goto", table: 0, goto: 32766 }),
    rule({
      priority: 80,
      action: "unreachable",
      table: 0,
      ipProtocol: 17,
      destinationPorts: { first: 53, last: 53 },
    }),
    rule({ priority: 81, table: 254, suppressPrefixLength: 0 }),
    rule({ priority: 82, users: { first: 1, last: 2 }, outputInterface: "eth8", tos: 16 }),
  ];
  for (let i = 0; i < 2; i++) assert.deepEqual(table.addRules(all), all.map(() => DONE));
  assert.deepEqual(rules(host).map((line) => line.replace(/\s+/g, " ").trim()), [
    "77: from 10.9.0.0/24 fwmark 0x3/0xff iif eth7 [detached] lookup 300 proto keepalived",
    "78: not from all to 10.1.0.0/16 lookup 100 proto keepalived",
    "79: from all goto 32766 proto keepalived",
    "80: from all ipproto udp dport 53 unreachable proto keepalived",
    "81: from all lookup main suppress_prefixlength 0 proto keepalived",
    "82: from all tos 0x10 oif eth8 [detached] uidrange 1-2 lookup 300 proto keepalived",
  ]);
  assert.deepEqual(table.removeRules(all), all.map(() => DONE));
  assert.deepEqual(rules(host), []);
  assert.deepEqual(table.removeRules(all), all.map(() => DONE), "gone already");
});

routeTest(
  "the route watch tells of our routes and rules and of no others",
  ({ libc, host, table, watch }) => {
    const [routeSpec, ruleSpec] = [route(host, { table: 300, priority: 5 }), rule()];
    ip("-n", host.namespace, "route", "add", "10.20.0.0/16", "via", "10.77.0.2", "proto", "static");
    ip("-n", host.namespace, "rule", "add", "from", "10.0.0.1", "table", "5");
    table.addRoutes([routeSpec]);
    table.addRules([ruleSpec]);
    const told = {
      family: 4,
      destination: "10.10.0.0",
      prefixLength: 16,
      type: "unicast",
      table: 300,
      metric: 5,
      tos: 0,
      gateway: "10.77.0.2",
      interface: host.interface,
    };
    const [first, second] = awaitNotices(libc, watch, 2);
    assert.deepEqual(first, { kind: "route.added", route: told });
    assert.equal(second!.kind, "rule.added");
    ip("-n", host.namespace, "route", "del", "10.10.0.0/16", "table", "300");
    ip("-n", host.namespace, "rule", "del", "pref", "77");
    const [third, fourth] = awaitNotices(libc, watch, 2);
    assert.deepEqual(third, { kind: "route.removed", route: told });
    assert.equal(fourth!.kind, "rule.removed");
    assert.deepEqual("rule" in fourth! && [fourth.rule.preference, fourth.rule.table], [77, 300]);
  },
);
