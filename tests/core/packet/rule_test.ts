import assert from "node:assert/strict";
import { NLM_F } from "../../../core/packet/netlink.ts";
import { RT_TABLE, RTPROT_KEEPALIVED } from "../../../core/packet/route.ts";
import {
  decodeRule,
  encodeDeleteRule,
  encodeNewRule,
  RULE_ACTIONS,
  type RuleRequest,
} from "../../../core/packet/rule.ts";
import { only, parts, recordedMessages, recordedRequest } from "./recorded.ts";

const PLAIN: RuleRequest = {
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
};

const FULL: RuleRequest = {
  ...PLAIN,
  from: { address: "10.9.0.0", prefixLength: 24 },
  to: { address: "10.1.0.0", prefixLength: 16 },
  mark: { value: 3, mask: 0xff },
  inputInterface: "v0",
};

const CASES = {
  "add rule": FULL,
  "add rule 6": {
    ...PLAIN,
    family: 6,
    priority: 78,
    action: "prohibit",
    table: 0,
    not: true,
    from: { address: "2001:db8::", prefixLength: 32 },
    outputInterface: "v0",
    ipProtocol: 6,
    sourcePorts: { first: 1, last: 20 },
    destinationPorts: { first: 80, last: 80 },
    users: { first: 0, last: 10 },
  },
  "add rule goto": { ...PLAIN, priority: 79, action: "goto", table: 0, goto: 32766, tos: 0x10 },
  "add rule suppress": {
    ...PLAIN,
    priority: 80,
    table: RT_TABLE.MAIN,
    to: { address: "10.2.0.0", prefixLength: 16 },
    suppressPrefixLength: 0,
  },
} as const satisfies Record<string, RuleRequest>;

/** iproute2 names a small table in the header alone, and writes "all" as no octets; the kernel takes either. */
function withoutSmallTable(message: Parameters<typeof parts>[0]) {
  const { attributes, ...rest } = parts(message);
  const kept = attributes.filter((line) => !/^(15: ..000000|2: )$/.test(line));
  // A name may end in NUL or not.
  return { ...rest, attributes: kept.map((line) => line.replace(/^(3|17): (.*?)(00)?$/, "$1: $2")) };
}

Deno.test("encodeNewRule() says what ip says, and refuses a second one of the same", () => {
  for (const [name, request] of Object.entries(CASES)) {
    const ours = only(encodeNewRule(request));
    const recorded = recordedRequest(name as keyof typeof CASES);
    assert.deepEqual(withoutSmallTable(ours), withoutSmallTable(recorded), name);
    assert.equal(ours.flags, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.EXCL);
    assert.equal(ours.flags, recorded.flags);
  }
});

Deno.test("encodeDeleteRule() says what ip says", () => {
  const ours = withoutSmallTable(only(encodeDeleteRule(FULL)));
  const recorded = withoutSmallTable(recordedRequest("delete rule"));
  assert.deepEqual(ours.attributes, recorded.attributes);
  // ip leaves the action open.
  assert.equal(ours.fixed.slice(0, 14), recorded.fixed.slice(0, 14));
});

Deno.test("decodeRule() reads the kernel's dump", () => {
  const rules = recordedMessages("show rules").map(decodeRule).filter((rule) => rule !== null);
  assert.deepEqual(rules.find(({ priority }) => priority === 77), {
    kind: "new",
    family: 4,
    priority: 77,
    action: RULE_ACTIONS.table,
    table: 300,
    protocol: RTPROT_KEEPALIVED,
    from: { address: "10.9.0.0", prefixLength: 24 },
    to: { address: "10.1.0.0", prefixLength: 16 },
    mark: 3,
    inputInterface: "v0",
  });
  assert.deepEqual(rules.map(({ priority }) => priority), [0, 77, 79, 80, 32766, 32767]);
});

Deno.test("decodeRule() never throws", () => {
  const message = only(encodeNewRule(FULL));
  for (let length = 0; length < message.payload.length; length++) {
    decodeRule({ ...message, payload: message.payload.subarray(0, length) });
  }
});
