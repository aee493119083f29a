/**
 * Routes, rules and static entries on a simulated host: there while they should be, and put back.
 */
import assert from "node:assert/strict";
import { parseConfig } from "../../core/config/config.ts";
import type { Model } from "../../core/config/model.ts";
import { SimulatedLan } from "../../core/sim/lan.ts";
import type { SimulatedNode } from "../../core/sim/node.ts";

const STATIC = `
track_group G { group { VI_1 } }
static_ipaddress { 10.0.0.9/24 dev eth0 track_group G }
static_routes { 10.20.0.0/16 via 10.0.0.254 dev eth0 track_group G }
static_rules { from 10.20.0.0/16 table 5 }
`;

function instance(lines: string, priority = 100): string {
  return `vrrp_instance VI_1 {
    interface eth0
    virtual_router_id 51
    priority ${priority}
    virtual_ipaddress { 10.0.0.100/24 }
    ${lines}
  }`;
}

const OBJECTS = `
  virtual_routes {
    10.10.0.0/16 via 10.0.0.254 dev eth0 metric 5
    default via 10.0.0.254 dev eth0 table 100
    2001:db8::/32 via fe80::1 dev eth0
  }
  virtual_rules {
    from 10.0.0.100/32 table 100
    to 10.30.0.0/16 table 100 preference 77
    from 10.0.0.200 table 100
  }`;

const ROUTES = [
  "10.10.0.0/16 via 10.0.0.254 dev eth0 metric 5",
  "2001:db8::/32 via fe80::1 dev eth0",
  "default via 10.0.0.254 dev eth0 table 100",
];
const RULES = [
  "from 10.0.0.100/32 lookup 100 preference 16384",
  "from 10.0.0.200/32 lookup 100 preference 16383",
  "to 10.30.0.0/16 lookup 100 preference 77",
];

function modelOf(text: string): Model {
  const { model, fatal, diagnostics } = parseConfig(text);
  assert.ok(!fatal, JSON.stringify(diagnostics));
  return model;
}

function host(lan: SimulatedLan, name: string, text: string, last: number): SimulatedNode {
  const node = lan.add({
    name,
    model: modelOf(text),
    interfaces: [{ name: "eth0", segment: "lan0", address: `10.0.0.${last}`, prefixLength: 24 }],
  });
  node.start(lan.now);
  return node;
}

function status(node: SimulatedNode) {
  return node.engine.snapshot(0, 0).instances[0]!;
}

Deno.test("routes and rules are there while their instance is master, and with nobody else", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", instance(OBJECTS, 150), 1);
  const b = host(lan, "b", instance(OBJECTS, 100), 2);
  assert.deepEqual(a.routes, []);
  lan.run(5000);
  assert.deepEqual(a.routes, [...ROUTES, ...RULES].sort());
  assert.deepEqual(b.routes, []);
  a.take({ kind: "stop" }, lan.now);
  assert.deepEqual(a.routes, []);
  lan.run(2000);
  assert.deepEqual(b.routes, [...ROUTES, ...RULES].sort());
});

Deno.test("routes come after the addresses that they may need, and go before them", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", instance(OBJECTS), 1);
  const kinds: string[] = [];
  const step = a.engine.step.bind(a.engine);
  a.engine.step = (event, now) => {
    const effects = step(event, now);
    kinds.push(
      ...effects.map(({ kind }) => kind).filter((kind) => /^(route|rule|address|advert.send)/.test(kind)),
    );
    return effects;
  };
  lan.runUntil(() => status(a).state === "master", 5000);
  lan.run(10);
  assert.deepEqual(kinds.slice(0, 4), ["advert.send", "address.add", "route.add", "rule.add"]);
  kinds.length = 0;
  a.take({ kind: "stop" }, lan.now);
  assert.deepEqual(kinds, ["advert.send", "rule.remove", "route.remove", "address.remove"]);
});

Deno.test("what somebody else removes is put back, and counted", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", instance(OBJECTS), 1);
  lan.run(5000);
  for (const text of [...ROUTES, ...RULES]) {
    a.removeRoute(text, lan.now);
    lan.run(1);
    assert.ok(a.routes.includes(text), text);
  }
  assert.equal(status(a).counters.address_restored, 6);
  assert.match(a.log.at(-1)!.text, /setting Virtual Rules/);
});

Deno.test("no_track leaves a removed route alone", () => {
  const lan = new SimulatedLan();
  const route = "10.10.0.0/16 via 10.0.0.254 dev eth0";
  const a = host(lan, "a", instance(`virtual_routes { ${route} no_track }`), 1);
  lan.run(5000);
  a.removeRoute(route, lan.now);
  lan.run(5000);
  assert.deepEqual(a.routes, []);
});

