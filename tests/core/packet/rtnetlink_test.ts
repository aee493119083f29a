import assert from "node:assert/strict";
import fc from "fast-check";
import { toHex } from "../../../core/net/bytes.ts";
import {
  decodeAnswer,
  decodeAttributes,
  decodeNetlink,
  encodeNetlink,
  type NetlinkMessage,
  NLM_F,
  NLMSG,
  writeAttribute,
  writeAttributeU32,
  writeNested,
} from "../../../core/packet/netlink.ts";
import {
  type AddressRequest,
  ARPHRD_ETHER,
  decodeAddress,
  decodeLink,
  encodeDeleteAddress,
  encodeDeleteLink,
  encodeGetAddresses,
  encodeGetLinks,
  encodeLinkFlags,
  encodeNewAddress,
  encodeNewMacvlan,
  FOREVER,
  IFA_F,
  IFF,
  RTM,
} from "../../../core/packet/rtnetlink.ts";
import { only, parts, recordedMessages, recordedRequest } from "./recorded.ts";
import { netlinkExchange } from "./golden.ts";

const VIP: AddressRequest = {
  index: 7,
  local: "10.9.0.100",
  prefixLength: 24,
  peer: null,
  scope: 253,
  flags: 0,
  label: "v0:1",
  broadcast: "10.9.0.255",
  validLifetime: 5,
  preferredLifetime: null,
};

Deno.test("encodeNewAddress() says what ip says", () => {
  assert.deepEqual(parts(only(encodeNewAddress(VIP))), parts(recordedRequest("add address")));
  assert.deepEqual(
    parts(only(encodeNewAddress({
      ...VIP,
      local: "fd00::1",
      prefixLength: 64,
      scope: 0,
      flags: IFA_F.NODAD | IFA_F.NOPREFIXROUTE,
      label: null,
      broadcast: null,
      validLifetime: 9,
      preferredLifetime: 0,
    }))),
    parts(recordedRequest("add address 6")),
  );
  assert.deepEqual(
    parts(only(encodeNewAddress({
      ...VIP,
      local: "10.8.0.1",
      peer: "10.8.0.2",
      prefixLength: 32,
      scope: 0,
      label: null,
      broadcast: null,
      validLifetime: null,
    }))),
    parts(recordedRequest("add peer")),
  );
});

Deno.test("encodeNewAddress() asks to create or replace, and for an answer", () => {
  const { flags } = only(encodeNewAddress(VIP));
  assert.equal(flags, NLM_F.REQUEST | NLM_F.ACK | NLM_F.CREATE | NLM_F.REPLACE);
  assert.equal(flags, recordedRequest("add address").flags);
});

Deno.test("encodeDeleteAddress() says what ip says", () => {
  const recorded = recordedRequest("delete address");
  const ours = parts(only(encodeDeleteAddress(VIP)));
  // The kernel looks at neither the scope nor the flags that ip fills in.
  assert.deepEqual(ours.attributes, parts(recorded).attributes);
  assert.equal(ours.fixed.slice(0, 4), parts(recorded).fixed.slice(0, 4));
  assert.equal(ours.fixed.slice(8), parts(recorded).fixed.slice(8));
});

Deno.test("encodeNewMacvlan() says what ip says", () => {
  const request = { name: "vrrp.9", parentIndex: 7, mac: "00:00:5e:00:01:09", mode: 1, group: null };
  const nested = (message: NetlinkMessage) => {
    const { attributes, ...rest } = parts(message);
    // A string may end in NUL or not.
    return { ...rest, attributes: attributes.map((line) => line.replace(/00$/, "")) };
  };
  const ours = nested(only(encodeNewMacvlan(request)));
  const recorded = nested(recordedRequest("add macvlan"));
  const withoutInfo = (lines: string[]) => lines.filter((line) => !line.startsWith("18:"));
  assert.deepEqual(withoutInfo(ours.attributes), withoutInfo(recorded.attributes));
  const info = ours.attributes.find((line) => line.startsWith("18:"))!;
  assert.match(info, new RegExp(`^18: .*${toHex(new TextEncoder().encode("macvlan"))}.*08000100010000`));
});

Deno.test("encodeDeleteLink(), encodeLinkFlags() and the dumps name their object", () => {
  assert.deepEqual(parts(only(encodeDeleteLink(9))), {
    type: RTM.DELLINK,
    fixed: `00000000${"09000000"}${"0".repeat(16)}`,
    attributes: [],
  });
  assert.equal(
    parts(only(encodeLinkFlags(9, IFF.UP, IFF.UP))).fixed,
    "00000000" + "09000000" + "01000000" + "01000000",
  );
  for (const dump of [encodeGetLinks(), encodeGetAddresses(null)]) {
    assert.equal(only(dump).flags, NLM_F.REQUEST | NLM_F.DUMP);
  }
  assert.deepEqual(
    [null, 4, 6].map((family) => only(encodeGetAddresses(family as 4 | 6 | null)).payload[0]),
    [0, 2, 10],
  );
});

Deno.test("decodeLink() reads the kernel's dump", () => {
  const links = recordedMessages("show links").map(decodeLink).filter((link) => link !== null);
  assert.deepEqual(links.map(({ name }) => name), ["lo", "v1", "v0"]);
  const { index, flags, hardwareType, mac, mtu, driver, kind } = links[2]!;
  assert.deepEqual({ index, hardwareType, mac, mtu, driver, kind }, {
    index: 7,
    hardwareType: ARPHRD_ETHER,
    mac: "02:00:00:00:00:01",
    mtu: 1500,
    driver: "veth",
    kind: "new",
  });
  assert.equal(flags & (IFF.UP | IFF.RUNNING | IFF.NOARP), IFF.UP | IFF.RUNNING);
  assert.equal(recordedMessages("show links").at(-1)!.type, NLMSG.DONE);
});

