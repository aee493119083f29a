/**
 * The receive checks: every one of them drops, and the first in order decides.
 */
import assert from "node:assert/strict";
import type { VrrpInstance } from "../../../core/config/model.ts";
import { judgePacket, type ReadablePacket, type ReceivedPacket } from "../../../core/vrrp/receive.ts";
import { Signer } from "../../../core/vrrp/signer.ts";
import { instance } from "../../support/models.ts";

const PASS: Partial<VrrpInstance> = { authentication: { type: "pass", password: "secret" } };

function packet(overrides: Partial<ReadablePacket> = {}): ReadablePacket {
  return {
    ok: true,
    version: 2,
    type: 1,
    vrid: 51,
    priority: 150,
    interval: 1000,
    addresses: ["10.0.0.100"],
    authenticationType: 0,
    password: "",
    checksum: "valid",
    ...overrides,
  };
}

function received(overrides: Partial<ReadablePacket> = {}, ip: Partial<ReceivedPacket> = {}): ReceivedPacket {
  return { source: "10.0.0.2", destination: "224.0.0.18", ttl: 255, packet: packet(overrides), ...ip };
}

function verdict(config: Partial<VrrpInstance>, what: ReceivedPacket, checkAddresses = true): string {
  const judgement = judgePacket(instance(config), what, checkAddresses);
  return judgement.ok
    ? ["accepted", ...judgement.remarks.map(({ kind }) => kind)].join(" ")
    : judgement.rejection.kind;
}

const UNICAST: Partial<VrrpInstance> = {
  transport: { mode: "unicast", peers: [{ address: "10.0.0.2", minTtl: null, maxTtl: null }] },
};
const FROM_PEER = { destination: "10.0.0.1" };

const CASES: readonly [string, string, Partial<VrrpInstance>, ReceivedPacket][] = [
  ["a proper packet", "accepted", {}, received()],
  ["an unreadable one", "length", {}, received({}, { packet: { ok: false, error: "short", vrid: 51 } })],
  ["TTL 254 by multicast", "ttl", {}, received({}, { ttl: 254 })],
  ["TTL 3 by unicast", "accepted", UNICAST, received({}, { ...FROM_PEER, ttl: 3 })],
  ["another version", "version", {}, received({ version: 3 })],
  ["version 15", "version", {}, received({ version: 15 })],
  ["an unknown authentication type", "auth_type_unknown", {}, received({ authenticationType: 3 })],
  ["a password where none is expected", "auth_type_mismatch", {}, received({ authenticationType: 1 })],
  ["no password where one is expected", "auth_type_mismatch", PASS, received()],
  ["a wrong password", "auth_failure", PASS, received({ authenticationType: 1, password: "secreT" })],
  ["the right password", "accepted", PASS, received({ authenticationType: 1, password: "secret" })],
  ["another interval in version 2", "interval", {}, received({ interval: 2000 })],
  [
    "another interval in version 3",
    "accepted interval",
    { version: 3 },
    received({ version: 3, interval: 2000 }),
  ],
  ["type 2", "type", {}, received({ type: 2 })],
  ["a wrong checksum", "checksum", {}, received({ checksum: "invalid" })],
  [
    "a version 3 checksum without pseudo-header",
    "accepted checksum_style",
    { version: 3 },
    received({ version: 3, checksum: "valid_without_pseudo_header" }),
  ],
  [
    "an old unicast checksum where none is to be",
    "checksum",
    { ...UNICAST, version: 3, oldUnicastChecksum: "never" },
    received({ version: 3, checksum: "valid_for_multicast_group" }, FROM_PEER),
  ],
  [
    "an old unicast checksum where it is configured",
    "accepted",
    { ...UNICAST, version: 3, oldUnicastChecksum: "always" },
    received({ version: 3, checksum: "valid_for_multicast_group" }, FROM_PEER),
  ],
  ["unicast where multicast is configured", "cast", {}, received({}, FROM_PEER)],
  ["multicast where unicast is configured", "cast", UNICAST, received()],
  [
    "an advert to an owner that ignores them",
    "owner_ignores",
    { priority: 255, ownerIgnoreAdverts: true },
    received(),
  ],
  ["one address too many", "address_list", {}, received({ addresses: ["10.0.0.100", "10.0.0.101"] })],
  ["another address", "address_list", {}, received({ addresses: ["10.0.0.101"] })],
  ["no address", "address_list", {}, received({ addresses: [] })],
  [
    "a stranger, unchecked",
    "accepted",
    UNICAST,
    received({}, { ...FROM_PEER, source: "10.0.0.9" }),
  ],
  [
    "a stranger, checked",
    "not_a_peer",
    { ...UNICAST, checkUnicastSource: true },
    received({}, { ...FROM_PEER, source: "10.0.0.9" }),
  ],
  [
    "a peer from too far",
    "ttl",
    {
      checkUnicastSource: true,
      transport: { mode: "unicast", peers: [{ address: "10.0.0.2", minTtl: 254, maxTtl: 255 }] },
    },
    received({}, { ...FROM_PEER, ttl: 253 }),
  ],
  // The order decides which counter goes up.
  ["TTL before version", "ttl", {}, received({ version: 3 }, { ttl: 1 })],
  ["version before authentication", "version", PASS, received({ version: 4 })],
  ["authentication before interval", "auth_type_mismatch", PASS, received({ interval: 2000 })],
  ["interval before type", "interval", {}, received({ interval: 2000, type: 2 })],
  ["type before checksum", "type", {}, received({ type: 2, checksum: "invalid" })],
  ["checksum before cast", "checksum", {}, received({ checksum: "invalid" }, FROM_PEER)],
];

for (const [what, expected, config, packet] of CASES) {
  Deno.test(`judgePacket() says "${expected}" to ${what}`, () => {
    assert.equal(verdict(config, packet), expected);
  });
}

Deno.test("judgePacket() leaves the address list alone where it is told to", () => {
  assert.equal(verdict({}, received({ addresses: [] }), false), "accepted");
});

Deno.test("judgePacket() compares a password outside ASCII by its octets", () => {
  const config = { authentication: { type: "pass", password: "ü1" } } as const;
  assert.equal(verdict(config, received({ authenticationType: 1, password: "\u00c3\u00bc1" })), "accepted");
});

Deno.test("a signed packet of a host that is no peer is dropped, whatever check_unicast_src says", () => {
  const keys = [{ id: 1, value: "", secret: "ab".repeat(32) }];
  const hmac = { keys, activeKey: 1, timeWindow: 5, antiReplay: "time", mode: "permissive" } as const;
  const config = instance({ ...UNICAST, hmac });
  const trailer = { type: 1, keyId: 9, reserved: 0, seconds: 0, fraction: 0, code: "", covered: "" };
  const judge = { signer: new Signer(hmac), wall: 0 };
  const kind = (source: string) => {
    const judgement = judgePacket(config, received({ trailer }, { ...FROM_PEER, source }), true, judge);
    return judgement.ok ? "accepted" : judgement.rejection.kind;
  };
  assert.deepEqual([kind("10.0.0.2"), kind("10.0.0.3")], ["trailer_unknown_key", "not_a_peer"]);
});