Deno.test("routes that vanish with a link come back with it", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", instance(`dont_track_primary ${OBJECTS}`), 1);
  lan.run(5000);
  a.setLink("eth0", false, lan.now);
  assert.deepEqual(a.routes, RULES);
  lan.run(500);
  assert.equal(status(a).state, "master");
  a.setLink("eth0", true, lan.now);
  lan.run(1);
  assert.deepEqual(a.routes, [...ROUTES, ...RULES].sort());
  assert.equal(status(a).counters.address_restored, 0, "nobody took them");
});

Deno.test("what a crash leaves is removed at the next start, wherever it leads", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", instance(OBJECTS), 1);
  lan.run(5000);
  a.kill();
  a.model = modelOf(instance("virtual_routes { 10.10.0.0/16 via 10.0.0.253 dev eth0 metric 5 }"));
  a.restart(lan.now);
  assert.ok(!a.routes.includes(ROUTES[0]!));
});

Deno.test("a reload exchanges routes and rules of a master", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", instance(OBJECTS), 1);
  lan.run(5000);
  const route = "10.11.0.0/16 via 10.0.0.254 dev eth0";
  a.reload(
    modelOf(instance(`virtual_routes { ${route} } virtual_rules { from 10.0.0.200 table 100 }`)),
    lan.now,
  );
  lan.run(10);
  assert.equal(status(a).state, "master");
  assert.deepEqual(a.routes, [route, "from 10.0.0.200/32 lookup 100 preference 16384"]);
  assert.equal(status(a).counters.address_restored, 0);
});

Deno.test("static entries are there from start to stop, and put back", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", STATIC + instance(""), 1);
  const [route, rule] = [
    "10.20.0.0/16 via 10.0.0.254 dev eth0",
    "from 10.20.0.0/16 lookup 5 preference 16384",
  ];
  assert.equal(status(a).state, "backup");
  assert.ok(a.holds("10.0.0.9"));
  assert.deepEqual(a.routes, [route, rule]);
  a.removeAddress("10.0.0.9", lan.now);
  a.removeRoute(route, lan.now);
  a.removeRoute(rule, lan.now);
  lan.run(1);
  assert.ok(a.holds("10.0.0.9"));
  assert.deepEqual(a.routes, [route, rule]);
  a.setLink("eth0", false, lan.now);
  assert.deepEqual(a.routes, [rule]);
  a.setLink("eth0", true, lan.now);
  assert.deepEqual(a.routes, [route, rule]);
  a.take({ kind: "stop" }, lan.now);
  assert.ok(!a.holds("10.0.0.9"));
  assert.deepEqual(a.routes, []);
});

Deno.test("a static address is a source, and no FAULT is seen while it comes", () => {
  const lan = new SimulatedLan();
  const node = lan.add({
    name: "a",
    model: modelOf(STATIC + instance("")),
    interfaces: [{ name: "eth0", segment: "lan0", address: "fe80::1", prefixLength: 64 }],
  });
  node.start(lan.now);
  assert.deepEqual([status(node).state, status(node).source], ["backup", "10.0.0.9"]);
  assert.deepEqual(node.log.filter(({ text }) => text.includes("FAULT")), []);
});

Deno.test("a static route that the kernel refuses faults its track group until it is there", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", STATIC + instance(""), 1);
  const route = "10.20.0.0/16 via 10.0.0.254 dev eth0";
  a.refusedRoutes.add(route);
  a.removeRoute(route, lan.now);
  assert.equal(status(a).state, "fault");
  assert.deepEqual(status(a).faults, [`static route ${route} is missing`]);
  assert.equal(a.log.filter(({ text }) => text.includes("cannot add static route")).length, 1);
  a.refusedRoutes.clear();
  a.setLink("eth0", false, lan.now);
  a.setLink("eth0", true, lan.now);
  assert.equal(status(a).state, "backup");
});

Deno.test("a reload exchanges static entries", () => {
  const lan = new SimulatedLan();
  const a = host(lan, "a", STATIC + instance(""), 1);
  const changed =
    `static_ipaddress { 10.0.0.8/24 dev eth0 } static_routes { 10.21.0.0/16 via 10.0.0.254 dev eth0 }`;
  a.reload(modelOf(changed + instance("")), lan.now);
  assert.deepEqual(a.addresses, ["10.0.0.1/24 dev eth0", "10.0.0.8/24 dev eth0"]);
  assert.deepEqual(a.routes, ["10.21.0.0/16 via 10.0.0.254 dev eth0"]);
});
