import assert from "node:assert/strict";
import { advertOf } from "../../../cli/doctor/listen.ts";
import { encodeIpv4Header, encodeIpv6Header } from "../../../core/packet/ip.ts";
import { encodeAdvertisement } from "../../../core/packet/vrrp.ts";

function frame(type: number, ...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from([
    ...new Uint8Array(12),
    type >> 8,
    type & 0xff,
    ...parts.flatMap((part) => [...part]),
  ]);
}

function advert(source: string, destination: string, address: string): Uint8Array {
  const options = { source, destination, checksumWithoutPseudoHeader: false };
  return encodeAdvertisement({
    version: 3,
    vrid: 51,
    priority: 100,
    interval: 1000,
    addresses: [address],
    authentication: "none",
    password: "",
  }, options);
}

const EXPECTED = {
  interface: "eth0",
  vrid: 51,
  version: 3,
  priority: 100,
  authentication: "none",
  password: "",
  interval: 1000,
  ttl: 255,
};

Deno.test("advertOf() reads an advertisement over IPv4, padding and all", () => {
  const [source, destination] = ["10.0.0.2", "224.0.0.18"];
  const payload = advert(source, destination, "10.0.0.100");
  const totalLength = 20 + payload.length;
  const header = encodeIpv4Header({
    source,
    destination,
    protocol: 112,
    ttl: 255,
    tos: 0xc0,
    id: 1,
    totalLength,
  });
  assert.deepEqual(advertOf("eth0", frame(0x0800, header, payload, new Uint8Array(18))), {
    ...EXPECTED,
    source,
    addresses: ["10.0.0.100"],
  });
});

Deno.test("advertOf() reads an advertisement over IPv6", () => {
  const [source, destination] = ["fe80::2", "ff02::12"];
  const payload = advert(source, destination, "fe80::100");
  const header = encodeIpv6Header({
    source,
    destination,
    nextHeader: 112,
    hopLimit: 255,
    payloadLength: payload.length,
  });
  assert.deepEqual(advertOf("eth0", frame(0x86dd, header, payload)), {
    ...EXPECTED,
    source,
    addresses: ["fe80::100"],
  });
});

Deno.test("advertOf() takes nothing else, however short", () => {
  const payload = advert("fe80::2", "ff02::12", "fe80::100");
  const header = encodeIpv6Header({
    source: "fe80::2",
    destination: "ff02::12",
    nextHeader: 112,
    hopLimit: 255,
    payloadLength: payload.length,
  });
  const whole = frame(0x86dd, header, payload);
  for (let length = 0; length < whole.length; length++) {
    assert.equal(advertOf("eth0", whole.subarray(0, length)), null);
  }
  assert.equal(advertOf("eth0", frame(0x0806, header, payload)), null);
});
