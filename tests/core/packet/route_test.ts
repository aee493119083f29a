import assert from "node:assert/strict";
import { NLM_F } from "../../../core/packet/netlink.ts";
import {
  decodeRoute,
  encodeDeleteRoute,
  encodeNewRoute,
  ROUTE_METRICS,
  ROUTE_TYPES,
  type RouteHop,
  type RouteRequest,
  RT_TABLE,
  RTPROT_KEEPALIVED,
} from "../../../core/packet/route.ts";
import { only, parts, recordedMessages, recordedRequest } from "./recorded.ts";

const PLAIN: RouteRequest = {
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
  hops: [],
  metrics: [],
  congestionControl: null,
  realms: null,
  expires: null,
  preference: null,
  placement: "prepend",
};

const HOP: RouteHop = { gateway: "10.9.0.2", index: 7, onlink: false, weight: 1 };

const FULL: RouteRequest = {
  ...PLAIN,
  table: 300,
  priority: 5,
  source: "10.9.0.1",
  hops: [{ ...HOP, onlink: true }],
  metrics: [
    { number: ROUTE_METRICS.mtu!, value: 1400, lock: true },
    { number: ROUTE_METRICS.advmss!, value: 1300, lock: false },
  ],
};

/** iproute2 names the main table in the header alone, and "all addresses" with its address; the kernel takes either. */
function withoutMainTable(message: Parameters<typeof parts>[0]) {
  const { attributes, ...rest } = parts(message);
  return { ...rest, attributes: attributes.filter((line) => !/^(15: fe000000|1: 0{32})$/.test(line)) };
}

Deno.test("encodeNewRoute() says what ip says: gateway, source, table, metric, onlink", () => {
  // Nested attributes are marked as such here, and not by ip.
  const unmarked = (lines: string[]) => lines.map((line) => line.replace(/^32776:/, "8:"));
  const [ours, recorded] = [parts(only(encodeNewRoute(FULL))), parts(recordedRequest("add route"))];
  assert.equal(ours.fixed, recorded.fixed);
  const order = (line: string) => line.startsWith("8: ") ? [...line.slice(3).match(/.{16}/g)!].sort() : line;
  assert.deepEqual(unmarked(ours.attributes).map(order), recorded.attributes.map(order));
});

Deno.test("encodeNewRoute() says what ip says: several hops, no hop, no gateway, IPv6, a gateway of IPv6", () => {
  const cases = {
    "add multipath route": {
      ...PLAIN,
      destination: "10.11.0.0",
      hops: [{ ...HOP, weight: 3 }, { ...HOP, gateway: "10.9.0.3" }],
    },
    "add blackhole route": { ...PLAIN, destination: "10.12.0.0", type: "blackhole" },
    "add connected route": {
      ...PLAIN,
      destination: "10.13.0.0",
      hops: [{ ...HOP, gateway: null }],
      placement: "append",
    },
    "add default route 6": {
      ...PLAIN,
      family: 6,
      destination: "::",
      prefixLength: 0,
      hops: [{ ...HOP, gateway: "fe80::2" }],
      priority: 10,
      preference: "high",
    },
    "add route via 6": { ...PLAIN, destination: "10.14.0.0", hops: [{ ...HOP, gateway: "fe80::2" }] },
  } as const satisfies Record<string, RouteRequest>;
  for (const [name, request] of Object.entries(cases)) {
    const recorded = recordedRequest(name as keyof typeof cases);
    const ours = only(encodeNewRoute(request));
    assert.deepEqual(withoutMainTable(ours), withoutMainTable(recorded), name);
    assert.equal(ours.flags, recorded.flags, name);
  }
});

Deno.test("encodeNewRoute() adds beside others, or only where there is none", () => {
  const flags = (placement: RouteRequest["placement"]) => only(encodeNewRoute({ ...PLAIN, placement })).flags;
  const basis = NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE;
  assert.deepEqual([flags("prepend"), flags("append"), flags("add")], [
    basis,
    basis | NLM_F.APPEND,
    basis | NLM_F.EXCL,
  ]);
});

Deno.test("encodeDeleteRoute() says what ip says", () => {
  const request: RouteRequest = { ...PLAIN, table: 300, priority: 5, hops: [HOP] };
  const [ours, recorded] = [
    parts(only(encodeDeleteRoute(request, false))),
    parts(recordedRequest("delete route")),
  ];
  assert.deepEqual(ours.attributes, recorded.attributes);
  // ip leaves the type open.
  assert.equal(ours.fixed.slice(0, 14), recorded.fixed.slice(0, 14));
});

Deno.test("encodeDeleteRoute() leaves the way out where any route to there is meant", () => {
  const { attributes } = parts(only(encodeDeleteRoute(FULL, true)));
  assert.deepEqual(attributes, ["15: 2c010000", "1: 0a0a0000", "6: 05000000"]);
});

Deno.test("decodeRoute() reads the kernel's dump", () => {
  const routes = recordedMessages("show routes").map(decodeRoute).filter((route) => route !== null)
    .filter(({ protocol }) => protocol === RTPROT_KEEPALIVED);
  const find = (destination: string) => routes.find((route) => route.destination === destination);
  assert.deepEqual(find("10.10.0.0"), {
    kind: "new",
    family: 4,
    destination: "10.10.0.0",
    prefixLength: 16,
    tos: 0,
    table: 300,
    protocol: RTPROT_KEEPALIVED,
    type: ROUTE_TYPES.unicast,
    priority: 5,
    gateway: "10.9.0.2",
    index: 7,
  });
  assert.deepEqual([find("10.11.0.0")?.gateway, find("10.11.0.0")?.index], [null, 0]);
  assert.equal(find("10.12.0.0")?.type, ROUTE_TYPES.blackhole);
  assert.deepEqual([find("10.13.0.0")?.gateway, find("10.13.0.0")?.index], [null, 7]);
  assert.equal(find("10.14.0.0")?.gateway, "fe80::2");
});

Deno.test("decodeRoute() reads what encodeNewRoute() writes, and never throws", () => {
  const request = { ...PLAIN, family: 6, destination: "2001:db8::", prefixLength: 32, hops: [HOP] } as const;
  const message = only(encodeNewRoute({ ...request, hops: [{ ...HOP, gateway: "2001:db8::1" }] }));
  const { destination, gateway, index } = decodeRoute(message)!;
  assert.deepEqual([destination, gateway, index], ["2001:db8::", "2001:db8::1", 7]);
  for (let length = 0; length < message.payload.length; length++) {
    decodeRoute({ ...message, payload: message.payload.subarray(0, length) });
  }
});