Deno.test("decodeLink() does not take a bridge port for a link", () => {
  const message = recordedMessages("show links").find(({ type }) => type === RTM.NEWLINK);
  assert.notEqual(decodeLink(message!), null);
  const payload = message!.payload.slice();
  payload[0] = 7;
  assert.equal(decodeLink({ ...message!, payload }), null);
});

Deno.test("decodeAddress() reads the kernel's dump", () => {
  const addresses = recordedMessages("show addresses").map(decodeAddress).filter((address) =>
    address !== null
  );
  const find = (local: string) => addresses.find((address) => address.local === local);
  assert.deepEqual(find("10.9.0.100"), {
    kind: "new",
    family: 4,
    index: 7,
    local: "10.9.0.100",
    peer: "10.9.0.100",
    prefixLength: 24,
    scope: 253,
    flags: 0,
    label: "v0:1",
    broadcast: "10.9.0.255",
    preferredLifetime: 5,
    validLifetime: 5,
    protocol: 0,
  });
  assert.deepEqual([find("10.8.0.1")?.peer, find("10.8.0.1")?.validLifetime], ["10.8.0.2", FOREVER]);
  const six = find("fd00::1")!;
  assert.deepEqual([six.preferredLifetime, six.validLifetime, six.scope], [0, 9, 0]);
  assert.equal(six.flags, IFA_F.NODAD | IFA_F.NOPREFIXROUTE | IFA_F.DEPRECATED);
  assert.ok(find("127.0.0.1") && find("::1"));
});

Deno.test("decodeAddress() reads what encodeNewAddress() writes", () => {
  const { local, prefixLength, scope, label, broadcast } = VIP;
  const decoded = decodeAddress(only(encodeNewAddress({ ...VIP, validLifetime: 60, preferredLifetime: 90 })));
  assert.deepEqual(decoded && { ...decoded }, {
    kind: "new",
    family: 4,
    index: 7,
    local,
    peer: local,
    prefixLength,
    scope,
    flags: 0,
    label,
    broadcast,
    // Preferred is never longer than valid: the kernel would refuse it.
    preferredLifetime: 60,
    validLifetime: 60,
    protocol: 0,
  });
});

Deno.test("decodeAnswer() reads acknowledgements and refusals with the kernel's words", () => {
  const acknowledged = decodeAnswer(recordedMessages("delete address").at(-1)!)!;
  assert.deepEqual([acknowledged.errno, acknowledged.text], [0, null]);
  const refused = decodeAnswer(recordedMessages("add again").at(-1)!)!;
  assert.deepEqual([refused.errno, refused.text], [17, "ipv4: Address already assigned"]);
  assert.equal(refused.sequence, only(netlinkExchange("add again").toKernel.at(-1)!).sequence);
  assert.equal(decodeAnswer(recordedMessages("show links").at(-1)!), null);
});

Deno.test("decodeNetlink() takes several messages from one datagram and drops a broken rest", () => {
  const one = encodeNetlink({ type: 20, flags: 1, sequence: 3 }, (writer) => writer.u8(7));
  const two = encodeNetlink({ type: 21, flags: 2, sequence: 4 }, () => {});
  const datagram = Uint8Array.of(...one, ...two);
  assert.deepEqual(
    decodeNetlink(datagram).map(({ type, flags, sequence, payload }) => [type, flags, sequence, ...payload]),
    [
      [20, 1, 3, 7],
      [21, 2, 4],
    ],
  );
  for (let length = one.length; length < datagram.length; length++) {
    assert.equal(decodeNetlink(datagram.subarray(0, length)).length, 1);
  }
  const lying = datagram.slice();
  new DataView(lying.buffer).setUint32(0, 5, true);
  assert.deepEqual(decodeNetlink(lying), []);
});

Deno.test("decodeAttributes() undoes the writers", () => {
  const message = encodeNetlink({ type: 1, flags: 0, sequence: 0 }, (writer) => {
    writeAttribute(writer, 1, Uint8Array.of(1, 2, 3));
    writeNested(writer, 2, () => writeAttributeU32(writer, 5, 0xdeadbeef));
    writeAttribute(writer, 3, new Uint8Array());
  });
  const attributes = decodeAttributes(only(message).payload);
  assert.deepEqual(attributes.map(({ type, value }) => [type, toHex(value)]), [[1, "010203"], [
    2,
    "08000500efbeadde",
  ], [3, ""]]);
});

Deno.test("the netlink decoders never throw", () => {
  const recorded = (["show links", "show addresses", "add again"] as const).flatMap((name) =>
    netlinkExchange(name).fromKernel
  );
  const decodeAll = (datagram: Uint8Array) => {
    for (const message of decodeNetlink(datagram)) {
      decodeLink(message);
      decodeAddress(message);
      decodeAnswer(message);
    }
  };
  for (const datagram of recorded) {
    for (let length = 0; length < datagram.length; length += 7) decodeAll(datagram.subarray(0, length));
  }
  const aMutation = fc.tuple(
    fc.constantFrom(...recorded),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 8 }),
  );
  fc.assert(
    fc.property(aMutation, ([datagram, changes]) => {
      const changed = datagram.slice();
      for (const [at, octet] of changes) changed[at % changed.length] = octet;
      decodeAll(changed);
    }),
    { numRuns: 1000 },
  );
});
